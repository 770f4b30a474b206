// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugServer

extension RequestLogState {
    private static let slow = Duration.seconds(2)
    private static let gone = Duration.seconds(5)

    /// How the log does if nothing of what was appended has come back for so long.
    init(after waiting: Duration) {
        self = waiting < Self.slow ? .fine : waiting < Self.gone ? .slow : .gone
    }

    /// For how long whoever tells of it may be busy with something else, until there would be something new to tell.
    static func pause(after waiting: Duration) -> Duration {
        let next = [slow, gone].first { waiting < $0 } ?? waiting + longestPause
        return min(longestPause, max(shortestPause, next - waiting))
    }

    static let longestPause = Duration.seconds(3)
    /// What takes less than this often just takes its time, and would have to begin anew.
    private static let shortestPause = Duration.milliseconds(500)
}
#endif
