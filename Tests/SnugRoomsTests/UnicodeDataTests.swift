// SPDX-License-Identifier: Apache-2.0

import Foundation
import TestSupport
import Testing

@testable import SnugRooms

/// The rules for names, tried with Unicode's own data rather than with what our table or Swift says of it.
@Suite struct UnicodeDataTests {
    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func nothingThatUnicodeCallsIgnorableOrWhiteIsKeptInAName() throws {
        let ignorable = try UnicodeData.scalars("DerivedCoreProperties.txt", "Default_Ignorable_Code_Point")
        #expect(ignorable.count > 4000)
        for scalar in ignorable where NameRequest("a\(scalar)b").name?.text != "ab" {
            Issue.record("U+\(String(scalar.value, radix: 16))")
        }
        let white = try UnicodeData.scalars("PropList.txt", "White_Space")
        #expect(white.count >= 25)
        for scalar in white where NameRequest("a\(scalar)b").name?.text != "a b" {
            Issue.record("U+\(String(scalar.value, radix: 16))")
        }
    }

    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func noCommaColonOrSemicolonOfAnyScriptIsKeptInAName() throws {
        let ends = Set(try UnicodeData.scalars("PropList.txt", "Sentence_Terminal"))
        // The file's version of Unicode and Swift's differ about a few of them.
        let parts = try UnicodeData.scalars("PropList.txt", "Terminal_Punctuation").filter {
            !ends.contains($0) && $0.properties.isTerminalPunctuation && !$0.properties.isSentenceTerminal
        }
        #expect(parts.count > 80)
        for scalar in parts where NameRequest("a\(scalar)b").name?.text != "ab" {
            Issue.record("U+\(String(scalar.value, radix: 16))")
        }
    }

    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func aDotOnALetterThatHasOneMakesNoOtherName() throws {
        let dotted = try UnicodeData.scalars("PropList.txt", "Soft_Dotted").map { String($0) }
        var tried = 0
        for letter in dotted {
            for dotless in Set([letter, letter.replacing("i", with: "ı").replacing("j", with: "ȷ")]) {
                for dots in ["\u{307}", "\u{307}\u{307}"] {
                    guard let alike = areAlike("\(letter)x", "\(dotless)\(dots)x") else { continue }
                    tried += 1
                    #expect(alike, "\(letter) \(dots)")
                }
            }
        }
        #expect(tried > 40)
    }

    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func noMarkMakesAnotherNameByBeingThereTwiceOrInAnotherOrder() throws {
        let marks = try UnicodeData.scalars("extracted/DerivedGeneralCategory.txt", "Mn")
        var tried = 0
        for mark in marks {
            // Few marks of other scripts may stand on this letter.
            guard let alike = areAlike("a\(mark)", "a\(mark)\(mark)") else { continue }
            tried += 1
            #expect(alike, "\(mark)")
            #expect(areAlike("a\(mark)\u{328}", "a\u{328}\(mark)") == true, "\(mark)")
        }
        #expect(tried > 200)
    }

    @Test(.enabled(if: UnicodeData.isInstalled, UnicodeData.whyNot))
    func aLetterIsOneNameWithItsDecompositionsAndItsOtherCase() throws {
        var pairs: [(String, String)] = []
        for fields in try UnicodeData.rows("UnicodeData.txt") where !fields[5].isEmpty {
            let codes = fields[5].split(separator: " ").filter { !$0.hasPrefix("<") }
            pairs.append((UnicodeData.text(fields[0]), codes.map(UnicodeData.text).joined()))
        }
        for fields in try UnicodeData.rows("CaseFolding.txt") where fields[1] != "T" {
            pairs.append((UnicodeData.text(fields[0]), UnicodeData.text(fields[2])))
        }
        var tried = 0
        for (character, other) in pairs {
            guard let alike = areAlike(character, other) else { continue }
            tried += 1
            guard !alike else { continue }
            Issue.record(
                "\(character) \(other) \(Array(character.unicodeScalars)) \(Array(other.unicodeScalars))"
            )
        }
        #expect(tried > 4000)
    }

    /// ICU, which comes with Swift, has Unicode's table of confusables compiled in, of its own version.
    @Test(.enabled(if: Confusables() != nil, "needs the ICU of Swift's Foundation, and found none"))
    func thePairsOfUnicodesConfusablesThatNamesMayHoldAreOneName() throws {
        let confusables = try #require(Confusables())
        var tried = 0
        var missed: [String] = []
        for scalar in everyScalar().prefix(while: { $0.value < 0x3_0000 }) {
            let prototype = confusables.skeleton(of: String(scalar))
            guard !prototype.unicodeScalars.elementsEqual(decomposed(String(scalar)).unicodeScalars),
                let alike = areAlike(String(scalar), prototype)
            else { continue }
            tried += 1
            if !alike { missed.append("\(scalar) \(prototype)") }
        }
        #expect(tried > 3000)
        // Unicode changes its mind about a few in each version.
        #expect(missed.count < tried / 50, "\(missed)")
    }
}

/// The name `text`; nil if something would be taken from it.
private func fitName(_ text: String) -> MemberName? {
    MemberName(cleaning: text).flatMap {
        $0.text.unicodeScalars.elementsEqual(text.unicodeScalars) ? $0 : nil
    }
}

/// Whether both are one name; nil if a name cannot be one of them.
private func areAlike(_ one: String, _ other: String) -> Bool? {
    guard let one = fitName(one), let other = fitName(other) else { return nil }
    return one.looksLike(other)
}

/// Skeletons by UTS #39 from ICU's spoof checker.
private struct Confusables {
    private typealias Open = @convention(c) (UnsafeMutablePointer<Int32>) -> OpaquePointer?
    private typealias Skeleton =
        @convention(c) (
            OpaquePointer, UInt32, UnsafePointer<CChar>, Int32, UnsafeMutablePointer<CChar>, Int32,
            UnsafeMutablePointer<Int32>
        ) -> Int32

    private let checker: OpaquePointer
    private let getSkeleton: Skeleton

    init?() {
        // Foundation links it, under names of its own.
        guard let open = dlsym(nil, "swift_uspoof_open"),
            let skeleton = dlsym(nil, "swift_uspoof_getSkeletonUTF8")
        else { return nil }
        var status: Int32 = 0
        guard let checker = unsafeBitCast(open, to: Open.self)(&status), status <= 0 else { return nil }
        self.checker = checker
        getSkeleton = unsafeBitCast(skeleton, to: Skeleton.self)
    }

    func skeleton(of text: String) -> String {
        var status: Int32 = 0
        var buffer = [CChar](repeating: 0, count: 400)
        let bytes = text.utf8CString
        let count = bytes.withUnsafeBufferPointer { bytes in
            bytes.baseAddress.map {
                getSkeleton(checker, 0, $0, Int32(bytes.count - 1), &buffer, Int32(buffer.count), &status)
            } ?? 0
        }
        return String(decoding: buffer.prefix(Int(count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
