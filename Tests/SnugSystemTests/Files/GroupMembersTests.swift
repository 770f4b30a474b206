// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

@testable import SnugSystem

/// Who is in a group, and what is said of it once the lists cannot be read any more.
@Suite struct GroupMembersTests {
    /// A group that no list has.
    private static let nobodys = gid_t(54_321)

    @Test func aUsersOwnGroupHasThatUserInIt() throws {
        let nobody = try #require(getpwnam("nobody")).pointee
        #expect(GroupMembers.of(nobody.pw_gid)?.contains(nobody.pw_uid) == true)
        #expect(GroupMembers.of(Self.nobodys) == [])
    }

    /// In a process of its own: it belongs to the whole process.
    @Test func whatWasAskedForBeforeStaysKnownAndTheRestIsNot() async {
        await #expect(processExitsWith: .success) {
            let nobody = try #require(getpwnam("nobody")).pointee
            let members = GroupMembers.of(nobody.pw_gid)
            GroupMembers.keepToThoseKnown()
            #expect(members != nil && GroupMembers.of(nobody.pw_gid) == members)
            #expect(GroupMembers.of(54_321) == nil)
        }
    }
}
