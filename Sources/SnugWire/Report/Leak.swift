// SPDX-License-Identifier: Apache-2.0

/// Something that TLS does not hide, as measured in this run.
struct Leak: Equatable, Sendable {
    let title: String
    let tls: String

    /// With padding on top; nil where padding changes nothing.
    var padded: String?

    /// What follows from it.
    let reveals: String

    /// What would hide it, and at what price.
    let remedy: String
}

extension Leak {
    static func all(tls: ModeAnalysis, padded: ModeAnalysis) -> [Leak] {
        ofConnecting(tls) + ofTalking(tls, padded)
    }

    private static func ofConnecting(_ tls: ModeAnalysis) -> [Leak] {
        [
            Leak(
                title: "endpoints",
                tls: tls.endpoints,
                reveals: "which machines talk, and to which service",
                remedy: "a VPN or Tor: then somebody else sees them"
            ),
            Leak(
                title: "server name, protocol",
                tls: tls.names,
                reveals: "that this is Snug, before anything is encrypted",
                remedy: "Encrypted Client Hello, which GnuTLS does not have"
            ),
            Leak(
                title: "the client's hello",
                tls: tls.hello,
                reveals: "which TLS library the client uses, and roughly which version",
                remedy: "sending the same hello as many others"
            ),
            Leak(
                title: "handshake sizes",
                tls: tls.handshake,
                reveals: "roughly how long the certificate is, so which server this is",
                remedy: "padding the handshake, which nobody does"
            ),
            Leak(
                title: "the passphrase's size",
                tls: tls.passphraseSizes,
                reveals: "nothing: it is always filled up to 256 bytes",
                remedy: "done, whatever padding the chat has"
            ),
            Leak(
                title: "the passphrase's verdict",
                tls: tls.refusals,
                reveals: "who was let in: a refused peer is hung up on",
                remedy: "keeping refused peers waiting, at a connection each"
            ),
        ]
    }

    private static func ofTalking(_ tls: ModeAnalysis, _ padded: ModeAnalysis) -> [Leak] {
        [
            Leak(
                title: "number of records",
                tls: tls.recordCount,
                reveals: "how much is said, and by whom",
                remedy: "cover traffic at a fixed rate, as much as the busiest hour"
            ),
            Leak(
                title: "sizes of lines",
                tls: tls.lineSizes,
                padded: padded.lineSizes,
                reveals: "without padding, the exact length of every line",
                remedy: "padding, at the price below"
            ),
            Leak(
                title: "who speaks, to how many",
                tls: tls.fanOut,
                reveals: "each line's sender (not the name), and the room's size",
                remedy: "cover traffic to everyone"
            ),
            Leak(
                title: "times",
                tls: tls.times,
                reveals: "when each line was said, and the rhythm of the talk",
                remedy: "sending at fixed times, which delays every line"
            ),
            Leak(
                title: "coming and going",
                tls: tls.durations,
                reveals: "who was there when, and which side hung up",
                remedy: "staying connected"
            ),
        ]
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
        // Whoever connects chooses them, up to 64 KiB.
        return Columns.cut((names + protocols).joined(separator: ", "), 300)
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
        guard !sizes.isEmpty else { return "no lines" }
        let distinct = Set(sizes).count == 1 ? "1 size" : "\(Set(sizes).count) sizes"
        return "\(distinct) for \(sizes.count) lines, \(Self.range(sizes)) bytes"
    }

    fileprivate var passphraseSizes: String {
        let sizes = truth.items.filter { $0.kind == .passphrase }.compactMap { unit(of: $0)?.range.count }
        return "\(Set(sizes).count) size of record for \(sizes.count), \(Self.range(sizes)) bytes"
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
        let spoken = counts.isEmpty ? "no lines" : counts.joined(separator: ", ")
        return "\(spoken); up to \(guesses.compactMap(\.roomSize).max() ?? 0) in the room"
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
