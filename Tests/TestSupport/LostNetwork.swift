// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A machine that has lost its network, for one socket: what arrives is dropped unseen and unanswered, and the machine
/// does not find that out either.
public enum LostNetwork {
    public struct NotChanged: Error {}

    public static func begin(at socket: Int32) throws {
        // One instruction of a socket filter, "return 0": keep no byte (SO_ATTACH_FILTER, socket(7)).
        var instruction: (code: UInt16, jumps: UInt16, operand: UInt32) = (0x06, 0, 0)
        try withUnsafeMutablePointer(to: &instruction) { instruction in
            var program: (length: UInt16, code: UnsafeMutableRawPointer) = (1, .init(instruction))
            let size = socklen_t(MemoryLayout.size(ofValue: program))
            guard setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, size) == 0 else {
                throw NotChanged()
            }
        }
        // Without answers it would give up, and reset the connection over the network that it has not lost.
        var off: Int32 = 0
        setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &off, socklen_t(MemoryLayout<Int32>.size))
    }

    public static func end(at socket: Int32) throws {
        var ignored: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        guard setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &ignored, size) == 0 else {
            throw NotChanged()
        }
    }
}
