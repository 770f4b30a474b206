// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugWire

@Suite struct CaptureTests {
    @Test func aStreamIsOneConnectionsOneDirectionInOrder() {
        var capture = Capture()
        for (connection, direction, byte) in [
            (0, CapturedSegment.Direction.toServer, UInt8(1)), (1, .toServer, 2), (0, .toClient, 3),
            (0, .toServer, 4),
        ] {
            capture.segments.append(
                CapturedSegment(time: .zero, connection: connection, direction: direction, bytes: [byte])
            )
        }
        #expect(capture.stream(of: 0, .toServer) == [1, 4])
    }
}
