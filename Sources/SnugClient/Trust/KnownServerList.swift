// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
public import SnugSystem
internal import SnugTransport

/// The key of a server, by which somebody has joined it.
public struct KnownPin: Equatable, Sendable {
    /// The fingerprint; see ``PeerIdentity/pin`` for the form.
    public let pin: String

    /// When it was first given.
    public let since: UnixTime

    /// A key that is known since then.
    public init(pin: String, since: UnixTime) {
        self.pin = pin
        self.since = since
    }
}

/// What a ``KnownServers`` file says: a line for each key, `HOST:PORT sha256:… TIME`, the others empty or beginning with
/// `#`.
struct KnownServerList: Equatable {
    private enum Line: Equatable {
        case other(String)
        case pin(KnownPin, of: String)
    }

    private var lines: [Line] = []

    /// That of no servers.
    init() {}

    /// Reads a file; throws the number of the first line that is none of its form, from 1.
    init(_ bytes: some Sequence<UInt8>) throws(DamagedLine) {
        var texts = Array(bytes).split(separator: 0x0A, omittingEmptySubsequences: false)
        if texts.last?.isEmpty == true { texts.removeLast() }
        for (index, text) in texts.enumerated() {
            guard let text = String(validating: text, as: UTF8.self), let line = Self.line(text) else {
                throw DamagedLine(number: index + 1)
            }
            lines.append(line)
        }
    }

    struct DamagedLine: Error, Equatable {
        let number: Int
    }

    private static func line(_ text: String) -> Line? {
        guard SafeText.clean(text) == text else { return nil }
        let words = text.split(separator: " ")
        guard let first = words.first, !first.hasPrefix("#") else { return .other(text) }
        guard words.count == 3, first.contains(":"), ExpectedServer.isWellFormed(pin: String(words[1])),
            let since = UnixTime(String(words[2]))
        else { return nil }
        return .pin(KnownPin(pin: String(words[1]), since: since), of: String(first))
    }

    /// The keys of a server, in the order in which they were given.
    func pins(of server: String) -> [KnownPin] {
        lines.compactMap { line in
            guard case .pin(let pin, server) = line else { return nil }
            return pin
        }
    }

    /// From now on these are the keys of a server, and no others.
    ///
    /// Those that were known keep their time. Whoever gives a new key says that an old one is no more.
    mutating func set(_ pins: [String], of server: String, at now: UnixTime) {
        let known = self.pins(of: server)
        lines.removeAll { line in
            guard case .pin(_, server) = line else { return false }
            return true
        }
        var added: Set<String> = []
        for pin in pins where added.insert(pin).inserted {
            let since = known.first { $0.pin == pin }?.since ?? now
            lines.append(.pin(KnownPin(pin: pin, since: since), of: server))
        }
    }

    /// The file.
    var text: String {
        lines.map { line in
            switch line {
            case .other(let text): "\(text)\n"
            case .pin(let pin, let server): "\(server) \(pin.pin) \(pin.since)\n"
            }
        }.joined()
    }
}
