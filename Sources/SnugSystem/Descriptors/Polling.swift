// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Waiting for, reading and writing descriptors that belong to nobody here, such as a terminal.
///
/// poll(2) rather than epoll(7): a program's input may be a file, and epoll refuses files.
public enum Polling {
    /// One descriptor to wait for.
    public struct Entry {
        /// The descriptor; one that is missing or negative is ignored.
        public let descriptor: Int32?

        /// What to wait for.
        public let interest: Readiness

        /// What it is ready for, after a wait.
        public fileprivate(set) var readiness: Readiness = []

        /// Waits for `interest` on `descriptor`.
        public init(_ descriptor: Int32?, for interest: Readiness) {
            self.descriptor = descriptor
            self.interest = interest
        }
    }

    /// Waits until one of `entries` is ready, `deadline` has come, or a signal handler ran.
    public static func wait(for entries: inout [Entry], until deadline: MonotonicTime?) {
        var watched = entries.map { entry in
            let events =
                (entry.interest.contains(.readable) ? POLLIN : 0)
                | (entry.interest.contains(.writable) ? POLLOUT : 0)
            return pollfd(
                fd: entry.interest.isEmpty ? -1 : entry.descriptor ?? -1,
                events: Int16(events),
                revents: 0
            )
        }
        // An interrupted wait reports nothing ready, and its caller waits again.
        guard poll(&watched, nfds_t(watched.count), .milliseconds(until: deadline)) >= 0 else {
            for index in entries.indices { entries[index].readiness = [] }
            return
        }
        for (index, result) in watched.enumerated() {
            entries[index].readiness = Readiness(poll: Int32(result.revents))
        }
    }

    /// Waits for nothing but time, or until a signal handler ran.
    package static func pause(_ time: Duration) {
        var nothing: [Entry] = []
        wait(for: &nothing, until: .now + time)
    }

    /// Reads what is there, at most `limit` bytes; empty at the end of the input.
    public static func read(_ descriptor: Int32, atMost limit: Int) throws(SystemError) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: limit)
        let count = try Syscalls.run("read") { Glibc.read(descriptor, &buffer, limit) }
        return Array(buffer.prefix(count))
    }

    /// Writes all of `bytes`, waiting for the reader if need be.
    public static func write(_ bytes: [UInt8], to descriptor: Int32) throws(SystemError) {
        var rest = bytes[...]
        try write(&rest, to: descriptor)
    }

    /// Writes all of `rest`, and leaves in it what was not written when it failed.
    static func write(_ rest: inout ArraySlice<UInt8>, to descriptor: Int32) throws(SystemError) {
        while !rest.isEmpty {
            let written = try rest.span.bytes.withUnsafeBytes { (bytes) throws(SystemError) in
                try Syscalls.unlessWouldBlock("write") {
                    Glibc.write(descriptor, bytes.baseAddress, bytes.count)
                }
            }
            guard let written else {
                var entries = [Entry(descriptor, for: .writable)]
                wait(for: &entries, until: nil)
                continue
            }
            rest = rest.dropFirst(written)
        }
    }
}

extension Readiness {
    fileprivate init(poll events: Int32) {
        self = []
        if events & POLLIN != 0 { insert(.readable) }
        if events & POLLOUT != 0 { insert(.writable) }
        if events & (POLLHUP | POLLERR | POLLNVAL) != 0 { insert(.hungUp) }
    }
}
