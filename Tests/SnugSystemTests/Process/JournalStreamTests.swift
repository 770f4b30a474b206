// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// Whether lines go to systemd's journal (systemd.exec(5), "JOURNAL_STREAM").
@Suite struct JournalStreamTests {
    @Test func onlyTheFileThatTheVariableNamesIsTheJournal() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([], to: "log", mode: 0o600)
        let file = OwnedDescriptor(owning: open(path, O_WRONLY | O_CLOEXEC))
        let other = OwnedDescriptor(owning: open("/dev/null", O_WRONLY | O_CLOEXEC))
        var status = stat()
        try #require(fstat(file.number, &status) == 0)
        let name = "\(status.st_dev):\(status.st_ino)"
        #expect(JournalStream.isJournal(file.number, named: name))
        #expect(!JournalStream.isJournal(other.number, named: name))
        #expect(!JournalStream.isJournal(-1, named: name))
        for wrong in [nil, "", ":", "\(status.st_dev)", name + "0", " " + name] as [String?] {
            #expect(!JournalStream.isJournal(file.number, named: wrong))
        }
    }
}
