// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// Gives the requests of one process their order: that in which its loops get the lock.
struct LocalSequencer: Sendable {
    /// The least number of an event since this start.
    private let firstSequence: UInt64

    /// Begins at the clock, or behind the last number that the chat knows: so no number comes again even if nothing was
    /// kept.
    init(startingAt time: ChatTime) { firstSequence = time.microseconds }

    /// Has the chat decide on a request behind all those that it has decided on.
    func apply(_ request: consuming Request, to chat: inout Chat, at time: ChatTime) -> Outcome {
        chat.apply(request, at: firstSequence, time: time)
    }
}
