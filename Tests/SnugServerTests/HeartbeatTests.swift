// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import Synchronization
import TestSupport
import Testing

@testable import SnugServer

/// Whether a server's threads go on, for whoever would start it again.
@Suite(.timeLimit(.minutes(30))) struct HeartbeatTests {
    private static func makeLobby() throws -> LobbyControl {
        try LobbyControl(context: try TestAuthority.shared.serverContext(), passphrase: nil)
    }

    @Test func aServerThatWorksGoesOnHoweverOftenItIsAsked() throws {
        try withServer { running in
            var count = 0
            let deadline = MonotonicTime.now + .seconds(60)
            while count < 20, .now < deadline {
                if running.server.goesOn { count += 1 }
                var nothing: [Polling.Entry] = []
                Polling.wait(for: &nothing, until: .now + .milliseconds(1))
            }
            #expect(count == 20)
        }
    }

    @Test(arguments: [0, 1]) func oneLoopThatIsStuckIsNoticedAndForgivenOnceItGoesOn(stuck: Int) throws {
        let room = try TestRoom(loops: 2)
        let lobby = try Self.makeLobby()
        let heartbeat = try Heartbeat(hub: room.hub, lobby: lobby)
        #expect(heartbeat.goesOn(), "nobody was asked before")
        room.turn(only: 1 - stuck)
        lobby.turns.wrappingAdd(1, ordering: .relaxed)
        #expect(!heartbeat.goesOn())
        #expect(!heartbeat.goesOn(), "asking again is no answer")
        room.turn(only: stuck)
        #expect(heartbeat.goesOn())
    }

    @Test func aLobbyThatIsStuckIsNoticedAndForgivenOnceItGoesOn() throws {
        let room = try TestRoom()
        let lobby = try Self.makeLobby()
        let heartbeat = try Heartbeat(hub: room.hub, lobby: lobby)
        #expect(heartbeat.goesOn())
        room.turn()
        #expect(!heartbeat.goesOn())
        lobby.turns.wrappingAdd(1, ordering: .relaxed)
        #expect(heartbeat.goesOn())
    }
}
