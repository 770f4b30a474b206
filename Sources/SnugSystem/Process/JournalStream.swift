// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Whether what this process writes goes to the journal of systemd, which notes the time by itself.
public enum JournalStream {
    /// Whether standard error is what `JOURNAL_STREAM` names (systemd.exec(5)); a child with another one has it as well.
    public static var isStandardError: Bool {
        isJournal(2, named: getenv("JOURNAL_STREAM").map { String(cString: $0) })
    }

    /// Whether a descriptor is the file `DEVICE:INODE`.
    package static func isJournal(_ descriptor: Int32, named name: String?) -> Bool {
        var status = stat()
        guard let name, fstat(descriptor, &status) == 0 else { return false }
        return name == "\(status.st_dev):\(status.st_ino)"
    }
}
