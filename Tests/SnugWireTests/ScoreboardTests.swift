// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct ScoreboardTests {
    private let findings = RecordedChat.report().findings

    @Test func everyLengthIsReadOffRecordsWithoutPaddingAndNoneOffPaddedOnes() {
        let lengths = findings.scoreboard.lineLengths
        #expect(lengths.tls.right == lengths.tls.total && lengths.tls.total == 9)
        #expect(lengths.tls.meanError == 0)
        #expect(lengths.padded.right <= lengths.fixedAnswer.right)
        #expect(findings.scoreboard.paddingHidesLengths)
        #expect(findings.padded.sizesOfCoveredLines == [278])
    }

    @Test func aLineThatNeedsTwoPadsStillShowsThatItIsLong() {
        let sizes = findings.padded.lines.filter { $0.item.textBytes ?? 0 > 252 }.map(\.unit.range.count)
        #expect(sizes == [534])
        #expect(findings.scoreboard.longLineLengths.padded.right == 0)
    }

    @Test func whoSpeaksToHowManyLeaksWithAndWithoutPadding() {
        let board = findings.scoreboard
        for score in [board.speakers, board.kinds, board.roomSizes, board.verdicts] {
            for tally in [score.tls, score.padded] {
                #expect(tally.right == tally.total, "\(score.question)")
                #expect(tally.total > 0, "\(score.question)")
            }
            #expect(score.fixedAnswer.right < score.fixedAnswer.total, "\(score.question)")
        }
    }

    @Test func aPassphrasesLengthDoesNotShowButItsVerdictDoes() {
        #expect(findings.scoreboard.passphraseLengths.tls.right == 0)
        #expect(findings.tls.sizes(of: .passphrase) == [278])
        #expect(findings.tls.game.eavesdropper.accepted == [true, true, true, false])
        #expect(findings.padded.game.eavesdropper.accepted == [true, true, true, false])
    }

    @Test func theRulesFindOutThatRecordsArePaddedAndToWhat() {
        #expect(findings.padded.game.eavesdropper.paddingMultiple == 256)
        #expect(findings.tls.game.eavesdropper.paddingMultiple == nil)
    }

    @Test func paddingThatIsNotThereFailsTheClaims() {
        let report = RecordedChat.report { recordings in
            let unpadded = recordings[.tls]?.capture ?? Capture()
            recordings[.padded]?.capture = unpadded
        }
        let failed = report.claims.filter { !$0.held }.map(\.name)
        #expect(
            failed == [
                "padded: every line up to 200 bytes is one size of record",
                "padded: guessed line lengths are no better than one fixed answer",
            ]
        )
    }

    @Test func aLengthThatTheRecordDoesNotTellFailsTheClaim() {
        let report = RecordedChat.report { recordings in
            let padded = recordings[.padded]?.capture ?? Capture()
            recordings[.tls]?.capture = padded
        }
        #expect(
            report.claims.filter { !$0.held }.map(\.name)
                == ["tls: every line's record is 26 bytes longer than its text"]
        )
    }

    @Test func aLineInTwoRecordsFailsTheClaim() {
        // The second half of what GnuTLS would send if a frame were written in two pieces.
        let report = RecordedChat.report { recordings in
            guard let segments = recordings[.tls]?.capture.segments,
                let index = segments.lastIndex(where: { $0.direction == .toClient && $0.bytes.count > 100 })
            else { return }
            recordings[.tls]?.capture.segments[index].bytes +=
                [23, 3, 3, 0, 26] + [UInt8](repeating: 9, count: 26)
        }
        #expect(
            report.claims.filter { !$0.held }.map(\.name)
                == ["tls: a line is one record for its sender and for each listener"]
        )
    }

    @Test func theFixedAnswerIsTheBestOneAndItsErrorTheSmallest() {
        let lengths = RecordedChat.lines.map(\.text.utf8.count).filter { $0 <= 200 }
        let fixed = findings.scoreboard.lineLengths.fixedAnswer
        for answer in 0...200 {
            let right = lengths.count { $0 == answer }
            let error = Double(lengths.map { abs($0 - answer) }.reduce(0, +)) / Double(lengths.count)
            #expect(right <= fixed.right)
            #expect(error >= fixed.meanError ?? .infinity)
        }
    }

    @Test func paddingsPriceIsWhatCrossedTheWireMore() {
        let price = findings.price
        #expect(price.chatBytesWith > price.chatBytesWithout)
        let data = findings.padded.connections.flatMap(\.protectedRecords).filter { !$0.isEncryptedAlert }
        #expect(data.allSatisfy { $0.plaintextBytes % 256 == 0 })
        #expect(PaddingPrice.percent(150, over: 100) == 50)
        #expect(PaddingPrice.percent(1, over: 0) == 0)
    }
}
