// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
public import SnugTransport

/// Warns that a server's certificate is about to expire: once each 14, 3 and 1 days before, and once it has.
public struct ExpiryWatch: Sendable {
    private static let leads = [14 * 86_400, 3 * 86_400, 86_400, -1]

    /// The clock of the calendar can be moved, so it is read at least so often.
    private static let longestPause = 3_600

    private let expiry: UnixTime?
    private var warnings = 0

    /// Watches over the chain of a server's certificate.
    public init(of context: TLSContext) {
        self.init(expiry: context.expiry)
    }

    init(expiry: UnixTime?) { self.expiry = expiry }

    /// The warning that is due now and was not given yet.
    public mutating func takeWarning(now: UnixTime = .now) -> ServerEvent? {
        guard let expiry else { return nil }
        let remaining = expiry.seconds - now.seconds
        let due = Self.leads.count { remaining <= $0 }
        guard due > warnings else { return nil }
        warnings = due
        return .certificateExpires(expiry, remaining: .seconds(remaining))
    }

    /// How long it is until the next warning may be due; nil once all were given.
    public func pause(now: UnixTime = .now) -> Duration? {
        guard let expiry, warnings < Self.leads.count else { return nil }
        let rest = expiry.seconds - Self.leads[warnings] - now.seconds
        return .seconds(min(max(rest, 1), Self.longestPause))
    }
}
