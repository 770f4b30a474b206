// SPDX-License-Identifier: Apache-2.0

public import SnugProtocol
internal import SnugRooms

/// What a client of level 1 knows of its stay, across as many connections as it takes: docs/protocol-1.md, "Coming back".
///
/// A value without socket, clock or text: what came in and what is to be said goes in, messages to send and things to
/// tell come out. What a server sends takes no memory here beyond a few words for each room that was asked for.
///
/// ```
///            begin()        hello              accepted        entered
/// away ───────────────► greeting ──► authenticating ──► entering ──► present ──quit()──► leaving
///   ▲                                └──no passphrase──────┘                                │
///   └── lose() from anywhere but leaving ──                                        lose() ──► over
/// ```
public struct LevelOneState: Sendable {
    /// How far the present connection has come.
    enum Phase: Equatable, Sendable {
        case away, greeting, authenticating, entering, present, leaving, over
    }

    /// What goes to the server.
    enum Outgoing: Equatable, Sendable {
        case message(ClientMessage)
        /// The passphrase, which no value holds.
        case passphrase
    }

    /// A line of our own that the server has not answered.
    private struct Line: Sendable {
        let ref: String
        let room: String
        let text: String
        var wasSent = false
        /// Whether it was sent on this connection.
        var isUnderWay = false
        /// Whether the room was for invited people when the line was sent to it.
        var isPrivate = false
    }

    /// A room that one wants to be in.
    private struct Place: Sendable {
        let asked: RoomName
        /// As the server calls it, once it has.
        var name: String?
        /// Up to where everything was told, and in which epoch.
        private(set) var position: Position?
        /// The sequence number up to which the replay of this connection goes.
        var last: UInt64?
        var isPrivate = false
        /// Whether everything that was missed has been told on this connection.
        var isOpen = false

        init(asked: RoomName) { self.asked = asked }

        /// The sequence number up to which everything was told; 0 if that was in another epoch, or never.
        func seen(in epoch: String?) -> UInt64 { position?.epoch == epoch ? position?.sequence ?? 0 : 0 }

        mutating func note(_ sequence: UInt64, in epoch: String?) {
            position = Position(sequence: max(seen(in: epoch), sequence), epoch: epoch)
        }
    }

    private(set) var phase = Phase.away

    private let name: String
    private let client: String
    private let mark: String
    /// Whether it begins where an earlier stay had come to.
    private let goesOn: Bool
    private var places: [Place]
    /// What was asked for and can be no room: it is for the server to say so.
    private let unfitRooms: [String]
    private var token: String?
    private var epoch: String?
    private var unanswered: [Line] = []
    private var lineCount = 0
    private var refusalCount = 0
    private var isSettled = false
    private var outgoing: [Outgoing] = []

    /// Where an earlier stay had come to, for who remembers no more of it than this.
    public struct Position: Equatable, Sendable {
        /// The sequence number of the last event that was received.
        public var sequence: UInt64

        /// The epoch in which it was; that of the server's next `hello` if nil.
        public var epoch: String?

        /// A place in a room's order.
        public init(sequence: UInt64, epoch: String? = nil) {
            self.sequence = sequence
            self.epoch = epoch
        }
    }

    /// Somebody who is not there yet.
    ///
    /// - Parameters:
    ///   - name: what to be called.
    ///   - rooms: where to be, besides `main`; what can be no room's name is refused by the server.
    ///   - client: the program and its version.
    ///   - mark: goes in front of the number of each line: no other client of the same person has the same.
    ///   - position: what was received of the last of `rooms`, or of `main` if there is none.
    public init(
        name: String,
        rooms: [String] = [],
        client: String,
        mark: String,
        position: Position? = nil
    ) {
        self.name = name
        self.client = client
        self.mark = mark
        goesOn = position != nil
        var places = [Place(asked: .main)]
        for room in rooms.compactMap({ RoomName($0) })
        where !places.contains(where: { $0.asked.looksLike(room) }) {
            places.append(Place(asked: room))
        }
        unfitRooms = rooms.filter { RoomName($0) == nil }
        if let position { places[places.count - 1].note(position.sequence, in: position.epoch) }
        self.places = places
    }

    // MARK: What is known

    /// Whether the stay has ended for good.
    public var isOver: Bool { phase == .over }

    /// Whether lines were sent that may have been said, and may not.
    public var hasDoubtfulLines: Bool { unanswered.contains(where: \.wasSent) }

    /// Whether `room`, as the server calls it, is the one that was asked for as `asked`.
    public static func isRoom(_ room: String, askedForAs asked: String) -> Bool {
        guard let name = RoomName(room), let asked = RoomName(asked) else { return room == asked }
        return name.looksLike(asked)
    }

    // MARK: What is to be sent

    /// Says a line as soon as the room is open, and again on each connection until the server answers it.
    ///
    /// - Returns: what its answer is known by.
    @discardableResult
    public mutating func say(_ text: String, in room: String) -> String {
        lineCount += 1
        let line = Line(ref: "\(mark)-\(lineCount)", room: room, text: text)
        unanswered.append(line)
        if phase == .present, let place = placeIndex(askedForAs: room), places[place].isOpen {
            sendUnanswered(to: place)
        }
        return line.ref
    }

    /// Asks for something that is not worth asking again on another connection.
    public mutating func ask(_ kind: ClientMessage.Kind) {
        if phase == .present { outgoing.append(.message(ClientMessage(kind))) }
    }

    /// Ends the stay at once.
    public mutating func quit() {
        switch phase {
        case .present, .entering:
            outgoing.append(.message(ClientMessage(.quit)))
            phase = .leaving
        case .away, .greeting, .authenticating: phase = .over
        case .leaving, .over: break
        }
    }

    /// Takes what is to be sent now, in this order.
    mutating func takeOutgoing() -> [Outgoing] {
        defer { outgoing = [] }
        return outgoing
    }

    // MARK: Connections

    /// A connection is there.
    mutating func begin() {
        guard phase == .away else { return }
        phase = .greeting
    }

    /// The connection has ended.
    mutating func lose() {
        phase = phase == .leaving || phase == .over ? .over : .away
        outgoing = []
        refusalCount = 0
        isSettled = false
        for index in places.indices {
            // Whoever was told who is there has come, and misses what happens from then on.
            if places[index].position == nil, let last = places[index].last { note(last, of: index) }
            places[index].isOpen = false
            places[index].last = nil
        }
        for index in unanswered.indices { unanswered[index].isUnderWay = false }
    }

    /// Takes a message from the server, and returns what there is to tell of it.
    mutating func take(_ message: ServerMessage) throws(LevelOneFault) -> [LevelOneNews] {
        switch (phase, message.kind) {
        case (_, .stillHere), (_, .unknown): return []
        case (.away, _), (.over, _): return []
        case (.greeting, .hello(let hello)): try greet(hello)
        case (.greeting, .refused), (.greeting, .bye): break
        case (.greeting, _): throw .notHello
        case (.authenticating, .accepted): enter()
        case (.entering, .entered(let entered)):
            token = entered.token
            phase = .present
            return []
        case (_, .hello), (_, .accepted), (_, .entered): throw .repeated
        default: break
        }
        return try tell(message)
    }

    private mutating func tell(_ message: ServerMessage) throws(LevelOneFault) -> [LevelOneNews] {
        switch message.kind {
        case .bye(let reason, let after): return [.bye(reason, after: after)]
        case .refused(let refused): return refuse(refused, ref: message.ref)
        case .ping(let id):
            outgoing.append(.message(ClientMessage(.pong(id: id))))
            return []
        case .accepted, .pong, .waiting: return []
        case .hello, .notice: return [.message(message)]
        case .direct, .event, .gap, .history, .room:
            guard phase == .present || phase == .leaving else { throw .notEntered }
            return follow(message)
        case .bans, .control, .entered, .rooms, .stillHere, .unknown: return [.message(message)]
        }
    }

    // MARK: Entering

    private mutating func greet(_ hello: ServerMessage.Hello) throws(LevelOneFault) {
        guard hello.version == LevelOne.number else { throw .unknownVersion(hello.version) }
        epoch = hello.epoch
        // Who gave a number without an epoch means this one.
        for index in places.indices {
            if let position = places[index].position, position.epoch == nil {
                note(position.sequence, of: index)
            }
        }
        phase = .authenticating
        if hello.needsPassphrase { outgoing.append(.passphrase) } else { enter() }
    }

    private mutating func enter() {
        let isBack = token != nil
        let rooms = places.dropFirst().map(\.asked.text) + unfitRooms
        var enter = ClientMessage.Enter(name: name, rooms: rooms, client: client)
        let seen = places.compactMap { place in
            place.position.map {
                ClientMessage.Seen(room: place.name ?? place.asked.text, sequence: $0.sequence)
            }
        }
        if isBack || !seen.isEmpty, let epoch {
            // As long as one room has not been told since the epoch changed, the server has to say what is missing of it;
            // what it then tells again of the others is known here.
            let former = places.lazy.compactMap { $0.position?.epoch }.first { $0 != epoch }
            // A server knows no stay by the mark, and goes on from the numbers all the same.
            enter.resume = ClientMessage.Resume(token: token ?? mark, epoch: former ?? epoch, seen: seen)
        }
        // If the numbers count for nothing, the last lines are better than none.
        enter.history = isBack || goesOn ? LevelOne.maximumHistoryLines : 0
        outgoing.append(.message(ClientMessage(.enter(enter))))
        phase = .entering
    }

    private mutating func refuse(_ refused: ServerMessage.Refused, ref: String?) -> [LevelOneNews] {
        if let ref { unanswered.removeAll { $0.ref == ref } }
        guard phase == .present, ref == nil, !isSettled else { return [.refused(refused, ref: ref)] }
        // One of the rooms is not for us; which one is not said.
        refusalCount += 1
        return [.refused(refused, ref: nil)] + settle()
    }

    // MARK: Rooms

    private mutating func follow(_ message: ServerMessage) -> [LevelOneNews] {
        switch message.kind {
        case .room(let state):
            guard let index = placeIndex(of: state.room) else { return [.message(message)] }
            places[index].name = state.room
            places[index].isPrivate = state.isPrivate
            if !places[index].isOpen { places[index].last = state.last }
            return [.message(message)]
        case .gap(let room, let after, let before):
            guard let index = placeIndex(of: room) else { return [.message(message)] }
            guard before > after, before - 1 > places[index].seen(in: epoch) else { return [] }
            note(before - 1, of: index)
            return [.message(message)]
        case .event(let event): return follow(event, message)
        case .history(let end):
            guard message.ref == nil, let index = placeIndex(of: end.room) else { return [.message(message)] }
            return [.message(message)] + open(index)
        case .direct: return confirm(message.ref) + [.message(message)]
        default: return [.message(message)]
        }
    }

    private mutating func follow(_ event: ServerMessage.Event, _ message: ServerMessage) -> [LevelOneNews] {
        let confirmation = confirm(message.ref)
        guard let index = placeIndex(of: event.room) else { return confirmation + [.message(message)] }
        // What is confirmed again was told before.
        guard event.sequence > places[index].seen(in: epoch) else { return confirmation }
        note(event.sequence, of: index)
        return confirmation + [.message(message)]
    }

    private mutating func confirm(_ ref: String?) -> [LevelOneNews] {
        guard let ref, let index = unanswered.firstIndex(where: { $0.ref == ref }) else { return [] }
        unanswered.remove(at: index)
        return [.confirmed(ref: ref)]
    }

    /// Everything that was missed of a room is told: what has no answer now did not arrive.
    private mutating func open(_ index: Int) -> [LevelOneNews] {
        guard !places[index].isOpen else { return [] }
        places[index].isOpen = true
        if let last = places[index].last { note(last, of: index) }
        let withheld = withhold(from: index)
        sendUnanswered(to: index)
        return withheld + settle()
    }

    /// Takes back what was meant for a private room if this one, which has its name, is open to everybody.
    private mutating func withhold(from index: Int) -> [LevelOneNews] {
        guard !places[index].isPrivate else { return [] }
        let refs = unanswered.filter { $0.isPrivate && isMeant($0, for: index) }.map(\.ref)
        unanswered.removeAll { refs.contains($0.ref) }
        return refs.map { .withheld(ref: $0) }
    }

    private mutating func sendUnanswered(to place: Int) {
        for index in unanswered.indices where isMeant(unanswered[index], for: place) {
            guard !unanswered[index].isUnderWay else { continue }
            unanswered[index].isUnderWay = true
            unanswered[index].wasSent = true
            unanswered[index].isPrivate = places[place].isPrivate
            let line = unanswered[index]
            outgoing.append(
                .message(
                    ClientMessage(.say(room: line.room, text: line.text, isAction: false), ref: line.ref)
                )
            )
        }
    }

    private func isMeant(_ line: Line, for index: Int) -> Bool {
        Self.isRoom(places[index].asked.text, askedForAs: line.room)
    }

    private mutating func note(_ sequence: UInt64, of index: Int) { places[index].note(sequence, in: epoch) }

    private mutating func settle() -> [LevelOneNews] {
        guard !isSettled else { return [] }
        guard places.count(where: { !$0.isOpen }) + unfitRooms.count <= refusalCount else { return [] }
        isSettled = true
        return [.settled]
    }

    private func placeIndex(askedForAs room: String) -> Int? {
        places.firstIndex { Self.isRoom($0.asked.text, askedForAs: room) }
    }

    private func placeIndex(of room: String) -> Int? {
        places.firstIndex { $0.name == room } ?? placeIndex(askedForAs: room)
    }
}
