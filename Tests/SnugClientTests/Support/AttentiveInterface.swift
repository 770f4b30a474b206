// SPDX-License-Identifier: Apache-2.0

import SnugClient
import SnugSystem
import SnugTerminal
import SnugTransport

/// An interface that has signals, a time of its own and an output that may be full, and notes what it is told of.
final class AttentiveInterface: ChatInterface {
    private let lines = RecordingInterface()

    /// Readable as long as a signal waits.
    var signal: TestPipe?
    var isFull = false
    var deadline = MonotonicTime.never

    /// Called each time that the session has waited, with how often it has.
    var whenRound: (Int) throws -> Void = { _ in }

    /// Called with what was taken, before it is acted upon.
    var whenTaken: ([UserAction]) throws -> Void {
        get { lines.whenTaken }
        set { lines.whenTaken = newValue }
    }

    /// Called once the signal is taken and the time has come.
    var whenDone: () -> Void = {}

    private(set) var rounds = 0
    private(set) var signalsTaken = 0

    var shown: [String] { lines.shown }
    var signals: Int32? { signal?.output }

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] { try lines.take(bytes) }

    func takeSignal() throws(SystemError) {
        signal = nil
        signalsTaken += 1
    }

    func show(_ text: StyledText) throws(SystemError) { try lines.show(text) }

    func proceed() throws(SystemError) {
        rounds += 1
        do { try whenRound(rounds) } catch { preconditionFailure("the test's own step failed: \(error)") }
        if deadline <= .now { deadline = .never }
        if signal == nil, deadline == .never { whenDone() }
    }
}
