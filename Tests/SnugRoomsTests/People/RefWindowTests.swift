// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugRooms

@Suite struct RefWindowTests {
    private func entry(_ number: Int) throws -> RefWindow.Entry {
        RefWindow.Entry(
            ref: try #require(Ref("\(number)")),
            fingerprint: Fingerprint("\(number)", isAction: false, in: .main),
            sequence: UInt64(number),
            time: ChatTime(milliseconds: 0)
        )
    }

    @Test func theLastTwoHundredAndFiftySixAreRemembered() throws {
        var window = RefWindow()
        for number in 1...1000 {
            window.remember(try entry(number))
            let oldest = max(1, number - 255)
            #expect(window.entry(for: try entry(number).ref)?.sequence == UInt64(number))
            #expect(window.entry(for: try entry(oldest).ref)?.sequence == UInt64(oldest))
            let forgotten = try entry(oldest - 1).ref
            #expect(window.entry(for: forgotten) == nil)
            #expect(window.count == min(number, 256))
        }
    }

    @Test func fingerprintsTellTextRoomKindAndRecipientApart() {
        let all = [
            Fingerprint("a", isAction: false, in: .main), Fingerprint("b", isAction: false, in: .main),
            Fingerprint("a", isAction: true, in: .main), Fingerprint("a", isAction: false, in: .of("dev")),
            Fingerprint("a", to: .of("main")), Fingerprint("a", to: .of("bob")),
            Fingerprint("bc", to: .of("a")), Fingerprint("c", to: .of("ab")),
        ]
        #expect(Set(all.map(\.value)).count == all.count)
        // Every node, and every start, has to find the same.
        #expect(Fingerprint("hello", isAction: false, in: .main).value == 0x47D1_3F32_2F31_D643)
    }
}
