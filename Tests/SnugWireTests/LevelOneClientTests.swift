// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugSystem
import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct LevelOneClientTests {
    private func withLab<Result>(
        _ mode: WireMode,
        _ body: (Lab) throws(WireError) -> Result
    ) throws -> Result {
        let setup = Lab.Setup(mode: mode, passphrase: "open sesame", identity: try LabIdentity())
        return try Lab.run(setup, body)
    }

    @Test(arguments: WireMode.allCases)
    func whoIsLetInIsToldOfItsStayAndConfirmedItsLines(mode: WireMode) throws {
        try withLab(mode) { (lab) throws(WireError) in
            let client = try lab.connect("aisha")
            _ = try lab.authenticate(client, with: "open sesame")
            _ = try lab.enter(client, beside: [])
            let sequence = try lab.say("hello", client, beside: [])
            #expect(client.entered?.you.name == "aisha")
            #expect(client.entered?.token.isEmpty == false)
            #expect(client.epoch?.isEmpty == false)
            #expect(client.events.map(\.sequence).contains(sequence))
            #expect(!client.hasEnded)
        }
    }

    @Test(arguments: WireMode.allCases)
    func aWrongPassphraseEndsTheWaitAtOnceAndSaysWhy(mode: WireMode) throws {
        try withLab(mode) { (lab) throws(WireError) in
            let client = try lab.connect("mallory")
            let error = #expect(throws: WireError.self) { try lab.authenticate(client, with: "open barley") }
            #expect(error?.description.contains("mallory could not go on: ") == true)
            #expect(client.refusal?.code.known == .wrongPassphrase)
            #expect(client.entered == nil)
        }
    }

    @Test func aServerThatEndsIsNoReasonToWait() throws {
        try withLab(.tls) { (lab) throws(WireError) in
            let client = try lab.connect("aisha")
            _ = try lab.authenticate(client, with: "open sesame")
            _ = try lab.enter(client, beside: [])
            try client.send(.quit)
            let error = #expect(throws: WireError.self) {
                try lab.wait(for: "what never comes", among: [client]) { false }
            }
            #expect(error?.description == "aisha could not go on: the server has ended the chat")
        }
    }

    @Test func aServerOfAnotherAuthorityGetsNothing() throws {
        let setup = Lab.Setup(
            mode: .tls,
            passphrase: "open sesame",
            identity: try LabIdentity(),
            trusted: try LabIdentity()
        )
        try Lab.run(setup) { (lab) throws(WireError) in
            let error = #expect(throws: WireError.self) { try lab.connect("aisha") }
            #expect(error?.description.contains("is not trusted") == true)
        }
    }

    @Test func namesOfMessagesAreAllOfOneLengthAndNeverTheSame() throws {
        try withLab(.plain) { (lab) throws(WireError) in
            let client = try lab.connect("aisha")
            let names = (0..<1_000).map { _ in client.nextReference() }
            #expect(Set(names).count == 1_000)
            #expect(Set(names.map(\.count)) == [8])
        }
    }
}
