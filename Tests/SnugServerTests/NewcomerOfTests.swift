// SPDX-License-Identifier: Apache-2.0

import SnugFraming
import SnugSystem
import SnugTransport
import TestSupport

@testable import SnugServer

extension Newcomer {
    /// Somebody of level 0 whose address does not matter; of a connection that nothing comes from, if none is given.
    static func plain(
        at connection: any Connection = TransportConnection(
            owning: PlainTransport(owning: MemoryWire().leftEnd())
        )
    ) -> Newcomer {
        Newcomer(
            peer: .address(.loopback(port: 1)),
            facts: .plain,
            connection: connection,
            decoder: FrameDecoder(),
            addressSlot: nil
        )
    }
}
