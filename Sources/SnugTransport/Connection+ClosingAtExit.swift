// SPDX-License-Identifier: Apache-2.0

internal import Glibc

extension Connection {
    /// Says what becomes of what the peer has not taken when this end closes, or the process ends in whatever way.
    ///
    /// - Parameter resets: whether it is dropped and the connection reset (SO_LINGER, socket(7)), so that a program
    ///   which is interrupted or killed takes back what it can. Otherwise the kernel goes on sending it.
    public func setResetsWhenClosed(_ resets: Bool) {
        guard let descriptor else { return }
        var option = linger(l_onoff: resets ? 1 : 0, l_linger: 0)
        // It cannot fail on a socket, and a stream that is none has no kernel behind it.
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }
}
