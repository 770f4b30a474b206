// SPDX-License-Identifier: Apache-2.0

/// What the lines of one run took on the wire: frames without TLS, records with it, headers included.
struct LineTraffic: Equatable, Sendable {
    /// How large the message was that carried each line to the server.
    private(set) var toServer: [Int] = []

    /// How large each message was that carried a line to somebody else in the room.
    private(set) var toOthers: [Int] = []

    /// How large each message was that the speaker got in answer: the confirmation, which level 0 does not have.
    private(set) var toSpeakers: [Int] = []

    /// - Parameters:
    ///   - lines: the messages that carried lines to the server.
    ///   - clients: all messages from clients.
    ///   - server: all messages from the server.
    ///   - departures: when people left; by ending the connection, as at level 0, there is no message of it.
    ///
    /// The first thing that a connection gets between a line and the next message of anybody is taken for what came of
    /// the line: in a recorded script nobody goes on before everyone has seen what there is to see.
    init(of lines: [WireUnit], among clients: [WireUnit], _ server: [WireUnit], departures: [Duration]) {
        var line: WireUnit?
        // Those who are there and have not got the line yet.
        var waiting: Set<Int> = []
        var present: Set<Int> = []
        for unit in (clients + server).sorted(by: { $0.precedes($1) }) {
            if unit.direction == .toServer {
                // Who has said nothing yet is greeted, and that is no line's doing.
                present.insert(unit.connection)
                line = lines.contains(unit) ? unit : nil
                if line != nil { toServer.append(unit.range.count) }
                waiting = present
            } else if let line, !departures.contains(where: { line.time < $0 && $0 <= unit.time }),
                waiting.remove(unit.connection) != nil
            {
                if unit.connection == line.connection {
                    toSpeakers.append(unit.range.count)
                } else {
                    toOthers.append(unit.range.count)
                }
            }
        }
    }

    /// The mean of some sizes, 0 without any.
    static func mean(_ sizes: [Int]) -> Double {
        sizes.isEmpty ? 0 : Double(sizes.reduce(0, +)) / Double(sizes.count)
    }
}
