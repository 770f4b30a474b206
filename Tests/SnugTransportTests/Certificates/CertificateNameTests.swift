// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTransport

/// What a certificate that somebody else made says that it is for.
@Suite struct CertificateNameTests {
    @Test(arguments: [
        ("chat.example", "chat.example"), ("localhost", "localhost"), ("*.chat.example", "any.chat.example"),
        ("chat_room", "chat_room"),
    ])
    func aNameThatClientsCanAskForHasNoFlawAndAnExample(text: String, example: String) {
        let name = CertificateName.host(Array(text.utf8))
        #expect(name.flaw == nil && name.example == example && name.text == text)
        #expect(name.isWildcard == text.hasPrefix("*"))
    }

    @Test(arguments: [
        ("127.0.0.1", CertificateNameFlaw.addressAsHostName), ("::1", .addressAsHostName),
        ("chat.example.", .dotAtTheEnd), (".", .noHostName), ("", .noHostName), ("two words", .noHostName),
        ("ben@chat.example", .noHostName), ("*", .wildcard), ("*.lan", .wildcard), ("ch*.example", .wildcard),
        ("*.*.example", .wildcard), ("chat.*.example", .wildcard),
    ])
    func aNameThatNoClientAsksForSaysWhy(text: String, flaw: CertificateNameFlaw) {
        let name = CertificateName.host(Array(text.utf8))
        #expect(name.flaw == flaw && name.example == nil)
    }

    @Test func anAddressHasFourOrSixteenBytes() {
        for count in 0...17 {
            let name = CertificateName.address([UInt8](repeating: 1, count: count))
            let isGood = count == 4 || count == 16
            #expect(name.flaw == (isGood ? nil : .noAddress), "\(count) bytes")
            #expect((name.example != nil) == isGood)
        }
        #expect(CertificateName.address([1, 2, 3]).text == "an address of 3 bytes")
        #expect(CertificateName.address([127, 0, 0, 1]).text == "127.0.0.1")
    }

    @Test func whatNamesNoServerHasNothingToSayAndNoFlaw() {
        #expect(CertificateName.other.text == nil && CertificateName.other.example == nil)
        #expect(CertificateName.other.flaw == nil)
    }

    @Test func bytesThatAreNoTextAreNoHostName() {
        #expect(CertificateName.host([0xFF, 0xFE]).flaw == .noHostName)
        #expect(CertificateName.host(Array("chat\0.example".utf8)).flaw == .noHostName)
    }

    @Test func eachFlawReadsAsAPhrase() {
        let flaws: [CertificateNameFlaw] = [
            .addressAsHostName, .dotAtTheEnd, .noAddress, .noHostName, .wildcard,
        ]
        #expect(Set(flaws.map(\.description)).count == flaws.count)
        #expect(flaws.allSatisfy { $0.description.hasPrefix("is ") || $0.description.hasPrefix("ends ") })
    }
}
