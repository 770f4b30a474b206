// SPDX-License-Identifier: Apache-2.0

/// Something that TLS does not hide, as measured in this run.
struct Leak: Equatable, Sendable {
    let title: String
    let tls: String

    /// With padding on top; nil where padding changes nothing.
    let padded: String?

    /// What follows from it.
    let reveals: String

    /// What would hide it, and at what price.
    let remedy: String
}

extension Leak {
    private typealias Row = (
        title: String, measure: (ModeAnalysis) -> String, isPadded: Bool, reveals: String, remedy: String
    )

    static func all(tls: ModeAnalysis, padded: ModeAnalysis) -> [Leak] {
        let rows: [Row] = [
            (
                "endpoints", \.endpoints, false, "which machines talk, and to which service",
                "a VPN or Tor: somebody else sees them instead"
            ),
            (
                "server name and protocol", \.names, false, "that this is Snug, before anything is encrypted",
                "Encrypted Client Hello, which GnuTLS does not have yet"
            ),
            (
                "the hello", \.hello, false, "which TLS library the client uses, and roughly which version",
                "the same hello as many others"
            ),
            (
                "handshake", \.handshake, false,
                "roughly how long the certificate chain is, so which server this is",
                "padded handshakes; nobody does it"
            ),
            (
                "number of records", \.recordCount, false, "how much is said, and by whom",
                "cover traffic at a fixed rate, for as many bytes as the busiest hour"
            ),
            (
                "sizes of lines", \.lineSizes, true, "without padding, the exact length of every line",
                "padding: see the price below"
            ),
            (
                "size of the passphrase", \.passphraseSizes, false,
                "nothing: it is always filled up to 256 bytes",
                "done"
            ),
            (
                "right or wrong passphrase", \.refusals, false, "the verdict: who is refused is hung up on",
                "keeping refused peers waiting, for as many open connections"
            ),
            (
                "who speaks, to how many", \.fanOut, false,
                "each line's sender (not the name), and the room's size",
                "cover traffic to everyone"
            ),
            (
                "times", \.times, false, "when each line was said, and the rhythm of the talk",
                "sending at fixed times, which delays every line"
            ),
            (
                "coming and going", \.durations, false, "who was there when, and who hung up first",
                "staying connected"
            ),
        ]
        return rows.map { row in
            Leak(
                title: row.title,
                tls: row.measure(tls),
                padded: row.isPadded ? row.measure(padded) : nil,
                reveals: row.reveals,
                remedy: row.remedy
            )
        }
    }
}

// MARK: Measures

extension ModeAnalysis {
    private var captured: [CapturedConnection] { recording.capture.connections }

    fileprivate var endpoints: String {
        let servers = Set(captured.map(\.server)).map(\.text).sorted()
        return "\(captured.count) connections to \(servers.joined(separator: ", "))"
    }

    fileprivate var names: String {
        let hellos = connections.compactMap(\.hello)
        let names = Set(hellos.compactMap(\.serverName)).sorted()
        let protocols = Set(hellos.flatMap(\.applicationProtocols)).sorted()
        return (names + protocols).joined(separator: ", ")
    }

    fileprivate var hello: String {
        guard let hello = connections.lazy.compactMap(\.hello).first else { return "none" }
        let parts = [
            hello.versions.map(TLSNames.version), hello.cipherSuites.map(TLSNames.cipherSuite),
            hello.groups.map(TLSNames.group),
        ]
        return "\(hello.byteCount) bytes: " + parts.map { $0.joined(separator: " ") }.joined(separator: "; ")
    }

    fileprivate var handshake: String {
        let up = connections.map(\.clientHandshakeBytes)
        let down = connections.map(\.serverHandshakeBytes)
        return "\(Self.range(up)) bytes up, \(Self.range(down)) down"
    }

    fileprivate var recordCount: String {
        let counts = connections.map { $0.protectedRecords.count { !$0.isEncryptedAlert } }
        return
            "\(counts.reduce(0, +)) after the handshakes (\(counts.map(String.init).joined(separator: ", ")))"
    }

    fileprivate var lineSizes: String {
        let sizes = lines.map(\.unit.range.count)
        return "\(Set(sizes).count) sizes for \(sizes.count) lines, \(Self.range(sizes)) bytes"
    }

    fileprivate var passphraseSizes: String {
        let sizes = truth.items.filter { $0.kind == .passphrase }.compactMap { unit(of: $0)?.range.count }
        return "\(Set(sizes).count) size for \(sizes.count), \(Self.range(sizes)) bytes"
    }

    fileprivate var refusals: String {
        let accepted = game.eavesdropper.accepted.compactMap(\.self)
        return "\(accepted.count { $0 }) went on, \(accepted.count { !$0 }) ended after one answer"
    }

    fileprivate var fanOut: String {
        let guesses = game.eavesdropper.guesses
        let lines = guesses.filter { $0.kind == .line }
        let counts = Dictionary(grouping: lines, by: \.connection).sorted { $0.key < $1.key }
            .map { "\($0.value.count) by \($0.key + 1)" }
        return
            "\(counts.joined(separator: ", ")); up to \(guesses.compactMap(\.roomSize).max() ?? 0) in the room"
    }

    fileprivate var times: String {
        let times = game.eavesdropper.guesses.filter { $0.kind == .line }.map(\.time)
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }.sorted()
        guard let shortest = gaps.first, let longest = gaps.last else { return "no gaps" }
        return "gaps of \(shortest.milliseconds) to \(longest.milliseconds) between lines"
    }

    fileprivate var durations: String {
        let lasted = captured.compactMap { connection in
            connection.closedAt.map { ($0 - connection.openedAt).milliseconds }
        }
        let byServer = captured.count { $0.closedFirstBy == .toClient }
        return "open for \(lasted.joined(separator: ", ")); \(byServer) hung up on by the server"
    }

    private static func range(_ numbers: [Int]) -> String {
        guard let low = numbers.min(), let high = numbers.max() else { return "no" }
        return low == high ? "\(low)" : "\(low) to \(high)"
    }
}

extension CapturedConnection.Endpoint {
    /// `127.0.0.1:9443`.
    var text: String {
        address.map { String($0) }.joined(separator: ".") + ":\(port)"
    }
}

extension Duration {
    /// Whole milliseconds, or tenths below ten.
    var milliseconds: String {
        let tenths = self / .microseconds(100)
        return tenths < 100 ? "\(Decimal.text(tenths / 10, places: 1)) ms" : "\(Int(tenths / 10)) ms"
    }
}
