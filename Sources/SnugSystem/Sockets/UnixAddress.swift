// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// A path, in the form that the system takes it.
struct UnixAddress {
    private var system = sockaddr_un()
    private var length = socklen_t(MemoryLayout<sockaddr_un>.size)

    init(_ path: String) throws(UnixSocketFault) {
        let bytes = Array(path.utf8)
        // The byte behind the last one is 0.
        let limit = MemoryLayout.size(ofValue: system.sun_path) - 1
        guard !bytes.isEmpty else { throw .pathIsEmpty }
        guard bytes.count <= limit else { throw .pathTooLong(limitBytes: limit) }
        system.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &system.sun_path) { $0.copyBytes(from: bytes) }
    }

    /// A name that is no file's (unix(7)): the byte in front of it is 0, and none behind it belongs to it.
    init(abstract name: Substring) throws(UnixSocketFault) {
        let bytes = [0] + Array(name.utf8)
        let limit = MemoryLayout.size(ofValue: system.sun_path)
        guard !name.isEmpty else { throw .pathIsEmpty }
        guard bytes.count <= limit else { throw .pathTooLong(limitBytes: limit - 1) }
        system.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &system.sun_path) { $0.copyBytes(from: bytes) }
        length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
    }

    static func openSocket(waits: Bool = false) throws(SystemError) -> OwnedDescriptor {
        let kind =
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            | (waits ? 0 : Int32(SOCK_NONBLOCK.rawValue))
        return OwnedDescriptor(owning: try Syscalls.run("socket") { Glibc.socket(AF_UNIX, kind, 0) })
    }

    func withSystemAddress<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
        withUnsafePointer(to: system) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, length)
            }
        }
    }

    /// Why nobody answers there (errno of connect(2)); 0 if somebody does, or is only too busy to.
    func reasonOfSilence() throws(SystemError) -> Int32 {
        let socket = try Self.openSocket()
        let number = socket.number
        do throws(SystemError) {
            try Syscalls.run("connect") { withSystemAddress { connect(number, $0, $1) } }
            return 0
        } catch {
            return error.code == EAGAIN ? 0 : error.code
        }
    }
}
