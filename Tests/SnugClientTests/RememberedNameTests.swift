// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import TestSupport
import Testing

@testable import SnugClient

@Suite struct RememberedNameTests {
    private let folder: TemporaryFolder
    private let file: RememberedName

    init() throws {
        folder = try TemporaryFolder()
        file = RememberedName(path: folder.path("state/snug/name"))
    }

    @Test func aNameIsRememberedForItsOwnerAloneUntilThereIsAnother() throws {
        #expect(file.read() == nil)
        for name in ["aisha", "Zoë 🐍"] {
            try file.write(name)
            #expect(file.read() == name)
            #expect(try folder.mode(of: "state/snug/name") == 0o600)
        }
        #expect(try folder.entries(of: "state/snug") == ["name"])
    }

    @Test(arguments: [
        [], [0x0A], [0xFF, 0x0A], [0x1B, 0x5B, 0x32, 0x4A], Array(" aisha\n".utf8),
        [UInt8](repeating: 65, count: 300),
    ])
    func whatIsNoNameIsNone(bytes: [UInt8]) throws {
        try file.write("aisha")
        try folder.write(bytes, to: "state/snug/name", mode: 0o600)
        #expect(file.read() == nil)
    }

    @Test func whatOthersCanChangeIsNotBelieved() throws {
        try file.write("aisha")
        #expect(chmod(file.path, 0o602) == 0)
        #expect(file.read() == nil)
    }
}
