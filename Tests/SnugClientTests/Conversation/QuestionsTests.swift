// SPDX-License-Identifier: Apache-2.0

import SnugProtocol
import SnugRooms
import SnugSystem
import SnugTerminal
import Testing

@testable import SnugClient

@Suite struct QuestionsTests {
    @Test func anAnswerFindsItsQuestionOnceAndWhereItWasAsked() throws {
        var questions = Questions(mark: "m")
        let ops = try #require(RoomName("ops"))
        let (who, topic) = (questions.ask(.who, in: ops), questions.ask(.topic, in: .main))
        #expect(questions[who]?.subject == .who)
        #expect(questions.answer(topic)?.room == .main)
        #expect(questions.answer(who)?.room == ops)
        #expect(questions.answer(who) == nil)
        #expect(questions.answer(nil) == nil)
    }

    @Test func eachQuestionIsKnownByAnotherRefThatTheProtocolTakes() {
        var questions = Questions(mark: "0123456789abcdef")
        let refs = (0..<1_000).map { _ in questions.ask(.other, in: .main) }
        #expect(Set(refs).count == refs.count)
        #expect(refs.allSatisfy { $0.utf8.count <= LevelOne.maximumReferenceBytes })
    }

    @Test func aServerThatAnswersNothingIsForgotten() {
        var questions = Questions(mark: "m")
        let refs = (0...Questions.maximum).map { _ in questions.ask(.other, in: .main) }
        #expect(questions[refs[0]] == nil)
        #expect(questions[refs[1]] != nil)
        questions.forget()
        #expect(refs.allSatisfy { questions[$0] == nil })
    }

    @Test func whatIsAwaitedIsKnownUntilItsAnswerComes() {
        var questions = Questions(mark: "m")
        let (page, join) = (questions.ask(.history(.main), in: .main), questions.ask(.join(.main), in: .main))
        #expect(questions.isWaitingForHistory(of: .main) && questions.isJoining)
        _ = questions.answer(page)
        _ = questions.answer(join)
        #expect(!questions.isWaitingForHistory(of: .main) && !questions.isJoining)
    }
}
