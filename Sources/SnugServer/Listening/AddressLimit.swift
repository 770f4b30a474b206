// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// How many connections each address has, members and strangers together.
///
/// Shared by the lobby, which takes slots, and the room loops, where slots end with their members.
final class AddressLimit: Sendable {
    private let limits: ServerLimits
    private let counts = Lock<[[UInt8]: Int]>([:])

    init(_ limits: ServerLimits) { self.limits = limits }

    /// Takes a slot for `address`; `.refused` if it has all it may have.
    func takeSlot(for address: SocketAddress) -> Outcome {
        guard limits.counts(address), let limit = limits.connectionsPerAddress else { return .unlimited }
        let key = address.subscriber
        let isAllowed = counts.withLock { counts in
            guard counts[key, default: 0] < limit else { return false }
            counts[key, default: 0] += 1
            return true
        }
        return isAllowed ? .slot(AddressSlot(of: self, key: key)) : .refused(limit)
    }

    enum Outcome {
        case refused(Int)
        case slot(AddressSlot)
        case unlimited
    }

    fileprivate func release(_ key: [UInt8]) {
        counts.withLock { counts in
            let remaining = counts[key, default: 1] - 1
            counts[key] = remaining > 0 ? remaining : nil
        }
    }
}

/// One connection's share of its address's limit, given back when this goes.
final class AddressSlot: Sendable {
    private let limit: AddressLimit
    private let key: [UInt8]

    fileprivate init(of limit: AddressLimit, key: [UInt8]) {
        self.limit = limit
        self.key = key
    }

    deinit { limit.release(key) }
}
