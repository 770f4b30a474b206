// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugServer

@Suite struct ExpiryWatchTests {
    private static let day = 86_400
    private let expiry = UnixTime(seconds: 1_800_000_000)

    @Test func aCertificateIsWarnedOf14And3And1DaysBeforeItsEndAndOnceItHasCome() {
        var watch = ExpiryWatch(expiry: expiry)
        var now = UnixTime(seconds: expiry.seconds - 20 * Self.day)
        var remaining: [Int64] = []
        var looks = 0
        // Asks as often as it is told to, as the program does.
        while let pause = watch.pause(now: now) {
            now = now + pause
            looks += 1
            if case .certificateExpires(_, let rest) = watch.takeWarning(now: now) {
                remaining.append(rest.components.seconds)
            }
        }
        #expect(remaining == [14 * 86_400, 3 * 86_400, 86_400, -1])
        #expect(looks < 20 * 24 + 10)
    }

    @Test(arguments: [(15, false), (14, true), (2, true), (0, true), (-1, true)])
    func oneWarningComesAtOnceIfItIsLate(days: Int, isDue: Bool) {
        var watch = ExpiryWatch(expiry: expiry)
        let now = UnixTime(seconds: expiry.seconds - days * Self.day)
        let first = watch.takeWarning(now: now)
        let second = watch.takeWarning(now: now)
        #expect((first != nil, second == nil) == (isDue, true))
    }

    @Test func aChainEndsWithItsFirstCertificateThatDoes() throws {
        let soon = UnixTime.now + .seconds(5 * 86_400 + 3_600)
        let authority = try LabAuthority(notAfter: soon)
        let context = try authority.issue(names: ["localhost"]).serverContext()
        #expect(context.expiry == soon)
        var watch = ExpiryWatch(of: context)
        let warning = watch.takeWarning()
        #expect(warning?.description.contains(", in 5 days: ") == true)
        #expect(try TestAuthority.shared.clientContext().expiry == nil)
    }

    @Test func aClockThatIsSetBackRepeatsNoWarningAndOneThatIsSetForwardLosesNone() {
        var watch = ExpiryWatch(expiry: expiry)
        let early = watch.takeWarning(now: UnixTime(seconds: expiry.seconds - 2 * Self.day))
        let again = watch.takeWarning(now: UnixTime(seconds: expiry.seconds - 90 * Self.day))
        let forward = watch.takeWarning(now: UnixTime(seconds: expiry.seconds + 90 * Self.day))
        #expect(early != nil && again == nil)
        #expect(forward?.level == .error)
    }

    @Test func theWarningSaysWhenAndWhatToDo() {
        let texts = [13 * Self.day + 5, 47 * 3_600, 59, -1].map {
            ServerEvent.certificateExpires(expiry, remaining: .seconds($0)).description
        }
        let advice = ": renew it, and have it read by SIGHUP or --watch"
        #expect(
            texts == [
                "the certificate expires on 2027-01-15T08:00:00Z, in 13 days" + advice,
                "the certificate expires on 2027-01-15T08:00:00Z, in 47 hours" + advice,
                "the certificate expires on 2027-01-15T08:00:00Z, in 0 hours" + advice,
                "the certificate has expired on 2027-01-15T08:00:00Z, and clients refuse this server"
                    + advice,
            ]
        )
    }
}
