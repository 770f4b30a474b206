// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// What a member does when the server stops.
extension Member {
    /// Takes what the kernel holds, and waits for its loop to have it processed and to say goodbye.
    func readOut(until deadline: MonotonicTime) {
        deadlines[.drain] = deadline
        // A read opens records that are here already before it receives, and no more than its share of them.
        receiveBuffered()
        if stay == .active { receive() }
        receiveBuffered()
        watch()
    }

    /// Processes some more of what was read out, whatever the limits, and returns whether there is any left.
    func processMore() -> Bool {
        process(atMost: Self.framesPerShare, ignoringLimits: true)
        watch()
        return stay.isProcessing && inbox.hasFrame
    }

    /// Few, because even ten thousand shares must not take up the time there is for stopping.
    private static let framesPerShare = 16

    private func receiveBuffered() { while stay == .active, connection.hasBufferedInput { receive() } }
}
