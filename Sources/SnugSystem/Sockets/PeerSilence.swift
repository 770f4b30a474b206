// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What a TCP socket does to notice that its peer's machine, or the way to it, is gone.
///
/// A machine that loses its network sends neither FIN nor RST. Left alone, Linux notices that after 15 minutes if
/// something is on its way to it, and after two hours if not (tcp(7)).
public enum PeerSilence {
    /// A peer that has sent nothing for so long is asked whether it is there.
    private static let idleSeconds: Int32 = 15

    /// It is asked again after so long, so many times in all.
    private static let intervalSeconds: Int32 = 5
    private static let questions: Int32 = 4

    /// A peer whose machine answers nothing for so long is gone: the kernel ends its connection if nothing is on its
    /// way to it; for the other case there is ``limitStuckOutput(on:to:)``.
    public static let limit = Duration.seconds(idleSeconds + intervalSeconds * questions)

    /// Has the kernel ask, and end the connection of a peer that does not answer (ETIMEDOUT).
    package static func limit(on socket: Int32) throws(SystemError) {
        let tcp = Int32(IPPROTO_TCP)
        try Syscalls.setOption(SO_KEEPALIVE, at: SOL_SOCKET, to: 1, on: socket)
        try Syscalls.setOption(TCP_KEEPIDLE, at: tcp, to: idleSeconds, on: socket)
        try Syscalls.setOption(TCP_KEEPINTVL, at: tcp, to: intervalSeconds, on: socket)
        try Syscalls.setOption(TCP_KEEPCNT, at: tcp, to: questions, on: socket)
        // While a peer's window is closed the kernel asks it at intervals that double up to 120 s, and nothing else
        // does. Kernels before 6.15 do not let that be changed.
        try? Syscalls.setOption(maximumRetransmissionTime, at: tcp, to: idleSeconds * 1_000, on: socket)
    }

    /// Has the kernel give up a connection whose peer takes nothing for so long, gone or with its window closed.
    package static func limitStuckOutput(on socket: Int32, to patience: Duration) {
        let milliseconds = Int32.milliseconds(until: .now + patience)
        // Can fail for an invalid figure only, and there is nothing better to do then.
        try? Syscalls.setOption(TCP_USER_TIMEOUT, at: Int32(IPPROTO_TCP), to: milliseconds, on: socket)
    }

    /// TCP_RTO_MAX_MS, which the C library's header lacks.
    private static let maximumRetransmissionTime: Int32 = 44

    // MARK: What the kernel knows

    /// How many bytes the peer's machine has not acknowledged.
    package static func unacknowledgedBytes(on socket: Int32) -> Int {
        max(0, Int(unacknowledged_bytes(socket)))
    }

    /// How long the peer's machine has owed an answer; nil if it owes none.
    package static func unanswered(on socket: Int32) -> Duration? {
        guard unacknowledged_bytes(socket) > 0 else { return nil }
        var info = tcp_info()
        var length = socklen_t(MemoryLayout<tcp_info>.size)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0 else { return nil }
        let silence = Duration.milliseconds(info.tcpi_last_ack_recv)
        if info.tcpi_retransmits > 0 { return silence }
        // With a closed window the kernel asks again and again, after pauses that double: by itself, or by sending the
        // first bytes again if some were on their way when the window closed.
        var pause = Duration.microseconds(info.tcpi_rto)
        if info.tcpi_probes > 0 {
            let doublings = max(0, Int64(info.tcpi_backoff) - Int64(info.tcpi_probes))
            pause = min(pause * (1 << min(doublings, 16)), longestPause(on: socket))
        } else if info.tcpi_retrans == 0 || info.tcpi_backoff == 0 {
            return nil
        }
        // Until an answer is due, silence says nothing: the last answer is as old as the pause since then.
        return silence - pause < answerTime ? nil : silence
    }

    /// Between two probes of a closed window.
    private static func longestPause(on socket: Int32) -> Duration {
        var milliseconds: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let outcome = getsockopt(
            socket,
            Int32(IPPROTO_TCP),
            maximumRetransmissionTime,
            &milliseconds,
            &length
        )
        return outcome == 0 ? .milliseconds(milliseconds) : .seconds(120)
    }

    /// Longer than any network takes to bring an answer.
    private static let answerTime = Duration.seconds(5)
}
