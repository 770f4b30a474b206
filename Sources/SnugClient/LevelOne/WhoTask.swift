// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
public import SnugSystem

/// Tells a program who is in rooms, and which rooms there are: level 1's `room` and `rooms`, one on each line.
public final class WhoTask: LineTask {
    public var output: JSONLines? { lines }
    public let patience = Patience.once
    public let deadline: MonotonicTime
    private let lines: JSONLines
    private let timeout: Duration

    /// Tells of the rooms that the stay is in, if the server does within `timeout`.
    public init(to lines: JSONLines, timeout: Duration) {
        self.lines = lines
        self.timeout = timeout
        deadline = .now + timeout
    }

    public func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) throws(ClientError) {
        guard !deadline.hasCome else { throw .timedOut(timeout) }
        try noteReader(readiness, &state)
    }

    public func take(_ news: LevelOneNews, _ state: inout LevelOneState) throws(ClientError) {
        switch news {
        case .bye, .confirmed, .recalled, .shut, .withheld: break
        case .message(let message):
            switch message.kind {
            case .room: try lines.write(message)
            case .rooms(let rooms):
                try lines.write(message)
                if !rooms.hasMore { state.quit() }
            default: break
            }
        case .refused(let refused, _): throw ClientError(refused)
        case .settled: state.ask(.rooms)
        }
    }

    public func comeBack(after error: ClientError, in pause: Duration) {}
}
