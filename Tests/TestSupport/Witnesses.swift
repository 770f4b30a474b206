// SPDX-License-Identifier: Apache-2.0

/// Two members who chat on, whatever strangers and other members do in a test.
public final class Witnesses {
    private let aisha: TestClient
    private let ben: TestClient
    private var said = 0

    public init(port: UInt16, _ kind: TransportKind = .tls) throws {
        aisha = try TestClient(kind, port: port, name: "aisha")
        ben = try TestClient(kind, port: port, name: "ben")
        try aisha.expect("* ben joined the chat *")
    }

    /// A line goes from one to the other; returns what else the other was shown since the last time.
    @discardableResult
    public func expectToChatOn() throws -> [String] {
        said += 1
        try ben.send("line \(said)")
        return try aisha.skip(to: "ben: line \(said)")
    }

    /// A line goes from one to the other; fails if the other was shown anything else since the last time.
    public func expectToSeeNothingElse() throws {
        let seen = try expectToChatOn()
        guard seen.isEmpty else { throw TestClient.Unexpected(description: "they were shown \(seen)") }
    }

    /// Fails unless this is the next that comes.
    public func expect(_ text: String) throws { try aisha.expect(text) }

    /// The next that comes.
    public func next() throws -> String { try aisha.next() }
}
