// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
public import SnugSystem

/// Tells a program everything that happens in a room: level 1's messages, one on each line, for as long as it reads.
///
/// Each event comes once and in its order, across lost connections, or a `gap` says what is missing.
public final class TailTask: LineTask {
    public var output: JSONLines? { lines }
    public let patience = Patience.always
    /// From when one is in: until then there is nobody to say goodbye to.
    public private(set) var stopRequests: StopRequests?
    private let lines: JSONLines
    private let room: String
    private let remark: (String) -> Void
    /// As the server calls it.
    private var name: String?

    /// Follows `room`.
    ///
    /// - Parameter remark: gets sentences for people, with text from the server: clean them before showing them.
    public init(_ room: String, to lines: JSONLines, remark: @escaping (String) -> Void) {
        self.room = room
        self.lines = lines
        self.remark = remark
    }

    public func take(_ news: LevelOneNews, _ state: inout LevelOneState) throws(ClientError) {
        switch news {
        case .bye, .confirmed, .recalled, .settled, .shut, .withheld: break
        case .message(let message):
            if case .entered = message.kind {
                // Without it the signals end this as they end everything.
                stopRequests = stopRequests ?? (try? StopRequests())
            }
            if isWanted(message) { try lines.write(message) }
        case .refused(let refused, _): throw ClientError(refused)
        }
    }

    private func isWanted(_ message: ServerMessage) -> Bool {
        switch message.kind {
        case .direct, .hello, .notice: true
        case .event(let event): isWanted(event.room)
        case .gap(let room, _, _): isWanted(room)
        case .history(let end): isWanted(end.room)
        case .room(let state): isWanted(state.room)
        case .accepted, .bans, .bye, .control, .entered, .ping, .pong, .refused, .rooms, .stillHere, .unknown,
            .waiting:
            false
        }
    }

    private func isWanted(_ told: String) -> Bool {
        if let name { return told == name }
        guard LevelOneState.isRoom(told, askedForAs: room) else { return false }
        name = told
        return true
    }

    public func comeBack(after error: ClientError, in pause: Duration) {
        remark("\(error); coming back in \(max(1, pause.components.seconds)) s")
    }
}
