// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import Testing

/// What is in a passphrase that its owner may not have meant.
@Suite struct PassphraseOddityTests {
    @Test(arguments: [
        ("open sesame", []), ("o", []), ("open  sesame", []), ("open\tsesame", []),
        ("\u{FEFF}open", [PassphraseOddity.byteOrderMark]), (" open", [.blankAtTheBeginning]),
        ("\topen", [.blankAtTheBeginning]), ("open ", [.blankAtTheEnd]), ("open\n", [.blankAtTheEnd]),
        ("open\r", [.blankAtTheEnd]), ("open\nsesame", [.secondLine]), ("open\r\nsesame", [.secondLine]),
        (" open\nsesame ", [.blankAtTheBeginning, .blankAtTheEnd, .secondLine]),
        ("\u{FEFF} open\n", [.byteOrderMark, .blankAtTheBeginning, .blankAtTheEnd]),
        (" \n ", [.blankAtTheBeginning, .blankAtTheEnd]), ("\u{FEFF}", [.byteOrderMark]),
        ("open\u{FEFF}", [.blankAtTheEnd]), ("\u{A0}open", [.blankAtTheBeginning]),
        ("open\u{3000}", [.blankAtTheEnd]), ("open\u{200B}", [.blankAtTheEnd]), ("open ❤️", []),
        ("öffne\u{2028}dich", [.secondLine]), ("öffne\u{85}", [.blankAtTheEnd]),
    ])
    func whatLooksOddIsNamed(text: String, oddities: [PassphraseOddity]) throws {
        let bytes = Array(text.utf8)
        let passphrase = try Passphrase(SecretBytes(copying: bytes.span.bytes), from: .random)
        #expect(passphrase.oddities == oddities)
    }

    @Test func eachIsASentenceThatSaysWhatToDo() {
        let all = PassphraseOddity.allCases
        #expect(Set(all.map(\.description)).count == all.count)
        #expect(
            all.allSatisfy {
                $0.description.hasPrefix("the passphrase ") && $0.description.contains("take it out")
            }
        )
    }
}
