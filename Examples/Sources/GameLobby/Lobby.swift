// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import SnugService

/// Brings people together two by two, and lets them play ``Nim``.
///
/// The first frame of a peer is its name, every other a move, as with any client of level 0.
final class Lobby: FrameRules {
    private var players: [FramePeer: Player] = [:]
    private var waiting: FramePeer?

    private struct Player {
        let name: String
        var table: Table?
    }

    /// Where two sit; they share it.
    private final class Table {
        var game = Nim()
        let seats: [Nim.Seat: FramePeer]

        init(_ first: FramePeer, _ second: FramePeer) { seats = [.first: first, .second: second] }

        func seat(of peer: FramePeer) -> Nim.Seat { seats[.first] == peer ? .first : .second }
        func opponent(of peer: FramePeer) -> FramePeer? { seats[seat(of: peer).other] }

        func tell(_ text: String) {
            for peer in seats.values { peer.send("* \(text) *") }
        }
    }

    func received(_ frame: [UInt8], from peer: FramePeer) {
        let text = String(decoding: frame, as: UTF8.self)
        guard let player = players[peer] else { return welcome(peer, as: text) }
        guard !text.isEmpty else { return }
        guard let table = player.table else { return tell(peer, "wait for somebody to play with") }
        move(text, by: peer, player, at: table)
    }

    func left(_ peer: FramePeer, because reason: PeerDeparture) {
        if waiting == peer { waiting = nil }
        guard let player = players.removeValue(forKey: peer), let table = player.table else { return }
        guard let opponent = table.opponent(of: peer) else { return }
        players[opponent]?.table = nil
        tell(opponent, "\(player.name) has left the game")
        seat(opponent)
    }

    private func tell(_ peer: FramePeer, _ text: String) { peer.send("* \(text) *") }

    /// A name is shown to somebody else: whatever could pass for something that it is not is taken out of it first.
    private func welcome(_ peer: FramePeer, as text: String) {
        players[peer] = Player(name: NameRequest(text).name?.text ?? "somebody")
        seat(peer)
    }

    private func seat(_ peer: FramePeer) {
        guard let opponent = waiting else {
            waiting = peer
            return tell(peer, "wait for somebody to play with")
        }
        waiting = nil
        let table = Table(opponent, peer)
        players[opponent]?.table = table
        players[peer]?.table = table
        table.tell("\(name(opponent)) against \(name(peer)): take 1 to 3 of \(table.game.sticks) sticks")
        tell(opponent, "it is your turn")
    }

    private func name(_ peer: FramePeer) -> String { players[peer]?.name ?? "" }

    private func move(_ text: String, by peer: FramePeer, _ player: Player, at table: Table) {
        guard let count = Int(text) else { return tell(peer, "a number, please") }
        do throws(Nim.Refusal) {
            let wins = try table.game.take(count, by: table.seat(of: peer))
            table.tell("\(player.name) takes \(count), \(table.game.sticks) are left")
            if wins { return end(table, won: player) }
            if let opponent = table.opponent(of: peer) { tell(opponent, "it is your turn") }
        } catch {
            switch error {
            case .notYourTurn: tell(peer, "it is not your turn")
            case .oneToThree: tell(peer, "1, 2 or 3, and no more than there are")
            }
        }
    }

    private func end(_ table: Table, won winner: Player) {
        table.tell("\(winner.name) has won")
        for peer in table.seats.values { peer.finish() }
        for peer in table.seats.values { players[peer]?.table = nil }
    }
}
