// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import TestSupport
import Testing

/// What a server keeps in its memory.
@Suite(.timeLimit(.minutes(30))) struct MemoryTests {
    /// Neither would be guessed, and neither occurs in a program.
    private static let passphrase = "vQ9-the-right-passphrase-7Lr"
    private static let wrongGuess = "xK4-a-guess-that-is-wrong-2Zt"

    @Test(.enabled(if: Inspection.isAllowed, Inspection.whyNot), arguments: TransportKind.allCases, [0, 1])
    func noGuessIsLeftInTheServersMemoryRightOrWrong(kind: TransportKind, level: Int) throws {
        let server = try ServerProcess(
            ["--log-format=json"],
            plain: true,
            environment: ["CHAT_SECRET": Self.passphrase]
        )
        let guests = try (0..<30).map { _ in
            let guest = try Self.connect(kind, level, server)
            try guest.send(Self.passphrase)
            try guest.expect(level == 0 ? "ok" : #"{"type":"accepted"}"#)
            return guest
        }
        // Judged, and nothing else has come since that could lie where it lay. GnuTLS gives the record that it opened
        // back to the heap as it is, where the next one of its size lies over it: that copy is the library's.
        if kind == .plain {
            #expect(try Self.occurrences(of: Self.passphrase, in: server.process.pid) == [])
        }
        for (number, guest) in guests.enumerated() {
            let name = "guest-\(number)"
            try guest.send(level == 0 ? name : #"{"type":"enter","name":"\#(name)","rooms":[]}"#)
            if level == 0 {
                try guest.expect("* \(name) joined the chat *")
            } else {
                try guest.expectLine(startingWith: #"{"type":"entered","#)
            }
        }
        // Wrong ones are answered more slowly each time.
        for _ in 0..<2 {
            let stranger = try Self.connect(kind, level, server)
            try stranger.send(Self.wrongGuess)
            let refusal = level == 0 ? "wrong passphrase" : #"{"type":"refused","code":"wrong-passphrase","#
            try stranger.expectLine(startingWith: refusal)
            #expect(try Self.occurrences(of: Self.wrongGuess, in: server.process.pid) == [])
            _ = try stranger.collectUntilEnd()
            stranger.close()
        }
        #expect(try Self.occurrences(of: Self.passphrase, in: server.process.pid) == [])
        #expect(try Self.occurrences(of: Self.wrongGuess, in: server.process.pid) == [])
        for guest in guests { guest.close() }
        #expect(try server.stop() == 0)
    }

    private static func connect(
        _ kind: TransportKind,
        _ level: Int,
        _ server: ServerProcess
    ) throws -> TestClient {
        guard level == 1 else { return try TestClient(kind, port: server.port(kind)) }
        let client = try TestClient(levelOne: kind, port: server.port(kind))
        try client.expectLine(startingWith: #"{"type":"hello","#)
        return client
    }

    /// Where `text` lies in the memory that a process can write.
    private static func occurrences(of text: String, in pid: pid_t) throws -> [String] {
        let pattern = Data(text.utf8)
        let maps = try String(contentsOfFile: "/proc/\(pid)/maps", encoding: .utf8)
        let memory = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/\(pid)/mem"))
        var found: [String] = []
        for line in maps.split(separator: "\n") {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            let bounds = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
            guard bounds.count == 2, fields[1].hasPrefix("rw") else { continue }
            var start = bounds[0]
            while start < bounds[1] {
                try memory.seek(toOffset: start)
                let count = Int(min(bounds[1] - start, 16 << 20))
                guard let bytes = try? memory.read(upToCount: count), !bytes.isEmpty else { break }
                var rest = bytes.startIndex..<bytes.endIndex
                while let match = bytes.range(of: pattern, in: rest) {
                    found.append("\(text) in \(fields.last ?? "")")
                    rest = match.upperBound..<bytes.endIndex
                }
                start += UInt64(bytes.count)
            }
        }
        return found
    }
}
