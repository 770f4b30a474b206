// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugRooms
import TestSupport
import Testing

/// What the time that an answer takes gives away of private rooms.
///
/// Beside other tests this measures them: scripts/timing runs it alone.
@Suite(
    .serialized,
    .timeLimit(.minutes(30)),
    .enabled(if: getenv("SNUG_TIMING") != nil, "times are for a quiet machine: scripts/timing")
)
struct PrivateRoomTimingTests {
    /// A chat with so many private rooms of one name, and somebody who may enter none of them.
    private func script(rooms: UInt8, called name: String) -> (script: Script, outsider: SessionID) {
        var script = Script()
        for key in 0..<rooms {
            let owner = script.enter("owner \(key)", key: key)
            script.join(name, by: owner)
            script.apply(.makePrivate(.of(name)), by: owner)
            script.say("between us", to: name, by: owner)
            script.apply(.end(.goodbye), by: owner)
        }
        #expect(script.chat.allRooms.count { $0.isPrivate } == rooms)
        let outsider = script.enter("outsider")
        #expect(script.join("secret", by: outsider).refusal == nil)
        return (script, outsider)
    }

    private static let requests: [Request.Kind] = [
        .join(.of("secret")), .topic(nil, of: .of("secret")),
        .kick(.of("owner 0"), reason: nil, from: .of("secret")),
    ]

    /// Whether the private rooms of a chat have the name that is asked for.
    @Test(arguments: [1, 100], requests)
    func howLongAnAnswerTakesTellsNothingAboutPrivateRooms(rooms: UInt8, request: Request.Kind) {
        let isIndependent = (1...3).contains { _ in
            var scripts = ["absent", "secret"].map { script(rooms: rooms, called: $0) }
            let difference = TimeDifference.measure(prepare: { kind in
                scripts[kind].script.apply(.leave(.of("secret")), by: scripts[kind].outsider)
            }) { kind in scripts[kind].script.apply(request, by: scripts[kind].outsider) }
            print("\(rooms) private rooms: \(difference)")
            return !difference.isReal
        }
        #expect(isIndependent)
    }
}
