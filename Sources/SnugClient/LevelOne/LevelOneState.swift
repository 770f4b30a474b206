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

    private(set) var phase = Phase.away

    var name: String
    private let client: String
    private let mark: String
    let manner: Manner
    /// Whether it begins where an earlier stay had come to.
    private let goesOn: Bool
    var places: [Place]
    /// What was asked for and can be no room: it is for the server to say so.
    let unfitRooms: [String]
    /// Which person of the server one is.
    var id: String?
    private var token: String?
    var epoch: String?
    var unanswered: [Line] = []
    private var lineCount = 0
    var refusalCount = 0
    var isSettled = false
    var outgoing: [Outgoing] = []
    /// The pages of history that were asked for and have not come.
    var pages: Set<String> = []

    /// What one is told besides what happens from now on.
    public struct Manner: Sendable {
        /// How many lines that were said before, of each room, the first time.
        public var history: UInt64
        /// Whether to be in every room that the server says one is in, such as by another session of the same person.
        public var followsRooms: Bool

        /// For a program, which is told what it asked for.
        public static let program = Manner(history: 0, followsRooms: false)

        /// For somebody who sees what was said last, and is where the person is.
        public static let person = Manner(history: 20, followsRooms: true)

        /// What to be told.
        public init(history: UInt64, followsRooms: Bool) {
            self.history = history
            self.followsRooms = followsRooms
        }
    }

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
    ///   - manner: what to be told.
    public init(
        name: String,
        rooms: [String] = [],
        client: String,
        mark: String,
        position: Position? = nil,
        manner: Manner = .program
    ) {
        self.name = name
        self.manner = manner
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

    /// Our own lines that the server has not answered, in their order: those that may have been said or those that were not.
    func unansweredLines(sent: Bool) -> [String] { unanswered.filter { $0.wasSent == sent }.map(\.text) }

    /// Whether the server has answered each of our own lines.
    var isAnswered: Bool { unanswered.isEmpty }

    /// Whether `room`, as the server calls it, is the one that was asked for as `asked`.
    public static func isRoom(_ room: String, askedForAs asked: String) -> Bool {
        guard let name = RoomName(room), let asked = RoomName(asked) else { return room == asked }
        return name.looksLike(asked)
    }

    // MARK: What is to be sent

    /// A server remembers no more refs, and could say a line twice that is sent again (docs/protocol-1.md, "Limits").
    public static let maximumUnanswered = 256

    /// Says a line as soon as the room is open, and again on each connection until the server answers it.
    ///
    /// - Returns: what its answer is known by; nil if too many lines wait for theirs.
    @discardableResult
    public mutating func say(_ text: String, in room: String, isAction: Bool = false) -> String? {
        guard let ref = add(.say(room: room, text: text, isAction: isAction)) else { return nil }
        if phase == .present, let place = placeIndex(askedForAs: room), places[place].isOpen {
            sendUnanswered(to: places[place])
        }
        return ref
    }

    /// Says a line to one person alone, once everything that was missed is told.
    ///
    /// - Returns: what its answer is known by; nil if too many lines wait for theirs.
    public mutating func say(_ text: String, to person: String) -> String? {
        guard let ref = add(.direct(to: person, text: text)) else { return nil }
        if phase == .present, isSettled { sendUnanswered { $0.room == nil } }
        return ref
    }

    private mutating func add(_ kind: Line.Kind) -> String? {
        guard unanswered.count < Self.maximumUnanswered else { return nil }
        let line = Line(ref: nextRef(), kind: kind)
        unanswered.append(line)
        return line.ref
    }

    private mutating func nextRef() -> String {
        lineCount += 1
        return "\(mark)-\(lineCount)"
    }

    /// Asks for something that is not worth asking again on another connection.
    ///
    /// A room that is joined is one to come back to.
    ///
    /// - Parameter ref: what its answer is to be known by.
    /// - Returns: what its answer is known by; nil if there is no connection to ask over.
    @discardableResult
    public mutating func ask(_ kind: ClientMessage.Kind, ref: String? = nil) -> String? {
        guard phase == .present else { return nil }
        let ref = ref ?? nextRef()
        switch kind {
        case .join(let room):
            if let name = RoomName(room), placeIndex(askedForAs: room) == nil {
                places.append(Place(asked: name, joining: ref))
            }
        case .history: pages.insert(ref)
        default: break
        }
        outgoing.append(.message(ClientMessage(kind, ref: ref)))
        return ref
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
            // Whoever was told who is there has come, and misses what happens from then on. Who wants what was said before
            // and was told nothing of it comes as if for the first time.
            if manner.history == 0, places[index].position == nil, let last = places[index].last {
                note(last, of: index)
            }
            places[index].isOpen = false
        }
        for index in unanswered.indices { unanswered[index].isUnderWay = false }
        for index in places.indices { places[index].joining = nil }
        pages = []
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
            id = entered.you.id
            phase = .present
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
        case .accepted, .pong: return []
        case .direct, .event, .gap, .history, .room:
            guard phase == .present || phase == .leaving else { throw .notEntered }
            return follow(message)
        case .bans, .control, .entered, .hello, .notice, .rooms, .stillHere, .unknown, .waiting:
            return [.message(message)]
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
        enter.history = isBack || goesOn ? LevelOne.maximumHistoryLines : manner.history
        outgoing.append(.message(ClientMessage(.enter(enter))))
        phase = .entering
    }

    private mutating func refuse(_ refused: ServerMessage.Refused, ref: String?) -> [LevelOneNews] {
        if let ref {
            unanswered.removeAll { $0.ref == ref }
            pages.remove(ref)
            if let index = places.firstIndex(where: { $0.joining == ref }) {
                return [.refused(refused, ref: ref)] + close(index)
            }
        }
        guard phase == .present, ref == nil else { return [.refused(refused, ref: ref)] }
        // One of the rooms is not for us; which one is not said.
        refusalCount += 1
        return [.refused(refused, ref: nil)] + settle()
    }
}
