// SPDX-License-Identifier: Apache-2.0

public import SnugServer
import SnugSystem

/// What a server reported, for any thread to read.
public final class EventRecord: Sendable {
    private let recorded = Lock<[String]>([])

    public init() {}

    public var lines: [String] { recorded.withLock { $0 } }

    public func append(_ event: ServerEvent) {
        recorded.withLock { $0.append(event.description) }
    }

    /// Waits for an event whose log line holds `text`.
    @discardableResult
    public func expect(_ text: String) throws -> String {
        let deadline = MonotonicTime.now + .seconds(60)
        while MonotonicTime.now < deadline {
            if let line = lines.first(where: { $0.contains(text) }) { return line }
            // Gives the server's threads a turn.
            var none: [Polling.Entry] = []
            Polling.wait(for: &none, until: min(deadline, MonotonicTime.now + .milliseconds(5)))
        }
        throw TestClient.TimedOut(
            description: "no log line with \"\(text)\" in:\n" + lines.joined(separator: "\n")
        )
    }
}
