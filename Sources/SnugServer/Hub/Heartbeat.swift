// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import Synchronization

/// Whether the threads of a server go on, or one of them is stuck: each is asked, and has until the next question to
/// answer.
final class Heartbeat: Sendable {
    private let hub: ChatHub
    private let lobby: LobbyControl
    /// For the loops' last answer to wake; nobody waits for it.
    private let waker: LoopWaker
    private let question = Lock<Question?>(nil)

    private struct Question: Sendable {
        let census: Census
        /// How many turns the lobby had made.
        let turns: Int
    }

    init(hub: ChatHub, lobby: LobbyControl) throws(SystemError) {
        self.hub = hub
        self.lobby = lobby
        waker = try LoopWaker()
    }

    /// Returns whether the last question has been answered by all, and then asks the next one.
    func goesOn() -> Bool {
        question.withLock { question in
            if let question, !isAnswered(question) { return false }
            // About nobody: a loop that takes it from its mailbox has answered.
            question = Question(
                census: hub.ask(ofEveryLoop: .sessions([]), waker: waker),
                turns: lobby.turns.load(ordering: .relaxed)
            )
            lobby.waker.wake()
            return true
        }
    }

    private func isAnswered(_ question: Question) -> Bool {
        question.census.answers() != nil && lobby.turns.load(ordering: .relaxed) != question.turns
    }
}
