// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@testable import SnugTerminal

/// What a terminal was asked and has not answered, with a clock that the test turns.
@Suite struct TerminalQuestionsTests {
    @Test func answersBelongToTheQuestionsInTheirOrder() {
        var questions = TerminalQuestions()
        #expect(!questions.isOpen(at: Self.time(0)))
        #expect(questions.takeAnswer() == nil, "nobody asked")
        #expect(!questions.areAnswered)
        for question in [TerminalQuestions.Question.ambiguousWidth, .cursor, .width] {
            questions.ask(question, at: Self.time(0))
        }
        #expect(questions.takeAnswer() == .ambiguousWidth)
        #expect(questions.areAnswered)
        #expect(questions.takeAnswer() == .cursor)
        #expect(questions.isLayoutOpen(at: Self.time(0)), "one answer alone says nothing")
        #expect(questions.takeAnswer() == .width)
        #expect(!questions.isOpen(at: Self.time(0)) && !questions.isLayoutOpen(at: Self.time(0)))
        #expect(questions.takeAnswer() == nil)
    }

    @Test func aQuestionAboutCharactersHoldsNothingUp() {
        var questions = TerminalQuestions()
        questions.ask(.ambiguousWidth, at: Self.time(0))
        #expect(questions.isOpen(at: Self.time(0)) && !questions.isLayoutOpen(at: Self.time(0)))
        #expect(questions.giveUpLayout(at: Self.time(5_000)) == false)
        #expect(questions.takeAnswer() == .ambiguousWidth, "it may come late")
    }

    @Test func anAnswerIsWaitedForForASecondAfterTheLastQuestion() {
        var questions = TerminalQuestions()
        questions.ask(.cursor, at: Self.time(0))
        questions.ask(.width, at: Self.time(100))
        #expect(questions.deadline == Self.time(1_100))
        #expect(questions.isOpen(at: Self.time(1_099)) && questions.isLayoutOpen(at: Self.time(1_099)))
        #expect(!questions.isOpen(at: Self.time(1_100)) && !questions.isLayoutOpen(at: Self.time(1_100)))
    }

    @Test func aTerminalThatHasStoppedAnsweringIsGivenUpOnce() {
        var questions = TerminalQuestions()
        questions.ask(.ambiguousWidth, at: Self.time(0))
        _ = questions.takeAnswer()
        questions.ask(.cursor, at: Self.time(0))
        questions.ask(.width, at: Self.time(0))
        #expect(questions.giveUpLayout(at: Self.time(999)) == false)
        #expect(questions.areAnswered)
        #expect(questions.giveUpLayout(at: Self.time(1_000)) == true)
        #expect(!questions.areAnswered)
        #expect(questions.giveUpLayout(at: Self.time(2_000)) == false)
        #expect(questions.takeAnswer() == nil, "what comes now answers nothing that is still asked")
    }

    private static func time(_ milliseconds: Int) -> MonotonicTime {
        .start + .milliseconds(10_000 + milliseconds)
    }
}
