// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugSystem
import SnugTransport
import Testing

@testable import SnugClient

/// What the end of a connection means depends on who wanted it.
@Suite struct ChatStageTests {
    private static let cut = ClientError.transportFailed(.truncated)
    private static let reset = ClientError.connectionLost(SystemError(code: ECONNRESET, call: "recv"))
    private static let ownWay: [ChatStage] = [
        .finishing(since: .start), .leaving(since: .start), .quitting(since: .start),
    ]

    @Test func aServerThatEndsTheChatHasNotBeenLeft() {
        #expect(Self.fault(.chatting, nil) == .endedByServer)
        #expect(ClientError.endedByServer.exitCode == 69)
        #expect(Self.fault(.chatting, nil, hasSaidAll: false) == .endedEarly)
        #expect(Self.fault(.chatting, Self.cut) == Self.cut)
        #expect(Self.fault(.chatting, Self.reset) == Self.reset)
    }

    @Test func whoeverLeavesInGoodOrderHasLeft() {
        for stage in Self.ownWay {
            #expect(Self.fault(stage, nil) == nil)
            #expect(Self.fault(stage, nil, hasSaidAll: false) == .endedEarly)
        }
    }

    @Test func whoeverWasNotLetInHasSaidNothingThoughTheServerSaysGoodbye() {
        for stage in [.chatting, .finishing(since: .start), ChatStage.quitting(since: .start)] {
            #expect(Self.fault(stage, nil, isRefused: true) == .notLetIn)
            // The lesson's own server may greet as it likes.
            #expect(
                Self.fault(stage, nil, promisesGoodbye: false, isRefused: true)
                    == Self.fault(stage, nil, promisesGoodbye: false)
            )
        }
        #expect(ClientError.notLetIn.exitCode == 69)
        // Who wants out does not care.
        #expect(Self.fault(.leaving(since: .start), nil, isRefused: true) == nil)
    }

    @Test func afterQuitAServerMayEndAsItLikes() {
        let stage = ChatStage.quitting(since: .start)
        for failure in [Self.cut, Self.reset] {
            for promises in [true, false] {
                #expect(Self.fault(stage, failure, promisesGoodbye: promises) == nil)
                #expect(Self.fault(stage, failure, hasSaidAll: false, promisesGoodbye: promises) == failure)
            }
        }
    }

    /// Snug's own server holds lines back at times: one that is killed then has not said them.
    @Test func atTheEndOfTheInputOnlyAServerThatNeverSaysGoodbyeMayDoWithoutOne() {
        let stage = ChatStage.finishing(since: .start)
        #expect(Self.fault(stage, Self.cut, promisesGoodbye: false) == nil)
        #expect(Self.fault(stage, Self.cut, promisesGoodbye: true) == Self.cut)
        #expect(Self.fault(stage, Self.cut, hasSaidAll: false, promisesGoodbye: false) == Self.cut)
        #expect(Self.fault(stage, Self.reset, promisesGoodbye: false) == Self.reset)
    }

    @Test func whatASeverWasNotUnderstoodInIsAFaultAtEveryStage() {
        for stage in [.chatting] + Self.ownWay {
            let failure = ClientError.protocolBroken("it sent bytes that are not UTF-8")
            #expect(Self.fault(stage, failure, promisesGoodbye: false) == failure)
        }
    }

    private static func fault(
        _ stage: ChatStage,
        _ failure: ClientError?,
        hasSaidAll: Bool = true,
        promisesGoodbye: Bool = true,
        isRefused: Bool = false
    ) -> ClientError? {
        stage.fault(
            in: failure,
            hasSaidAll: hasSaidAll,
            promisesGoodbye: promisesGoodbye,
            isRefused: isRefused
        )
    }
}
