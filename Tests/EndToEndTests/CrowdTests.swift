// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

/// One server process and very many members.
@Suite(.timeLimit(.minutes(30))) struct CrowdTests {
    private static let members = 2_000

    private static let hasDescriptors = ProcessHardening.raiseDescriptorLimit() >= 2_500

    @Test(.enabled(if: hasDescriptors, "needs a hard limit of 2,500 open files (ulimit -Hn)"))
    func twoThousandEncryptedMembersAreAllReachedAndLeaveNothingBehind() throws {
        let server = try ServerProcess(["--rate=0", "--auth-timeout=600"])
        let crowd = try Crowd(port: server.port)
        let before = Inspection.isAllowed ? try server.descriptorCount() : 0
        try crowd.grow(by: Self.members)
        #expect(try crowd.speak("one line for everyone") == Self.members)
        if Inspection.isAllowed { #expect(try server.descriptorCount() == before + Self.members) }
        crowd.leave()
        // Hundreds of connections fail in one turn of each loop, many of them first while something is sent to them.
        for _ in 0..<Self.members { #expect(try crowd.speaker.next("a leave notice").hasSuffix(" left *")) }
        try crowd.speaker.send("/who")
        try crowd.speaker.expect("* online: speaker *")
        if Inspection.isAllowed {
            #expect(try Inspection.comesTrue { try server.descriptorCount() == before })
        }
        #expect(try server.stop() == 0)
    }
}
