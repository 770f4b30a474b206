// SPDX-License-Identifier: Apache-2.0

public import SnugProtocol
public import SnugSystem
public import SnugTransport

/// What somebody in a room can know of who can read along, in lines for people.
public struct SecurityCard: Sendable {
    /// What the handshake established.
    public var facts: PeerFacts

    /// Host and port, as they were asked for.
    public var server: String

    /// The keys that were given for the server, with the time when they were first; empty if none was.
    public var knownPins: [KnownPin]

    /// The key that the server had on the last connection before this one on which it had another; nil if it had no other.
    public var formerPin: String?

    /// Every record's plaintext is filled up to a multiple of so many bytes; 0 means not.
    public var paddingMultiple: Int

    /// The level of the protocol that is spoken.
    public var level: Int

    /// What the server says that it keeps; nil if it does not say, as at level 0.
    public var history: ServerMessage.HistoryPolicy?

    /// Whether the room asked for a passphrase.
    public var hasPassphrase: Bool

    /// Whether the server's own control socket is what one is connected to: nobody is on the way.
    public var isControlSocket = false

    /// A card of one connection.
    public init(
        facts: PeerFacts,
        server: String,
        knownPins: [KnownPin],
        formerPin: String? = nil,
        paddingMultiple: Int,
        level: Int,
        history: ServerMessage.HistoryPolicy?,
        hasPassphrase: Bool
    ) {
        self.facts = facts
        self.server = server
        self.knownPins = knownPins
        self.formerPin = formerPin
        self.paddingMultiple = paddingMultiple
        self.level = level
        self.history = history
        self.hasPassphrase = hasPassphrase
    }

    /// The lines; they quote the server's certificate: clean them before showing them.
    public func lines(at now: UnixTime) -> [String] {
        connection + identity(at: now) + [padding, kept, ownKey, readers].compactMap(\.self)
    }

    private var connection: [String] {
        guard let version = facts.protocolVersion else {
            guard !isControlSocket else {
                return ["no TLS: connected to \(server), the control socket of this machine, level \(level)"]
            }
            return [
                "connected to \(server) WITHOUT encryption, level \(level): everyone on the way can read along"
            ]
        }
        return [
            "connected to \(server) over \(version), level \(level)",
            "cipher \(facts.cipher ?? "?"), key exchange \(facts.group ?? "?")",
        ]
    }

    // MARK: Who it is

    private func identity(at now: UnixTime) -> [String] {
        guard let identity = facts.identity else { return [] }
        return [
            "\(identity.verifiedName) is vouched for by \(voucher(of: identity))",
            "server key \(identity.pin)",
        ] + (formerPin.map { ["it had another key before this connection was made anew: \($0)"] } ?? []) + [
            "certificate good until \(day(of: identity.expiry)) (\(rest(until: identity.expiry, at: now)))"
        ]
    }

    private func voucher(of identity: PeerIdentity) -> String {
        let known = knownPins.first { $0.pin == identity.pin }
            .map { "its key, which you gave first on \(day(of: $0.since))" }
        return switch identity.voucher {
        case .authority(let name): name + (known.map { " and by \($0)" } ?? "")
        case .pin: (known ?? "its key, which you gave") + "; no authority that you trust does"
        }
    }

    private func day(of time: UnixTime) -> Substring { time.description.prefix { $0 != "T" } }

    private func rest(until expiry: UnixTime, at now: UnixTime) -> String {
        let (seconds, overflow) = expiry.seconds.subtractingReportingOverflow(now.seconds)
        guard !overflow, seconds >= 0 else { return "it has expired since you joined" }
        let days = seconds / 86_400
        return days == 0 ? "less than a day left" : "\(days) day\(days == 1 ? "" : "s") left"
    }

    // MARK: What remains

    private var padding: String? {
        guard facts.protocolVersion != nil else { return nil }
        return paddingMultiple == 0
            ? "no padding: who watches the wire sees how long each line is"
            : "your lines are filled up to a multiple of \(paddingMultiple) bytes: who watches the wire sees who talks "
                + "when, and not how much"
    }

    private var kept: String {
        guard let history else { return "what the server keeps it does not say at this level" }
        guard history.lines > 0, history.hours > 0 else { return "the server says that it keeps nothing" }
        let lines = history.lines == 1 ? "the last line" : "the last \(history.lines) lines"
        let hours = history.hours == 1 ? "an hour" : "\(history.hours) hours"
        let place = history.isOnDisk ? "on its disk, not encrypted" : "in its memory"
        return "the server says that it keeps \(lines) of each room for \(hours), \(place)"
    }

    private var ownKey: String? {
        guard facts.identity != nil else { return nil }
        return facts.shownKey.map { "you are known there by your key \($0.short)" }
            ?? "the server knows you by no key"
    }

    private var readers: String {
        let entry =
            isControlSocket
            ? "everyone who is let in"
            : hasPassphrase
                ? "everyone who has its passphrase and joins" : "everyone who reaches the server and joins"
        let wire = facts.protocolVersion == nil && !isControlSocket ? "everyone on the way, " : ""
        return
            "an open room can be read by \(wire)\(entry), a private one by its guests, and both by whoever "
            + "runs the server: there is no end-to-end encryption"
    }
}
