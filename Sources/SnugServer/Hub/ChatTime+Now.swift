// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugRooms

extension ChatTime {
    /// The wall clock (CLOCK_REALTIME, clock_gettime(2)).
    static var now: ChatTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return ChatTime(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Since 1970; what a chat's numbers begin at, so that they never go back even if nothing was kept.
    var microseconds: UInt64 { UInt64(max(0, min(milliseconds, .max / 1_000))) * 1_000 }
}
