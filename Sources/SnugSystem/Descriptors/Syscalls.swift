// SPDX-License-Identifier: Apache-2.0

public import Glibc

/// A system call that failed.
public struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The error number (errno(3)).
    public let code: Int32

    /// The call that failed, such as `bind`.
    public let call: String

    /// `call` failed with the error number `code`.
    public init(code: Int32, call: String) {
        self.code = code
        self.call = call
    }

    /// One lower-case phrase with the system's words for the error.
    public var description: String { "\(call) failed: \(reason)" }

    /// The system's words for the error alone.
    public var reason: String { String(cString: strerror(code)) }

    /// The peer vanished, or the network to it: nothing on this machine is at fault.
    public var isLostConnection: Bool {
        [ECONNRESET, EPIPE, ETIMEDOUT, EHOSTUNREACH, ENETUNREACH, ENETDOWN].contains(code)
    }
}

extension SystemError {
    /// Another socket is bound to the address (bind(2)).
    public var isAddressInUse: Bool { code == EADDRINUSE }

    /// What to do about a call that fails for want of something that it takes.
    public var shortageHint: String {
        code == EMFILE || code == ENFILE
            ? "raise the limit of open files: ulimit -n, or LimitNOFILE= for a service of systemd"
            : "the system ran out of memory, threads or open files"
    }

    /// The peer, or somebody on the way, has ended the connection without a word.
    public var isReset: Bool { code == ECONNRESET || code == EPIPE }

    /// This machine does not have the address, or the whole family of it.
    public var isMissingAddress: Bool { code == EADDRNOTAVAIL || code == EAFNOSUPPORT }

    /// The system has no more of something that the call takes: descriptors or memory.
    public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, ENOBUFS].contains(code) }

    /// This process lacks the right to make the call.
    public var isNotPermitted: Bool { code == EPERM || code == EACCES }
}

/// Reads errno right behind the call that set it; elsewhere only assertions look at it.
///
/// Inlinable, because each delivery makes one of these calls: as a generic function of another module it would cost more
/// than the call's way into the kernel.
@usableFromInline
package enum Syscalls {
    /// Runs a call that returns -1 on failure, again if a signal interrupted it.
    @inlinable
    @discardableResult
    package static func run<Result: SignedInteger>(
        _ call: StaticString,
        _ body: () -> Result
    ) throws(SystemError) -> Result {
        while true {
            let result = body()
            if result != -1 { return result }
            let code = errno
            if code != EINTR { throw SystemError(code: code, call: "\(call)") }
        }
    }

    /// Like ``run(_:_:)``, with nil for a call that would have had to wait.
    @inlinable
    package static func unlessWouldBlock<Result: SignedInteger>(
        _ call: StaticString,
        _ body: () -> Result
    ) throws(SystemError) -> Result? {
        while true {
            let result = body()
            if result != -1 { return result }
            let code = errno
            if code == EAGAIN || code == EWOULDBLOCK { return nil }
            if code != EINTR { throw SystemError(code: code, call: "\(call)") }
        }
    }

    /// Sets an option whose value is an `int` (setsockopt(2)).
    package static func setOption(_ option: Int32, at level: Int32, to value: Int32, on socket: Int32)
        throws(SystemError)
    {
        var value = value
        try run("setsockopt") {
            setsockopt(socket, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }
}
