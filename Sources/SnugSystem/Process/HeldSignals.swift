// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Signals that are read like input instead of doing what they do by default (signalfd(2)), as long as this value lives.
///
/// For a process without threads but ``RunningThread``s: others would take the default actions.
struct HeldSignals: ~Copyable {
    private let signals: OwnedDescriptor
    private let formerMask: sigset_t

    init(_ numbers: [Int32]) throws(SystemError) {
        var held = signalSet(numbers)
        let flags = Int32(SFD_CLOEXEC | SFD_NONBLOCK)
        signals = OwnedDescriptor(owning: try Syscalls.run("signalfd") { signalfd(-1, &held, flags) })
        var formerMask = sigset_t()
        pthread_sigmask(SIG_BLOCK, &held, &formerMask)
        self.formerMask = formerMask
    }

    deinit {
        withUnsafePointer(to: formerMask) { _ = pthread_sigmask(SIG_SETMASK, $0, nil) }
    }

    /// Readable when one has come.
    var descriptor: Int32 { signals.number }

    /// The next one; nil if none waits.
    borrowing func next() throws(SystemError) -> Int32? {
        var details = signalfd_siginfo()
        let number = signals.number
        let received = try Syscalls.unlessWouldBlock("read") {
            read(number, &details, MemoryLayout<signalfd_siginfo>.size)
        }
        return received.map { _ in Int32(bitPattern: details.ssi_signo) }
    }
}
