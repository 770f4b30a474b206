// SPDX-License-Identifier: Apache-2.0

/// What one room loop has done, counted by its thread alone.
///
/// An object of each loop's own, with room around it: what one loop counts lies in no cache line that another one writes.
final class LoopMeters: Sendable {
    private let before = CacheLines()

    /// Bytes of frames that members' connections took.
    let sentBytes = Meter()
    /// How many writes those were.
    let writes = Meter()
    /// Bytes of frames that members have sent.
    let receivedBytes = Meter()
    let turns = TurnMeter()

    private let after = CacheLines()

    /// Counts what a connection took, and returns it.
    func wrote(_ bytes: Int) -> Int {
        writes.add(1)
        sentBytes.add(bytes)
        return bytes
    }
}

/// What the lobby has done, counted by its thread alone.
final class LobbyMeters: Sendable {
    private let before = CacheLines()

    /// TLS handshakes that were completed.
    let handshakes = Meter()
    let turns = TurnMeter()

    private let after = CacheLines()
}

/// Two cache lines, which processors fetch in pairs.
private struct CacheLines {
    private let bytes = InlineArray<16, UInt64>(repeating: 0)
}
