// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
public import SnugSystem

/// Says one line, and is done when the server has confirmed it.
public final class SendTask: LineTask {
    public let output: JSONLines? = nil
    public let patience: Patience
    private let text: String
    private let room: String
    private let remark: (String) -> Void
    private var ref: String?

    /// Says `text` in `room`, and gives up at `deadline`.
    ///
    /// - Parameter remark: gets sentences for people, with text from the server: clean them before showing them.
    public init(
        _ text: String,
        in room: String,
        until deadline: MonotonicTime,
        remark: @escaping (String) -> Void
    ) {
        self.text = text
        self.room = room
        patience = .until(deadline)
        self.remark = remark
    }

    public func take(_ news: LevelOneNews, _ state: inout LevelOneState) throws(ClientError) {
        switch news {
        case .bye, .recalled, .shut: break
        case .confirmed(let ref): if ref == self.ref { state.quit() }
        case .message(let message):
            if case .notice(_, let text) = message.kind { remark(text) }
        case .refused(let refused, _): throw ClientError(refused)
        case .settled: if ref == nil { ref = state.say(text, in: room) }
        case .withheld:
            throw .refused(
                code: RefusalCode.notInRoom.rawValue,
                "the private room is gone, and others have its name now",
                hint: nil
            )
        }
    }

    public func comeBack(after error: ClientError, in pause: Duration) {
        remark("\(error); trying again")
    }
}
