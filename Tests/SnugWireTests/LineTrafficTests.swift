// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite(.timeLimit(.minutes(30))) struct LineTrafficTests {
    /// Messages in the order of the list, each as `connection`, direction and size.
    private func units(_ messages: [(Int, CapturedSegment.Direction, Int)]) -> [WireUnit] {
        messages.enumerated().map { order, message in
            WireUnit(
                connection: message.0,
                direction: message.1,
                range: 0..<message.2,
                order: order,
                time: .seconds(order)
            )
        }
    }

    private func traffic(_ units: [WireUnit], lines: [Int], departures: [Duration] = []) -> LineTraffic {
        LineTraffic(
            of: lines.map { units[$0] },
            among: units.filter { $0.direction == .toServer },
            units.filter { $0.direction == .toClient },
            departures: departures
        )
    }

    @Test func aLineIsCountedOnItsWayUpDownAndBack() {
        let units = units([
            (0, .toServer, 1), (1, .toServer, 2), (2, .toServer, 3),
            (1, .toServer, 10), (0, .toClient, 20), (1, .toClient, 30), (2, .toClient, 21),
        ])
        let traffic = traffic(units, lines: [3])
        #expect(traffic.toServer == [10])
        #expect(traffic.toOthers == [20, 21])
        #expect(traffic.toSpeakers == [30])
    }

    @Test func whatHappensBesideALineIsNotItsPrice() {
        let units = units([
            (0, .toServer, 1), (0, .toClient, 99), (1, .toServer, 2), (0, .toClient, 99),
            (0, .toServer, 10), (1, .toClient, 20),
            // A stranger is greeted; then somebody leaves without a word, of which the speaker is told.
            (2, .toClient, 99), (0, .toClient, 99), (2, .toServer, 3), (2, .toClient, 99),
        ])
        let traffic = traffic(units, lines: [4], departures: [.milliseconds(6_500)])
        #expect(traffic.toServer == [10])
        #expect(traffic.toOthers == [20])
        #expect(traffic.toSpeakers == [])
    }

    @Test(arguments: WireMode.allCases)
    func ofARealChatEachLineGoesOnceToEveryoneAndAtLevelOneBack(mode: WireMode) throws {
        let run = LevelOneChat.run(mode)
        let (zero, one) = (run.levelZeroTraffic, run.traffic)
        for traffic in [zero, one] {
            #expect(traffic.toServer.count == 6)
            // Five lines to two others; when the last is said, one of them has left.
            #expect(traffic.toOthers.count == 11)
        }
        #expect(zero.toSpeakers.isEmpty)
        #expect(one.toSpeakers.count == 6)
    }

    @Test func aMeanOfNothingIsZero() {
        #expect(LineTraffic.mean([]) == 0)
        #expect(LineTraffic.mean([1, 2]) == 1.5)
    }
}
