// SPDX-License-Identifier: Apache-2.0

/// Sticks on a table: each of two players takes one to three in turn, and whoever takes the last has won.
///
/// A value that knows nothing of connections, clocks or text, and can be tested without any of them.
struct Nim {
    private(set) var sticks = 11

    /// Whose turn it is: the first or the second player.
    private(set) var turn = Seat.first

    enum Seat {
        case first, second

        var other: Seat { self == .first ? .second : .first }
    }

    enum Refusal: Error {
        case notYourTurn
        case oneToThree
    }

    /// Takes sticks off the table; returns whether that wins the game.
    mutating func take(_ count: Int, by player: Seat) throws(Refusal) -> Bool {
        guard player == turn else { throw .notYourTurn }
        guard (1...3).contains(count), count <= sticks else { throw .oneToThree }
        sticks -= count
        turn = turn.other
        return sticks == 0
    }
}
