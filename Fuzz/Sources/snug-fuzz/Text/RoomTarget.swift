// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// Requests in any order leave a room in which every name is told apart, and of which each event tells the truth.
func fuzzRoom(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    var play = RoomPlay(maximumMembers: input.number(below: 8) + 1)
    while !input.isAtEnd { play.step(&input) }
    play.empty()
}

/// A room, and beside it what one who is told everything must believe.
private struct RoomPlay {
    private let maximumMembers: Int
    private var room: Room
    private var present: [MemberID: MemberName] = [:]
    private var everyone: [MemberID] = []
    private var lastSequence: UInt64?

    init(maximumMembers: Int) {
        self.maximumMembers = maximumMembers
        room = Room(maximumMembers: maximumMembers)
    }

    mutating func step(_ input: inout FuzzInput) {
        let action = input.number(below: 4)
        switch action {
        case 0:
            let isFull = present.count == maximumMembers
            guard case .admitted(let new) = room.join(requestedName: input.text(), fallbackName: "anon-1")
            else {
                return promise(isFull, "someone is turned away from a room that is not full")
            }
            promise(!isFull, "someone is let into a full room")
            promise(everyone.last.map { $0 < new.id } ?? true, "an id is given out again")
            everyone.append(new.id)
            hear(new.event)
            promise(present[new.id] == new.name, "a newcomer is told another name than the others")
            new.notices.forEach(check)
        case 1:
            guard let id = someone(&input) else { return }
            leave(id)
        default:
            guard let id = someone(&input) else { return }
            let text = action == 2 ? "/nick " + input.text() : input.text()
            let asked = Input.parse(text)
            let outcome = room.apply(asked, from: id)
            promise(present[id] != nil || outcome == RoomAction.none, "who has left still acts")
            if let event = outcome.event { hear(event) }
            outcome.notices.forEach(check)
            if outcome.leaves { leave(id) }
        }
        checkNames()
    }

    mutating func empty() {
        for id in everyone { leave(id) }
        promise(room.count == 0 && present.isEmpty, "an empty room has members")
    }

    private mutating func leave(_ id: MemberID) {
        let isIn = present[id] != nil
        let event = room.leave(id)
        promise((event != nil) == isIn, "who left is not told of exactly once")
        if let event { hear(event) }
    }

    private func someone(_ input: inout FuzzInput) -> MemberID? {
        let index = Int(input.byte())
        return everyone.isEmpty ? nil : everyone[index % everyone.count]
    }

    private mutating func hear(_ event: RoomEvent) {
        promise(lastSequence.map { event.sequence == $0 + 1 } ?? true, "an event is missing or told twice")
        lastSequence = event.sequence
        let text = LevelZero.text(for: event)
        promise(text.isHarmless && text.utf8.count <= LevelZero.maximumTextBytes, "harmful: \(text.visible)")
        switch event.kind {
        case .joined(let name):
            promise(present.updateValue(name, forKey: event.member) == nil, "joined twice")
        case .left(let name): promise(present.removeValue(forKey: event.member) == name, "left as another")
        case .renamed(let old, let new):
            promise(present.updateValue(new, forKey: event.member) == old, "renamed from a name it had not")
        case .said(let name, _): promise(present[event.member] == name, "said under another name")
        }
        promise(event.excludesItsMember != text.hasPrefix("* "), "a notice looks like a line")
    }

    private func check(_ notice: Notice) {
        let text = LevelZero.text(for: notice)
        promise(text.isHarmless && text.utf8.count <= LevelZero.maximumTextBytes, "harmful: \(text.visible)")
        promise(text.hasPrefix("* ") && text.hasSuffix(" *"), "a notice looks like a line: \(text.visible)")
    }

    private func checkNames() {
        let names = room.names
        promise(
            names == present.sorted { $0.key < $1.key }.map(\.value),
            "who is there is not who was told of"
        )
        for (index, name) in names.enumerated() {
            checkName(name)
            promise(!names[..<index].contains { $0.looksLike(name) }, "two look alike: \(name.text.visible)")
        }
    }
}

extension RoomAction {
    /// What comes of nothing: a room's answer to someone who is not there.
    fileprivate static let none: RoomAction = {
        var room = Room(maximumMembers: 1)
        guard case .admitted(let someone) = room.join(requestedName: "a", fallbackName: "a") else {
            fatalError("an empty room is full")
        }
        _ = room.leave(someone.id)
        return room.apply(.who, from: someone.id)
    }()
}

let roomSeeds: [[UInt8]] = {
    func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
    let joins = [0] + text("bob") + [0] + text("ВОВ") + [0] + text("bob")
    return [
        [6] + joins + [3, 0] + text("hello") + [3, 1] + text("/who") + [1, 0],
        [1] + joins + [2, 0] + text("bob-2") + [3, 0] + text("/quit") + joins,
        [7] + joins + [2, 0] + text("ann") + [2, 1] + text("ANN") + [3, 2] + text("/nick") + [1, 1, 1, 1],
        [4, 0] + text("") + [0] + text("*") + [0] + text("x is now y") + [3, 0] + text("/help") + [3, 1]
            + text("/x"),
    ]
}()
