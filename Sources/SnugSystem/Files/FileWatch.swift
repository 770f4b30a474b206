// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Notices that files have changed, by looking at them once in a while (stat(2)), and tells when to complain of them.
///
/// What is not good when it is found may be half written: it is tried again, and complained of once if it is still the
/// same at the next look.
///
/// ```
///   known ──a file differs──► read ──good──► known
///                              └─bad──► tried ──the same at the next look, and still bad──► told, and known
/// ```
public struct FileWatch: Sendable {
    /// When it is looked again.
    public private(set) var nextLook: MonotonicTime

    private let paths: [String]
    private let pause: Duration
    private var known: [FileMark]
    private var seen: [FileMark]
    private var tried: [FileMark]?

    /// Takes the files as they are for known: to be made before they are read.
    public init(_ paths: [String], every pause: Duration, now: MonotonicTime = .now) {
        self.paths = paths
        self.pause = pause
        nextLook = now + pause
        known = paths.map(FileMark.init)
        seen = known
    }

    /// Looks at the files, if it is time, and returns whether they should be read.
    public mutating func findsChange(now: MonotonicTime = .now) -> Bool {
        guard nextLook <= now else { return false }
        nextLook = now + pause
        look()
        return seen != known
    }

    /// Looks at the files because they are about to be read for another reason.
    public mutating func look() { seen = paths.map(FileMark.init) }

    /// What was seen last has been read.
    public mutating func wasRead() {
        known = seen
        tried = nil
    }

    /// What was seen last is not good; returns whether that is to be told.
    public mutating func wasBad() -> Bool {
        guard tried == seen else {
            tried = seen
            return false
        }
        known = seen
        return true
    }
}

/// What tells a file from the one that was at its path before.
private struct FileMark: Equatable, Sendable {
    private var numbers: [Int64] = []

    /// Of a file that is not there or cannot be looked at, nothing is known.
    init(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        numbers = [
            Int64(truncatingIfNeeded: status.st_dev), Int64(truncatingIfNeeded: status.st_ino),
            Int64(status.st_size), Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec),
            Int64(status.st_ctim.tv_sec), Int64(status.st_ctim.tv_nsec),
        ]
    }
}
