// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// What somebody wants of a server at level 1: it is told everything, and says what to do next.
public protocol LevelOneTask: AnyObject {
    /// What to wait for besides the server.
    var watched: [Polling.Entry] { get }

    /// When to call ``proceed(_:_:)`` if nothing happens before.
    var deadline: MonotonicTime { get }

    /// Whether nothing more is to be read from the server for the time being.
    var isFull: Bool { get }

    /// Whether to connect again now, and not only when the pause is over.
    var isInHurry: Bool { get }

    /// How a lost connection is met.
    var patience: Patience { get }

    /// Reacts to what the server said; may say lines, ask for something, or quit.
    func take(_ news: LevelOneNews, _ state: inout LevelOneState) throws(ClientError)

    /// Reacts after a wait to what ``watched`` is ready for, in the same order, and to the time.
    func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) throws(ClientError)

    /// The connection is gone or was not there, and is tried again after `pause`.
    func comeBack(after error: ClientError, in pause: Duration)

    /// The stay has ended as it was meant to: gives the output what waits for it.
    func finish() throws(ClientError)
}

/// How often a connection is made.
public enum Patience: Equatable, Sendable {
    /// As often as need be, once one was let in.
    case always
    /// Once.
    case once
    /// As often as need be, the first time too, until then.
    case until(MonotonicTime)
}

/// A task that writes lines for programs.
public protocol LineTask: LevelOneTask {
    /// Where lines go; the stay ends when its reader is gone.
    var output: JSONLines? { get }

    /// What makes the stay end when it is readable.
    var stopRequests: StopRequests? { get }
}

extension LineTask {
    /// Signals keep their usual meaning.
    public var stopRequests: StopRequests? { nil }

    /// There is no time at which anything is to be done.
    public var deadline: MonotonicTime { .never }

    /// Programs are in no hurry.
    public var isInHurry: Bool { false }

    /// As long as the output is.
    public var isFull: Bool { output?.isFull == true }

    /// The output's reader, and the signals.
    public var watched: [Polling.Entry] {
        [
            output?.entry ?? Polling.Entry(nil, for: .readable),
            Polling.Entry(stopRequests?.descriptor, for: .readable),
        ]
    }

    /// Ends the stay when the reader is gone or somebody asks for it.
    public func proceed(_ readiness: [Readiness], _ state: inout LevelOneState) throws(ClientError) {
        try noteReader(readiness, &state)
    }

    /// The same, for those who do more.
    func noteReader(_ readiness: [Readiness], _ state: inout LevelOneState) throws(ClientError) {
        if let output = readiness.first, !output.isEmpty { try self.output?.note(output) }
        let isAskedToStop = readiness.dropFirst().contains { !$0.isEmpty }
        if isAskedToStop { stopRequests?.take() }
        // That the reader is gone may have been noticed while something was written.
        if isAskedToStop || output?.isGone == true { state.quit() }
    }

    /// Writes all that waits, however long the reader takes.
    public func finish() throws(ClientError) { try output?.finish() }
}
