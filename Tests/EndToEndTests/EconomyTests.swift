// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import TestSupport
import Testing

/// What chat costs, counted in system calls: a count is the same on a busy machine and on a fast one.
@Suite(.timeLimit(.minutes(30))) struct EconomyTests {
    @Test(.enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot))
    func aLineToAThousandMembersCostsOneSendForEachAndNoMemory() throws {
        let members = 1_000
        let server = try ServerProcess(["--rate=0", "--auth-timeout=600"])
        let crowd = try Crowd(port: server.port)
        try crowd.grow(by: members)
        let trace = try SystemCallTrace(of: server.process.pid)
        #expect(try crowd.speak("one line for everyone") == members)
        let calls = try trace.stop()
        #expect(calls.count { $0.name == "sendto" } == members)
        #expect(calls.count { $0.name == "recvfrom" && $0.bytes > 0 } == 1)
        // Whoever takes all that it is sent is not watched for room in its buffer.
        #expect(calls.count { $0.name == "epoll_ctl" } < 10)
        #expect(calls.count { ["brk", "mmap"].contains($0.name) } < 10)
        #expect(calls.count < members + 100, "\(Set(calls.map(\.name)).sorted())")
        crowd.leave()
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot))
    func manyRecordsInOneSegmentCostOneReceive() throws {
        let server = try ServerProcess(["--rate=0", "--loops=1"])
        let witness = try TestClient(.tls, port: server.port, name: "witness")
        let burst = try PythonPeer.start("one_segment.py", ["\(server.port)", "--ca", server.authority])
        try witness.expect("* burst joined the chat *")
        let trace = try SystemCallTrace(of: server.process.pid)
        try burst.type("100")
        for number in 0..<100 { try witness.expect("burst: record \(number)") }
        let calls = try trace.stop()
        #expect(calls.count { $0.name == "recvfrom" && $0.bytes > 0 } == 1)
        // And what came in together goes out together: one send for each turn, which takes 32 records.
        #expect(calls.count { $0.name == "sendto" } < 10)
        #expect(try burst.finish() == 0)
        #expect(try server.stop() == 0)
    }

    @Test(.enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot))
    func aVisitCostsNoMoreSystemCallsThanItHasSteps() throws {
        let visits = 10
        let server = try ServerProcess(["--loops=1", "--log-level=warning"])
        let trace = try SystemCallTrace(of: server.process.pid)
        for number in 1...visits {
            let visitor = try TestClient(.tls, port: server.port, name: "visitor\(number)")
            try visitor.send(raw: FrameEncoder.frame("/who") + FrameEncoder.frame("/quit"))
            try visitor.expect("* online: visitor\(number) *")
            #expect(try visitor.expectEnd() == nil)
            visitor.close()
        }
        // The last one's connection is closed before the server is.
        #expect(try server.stop() == 0)
        let calls = try trace.stop()
        func count(_ name: String) -> Int { calls.count { $0.name == name } }
        // Into the lobby, out of it, into the room; closing takes it out of that.
        #expect(count("epoll_ctl") <= 3 * visits + 2, "the door's, too")
        // The handshake, the welcome, the answer, the goodbye; a room that is awake just then may welcome in two.
        #expect(count("sendto") <= 4 * visits + 2)
        // Each hand-over wakes the room, and what nobody wants in the log wakes nobody.
        #expect(count("write") <= visits + 9, "nine are for stopping, of which four are threads' ends")
        #expect(count("poll") <= 6, "the log's, and the main thread's waits for those ends")
        // The last answer and the goodbye wait for the end of the stream, to travel in one packet with it.
        let waiting = calls.count { $0.name == "sendto" && $0.arguments.contains("MSG_MORE") }
        #expect(waiting == 2 * visits)
    }

    @Test(.enabled(if: SystemCallTrace.isAllowed, SystemCallTrace.whyNot))
    func aServerWithNothingToDoMakesNoSystemCalls() throws {
        let server = try ServerProcess(plain: true)
        let members = [
            try TestClient(.tls, port: server.port(.tls), name: "quiet"),
            try TestClient(.plain, port: server.port(.plain), name: "silent"),
        ]
        try members[0].expect("* silent joined the chat *")
        // The first look may come while it still finishes something; a server that polls is never found silent.
        #expect(try (1...5).contains { _ in try isSilent(server) })
        for member in members { member.close() }
        #expect(try server.stop() == 0)
    }

    /// Whether each thread spent two seconds in one wait, begun before them and not over at their end.
    private func isSilent(_ server: ServerProcess) throws -> Bool {
        let calls = try SystemCallTrace(of: server.process.pid, seconds: 2).waitUntilDetached()
        return !calls.isEmpty && calls.allSatisfy { $0.result == nil }
    }
}
