// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugSystem

@Suite struct UserFolderTests {
    @Test(arguments: [
        (UserFolder.configuration, "/home/a/.config/snug"), (.data, "/home/a/.local/share/snug"),
        (.state, "/home/a/.local/state/snug"),
    ])
    func theVariableWinsOverTheHome(folder: UserFolder, inHome: String) {
        #expect(folder.path(base: "/x/y", home: "/home/a") == "/x/y/snug")
        #expect(folder.path(base: "/x/y///", home: nil) == "/x/y/snug")
        #expect(folder.path(base: nil, home: "/home/a") == inHome)
        #expect(folder.path(base: nil, home: "/home/a/") == inHome)
        #expect(folder.path(base: nil, home: "/") == String(inHome.dropFirst("/home/a".count)))
    }

    @Test(arguments: [nil, "", "x/y", "./x", "~/x"] as [String?])
    func whatIsNoAbsolutePathCountsAsUnset(base: String?) {
        #expect(UserFolder.data.path(base: base, home: "/h") == "/h/.local/share/snug")
        #expect(UserFolder.data.path(base: base, home: nil) == nil)
        #expect(UserFolder.data.path(base: base, home: "h") == nil)
    }
}
