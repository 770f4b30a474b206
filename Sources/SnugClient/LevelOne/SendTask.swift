// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
public import SnugSystem

/// Says one line, or each line of an input, and is done when the server has confirmed the last.
///
/// One after another: a line is said when the one before it was confirmed, so that what is confirmed is a beginning of
/// what there was.
public final class SendTask: LineTask {
    public let output: JSONLines? = nil
    private let room: String
    private let timeout: Duration
    private let remark: (String) -> Void
    private var input: InputLines?
    /// The line that is to be confirmed, and until when.
    private var line: (text: String, deadline: MonotonicTime)?
    private var ref: String?
    private var isIn = false

    /// How many lines the server has confirmed.
    public private(set) var confirmedCount = 0

    /// The line that it has not, when the task has failed.
    public var unconfirmedLine: String? { line?.text }

    /// Says `text` in `room`.
    ///
    /// - Parameters:
    ///   - timeout: how long to try it.
    ///   - remark: gets sentences for people, with text from the server: clean them before showing them.
    public init(_ text: String, in room: String, timeout: Duration, remark: @escaping (String) -> Void) {
        self.room = room
        self.timeout = timeout
        self.remark = remark
        line = (text, .now + timeout)
    }

    /// Says the lines that come out of `input`, up to its end, but for empty ones; each is tried for `timeout`.
    public init(
        linesOf input: Int32,
        in room: String,
        timeout: Duration,
        remark: @escaping (String) -> Void
    ) {
        self.room = room
        self.timeout = timeout
        self.remark = remark
        self.input = InputLines(of: input)
    }

    /// Without a line there is all the time in the world.
    public var patience: Patience { .until(line?.deadline ?? .never) }

    /// The input, unless there is a line to be confirmed.
    public var watched: [Polling.Entry] {
        [Polling.Entry(line == nil ? input?.descriptor : nil, for: .readable)]
    }

    public func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) throws(ClientError) {
        guard line == nil, readiness.first?.isEmpty == false else { return }
        do throws(SystemError) { try input?.take() } catch { throw .inputFailed(error) }
        sayNext(&state)
    }

    public func take(_ news: LevelOneNews, _ state: inout LevelOneState) throws(ClientError) {
        switch news {
        case .bye, .recalled, .shut: break
        case .confirmed(let ref):
            guard ref == self.ref else { break }
            confirmedCount += 1
            line = nil
            self.ref = nil
            sayNext(&state)
        case .message(let message):
            if case .notice(_, let text) = message.kind { remark(text) }
        case .refused(let refused, _): throw ClientError(refused)
        case .settled:
            isIn = true
            sayNext(&state)
        case .withheld:
            throw .refused(
                code: RefusalCode.notInRoom.rawValue,
                "the private room is gone, and others have its name now",
                hint: nil
            )
        }
    }

    private func sayNext(_ state: inout LevelOneState) {
        if line == nil { line = input?.next().map { ($0, .now + timeout) } }
        if line == nil, input?.hasEnded ?? true { return state.quit() }
        // What was said is said again by the state, after each connection that was lost.
        guard isIn, ref == nil, let line else { return }
        ref = state.say(line.text, in: room)
    }

    public func comeBack(after error: ClientError, in pause: Duration) {
        remark("\(error); trying again")
    }
}
