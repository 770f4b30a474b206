// SPDX-License-Identifier: Apache-2.0

extension ChatSnapshot: Coded {
    /// Adds its bytes.
    package func write(to bytes: inout ByteWriter) {
        bytes.put(limits)
        bytes.put(lastSequence)
        bytes.put(now)
        bytes.put(people)
        bytes.put(sessions)
        bytes.put(rooms)
        bytes.put(names)
        bytes.put(sanctions)
        bytes.put(lastSanction)
        bytes.put(operators)
        bytes.put(stays)
        bytes.put(cutSessions)
        bytes.put(pastStays)
        bytes.put(roomsByLastLine)
        bytes.put(restoredRooms)
    }

    /// Reads as many bytes as belong to it.
    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init()
        limits = try bytes.value()
        lastSequence = try bytes.number(below: Chat.sequenceBound)
        now = try bytes.value()
        people = try bytes.value()
        sessions = try bytes.value()
        rooms = try bytes.value()
        names = try bytes.value()
        sanctions = try bytes.value()
        lastSanction = try bytes.number(below: Chat.sequenceBound)
        operators = try bytes.value()
        stays = try bytes.value()
        cutSessions = try bytes.value()
        pastStays = try bytes.value()
        roomsByLastLine = try bytes.value()
        restoredRooms = try bytes.value()
        // Behind a time that nothing comes after, everything would be due for ever.
        guard isInOrder, now <= ChatTime(milliseconds: 1 << 52) else { throw CodingFault() }
    }

    /// Whether what is sorted is, without which searching in it would find nothing.
    private var isInOrder: Bool {
        rise(people, \.id) && rise(sessions, \.id) && rise(rooms, \.id) && rise(sanctions, \.number)
            && rise(operators, \.self) && rise(stays, \.token)
            && sanctions.allSatisfy { $0.number <= lastSanction }
            && rooms.contains { $0.id == .main } && rooms.allSatisfy(\.isInOrder)
            && cutSessions.isInOrder() && pastStays.isInOrder() && roomsByLastLine.isInOrder()
            && restoredRooms.isInOrder() && names.unused.isInOrder()
    }
}

/// Whether each is greater than the one before.
private func rise<Element, Key: Comparable>(_ list: [Element], _ key: (Element) -> Key) -> Bool {
    zip(list, list.dropFirst()).allSatisfy { key($0) < key($1) }
}

extension RoomSnapshot {
    fileprivate var isInOrder: Bool { rise(invitedKeys, \.self) && rise(invitedPeople, \.self) }
}

extension Array {
    /// Whether none is earlier than the one before.
    fileprivate func isInOrder<Key>() -> Bool where Element == KeptTime<Key> {
        zip(self, dropFirst()).allSatisfy { $0.time <= $1.time }
    }
}

extension ChatLimits: Coded {
    /// Adds its bytes.
    package func write(to bytes: inout ByteWriter) {
        for number in counts { bytes.put(number) }
        for time in times { bytes.put(time) }
    }

    /// Reads as many bytes as belong to it.
    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init()
        sessions = try bytes.value()
        rooms = try bytes.value()
        privateRooms = try bytes.value()
        roomsOfAPerson = try bytes.value()
        sessionsOfAPerson = try bytes.value()
        sanctions = try bytes.value()
        invitations = try bytes.value()
        keyNames = try bytes.value()
        namesOfAKey = try bytes.value()
        keptRefs = try bytes.value()
        holdMilliseconds = try bytes.value()
        refMilliseconds = try bytes.value()
        keyNameMilliseconds = try bytes.value()
        historyMilliseconds = try bytes.value()
        // None is reckoned with that would overflow.
        guard counts.allSatisfy({ (0...1 << 32).contains($0) }),
            times.allSatisfy({ (0...1 << 52).contains($0) })
        else { throw CodingFault() }
    }

    private var counts: [Int] {
        [
            sessions, rooms, privateRooms, roomsOfAPerson, sessionsOfAPerson, sanctions, invitations,
            keyNames, namesOfAKey, keptRefs,
        ]
    }

    private var times: [Int64] {
        [holdMilliseconds, refMilliseconds, keyNameMilliseconds, historyMilliseconds]
    }
}

extension PersonSnapshot: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(id)
        bytes.put(key)
        bytes.put(name)
        bytes.put(sessions)
        bytes.put(memberships)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(
            id: try bytes.value(),
            key: try bytes.value(),
            name: try bytes.value(),
            sessions: try bytes.value(),
            memberships: try bytes.value()
        )
    }
}

extension Membership: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(room)
        bytes.put(name)
        bytes.put(ticket)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(room: try bytes.value(), name: try bytes.value(), ticket: try bytes.value())
    }
}

extension SessionSnapshot: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(id)
        bytes.put(session.person)
        bytes.put(session.level)
        bytes.put(session.address)
        bytes.put(session.token)
        bytes.put(session.isOperator)
        bytes.put(session.room)
        bytes.put(session.isCut)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        id = try bytes.value()
        session = Session(
            person: try bytes.value(),
            level: try bytes.value(),
            address: try bytes.value(),
            token: try bytes.value(),
            isOperator: try bytes.value(),
            room: try bytes.value(),
            isCut: try bytes.value()
        )
    }
}

extension RoomSnapshot: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(id)
        bytes.put(name)
        bytes.put(owner)
        bytes.put(topic)
        bytes.put(isPrivate)
        bytes.put(invitedKeys)
        bytes.put(invitedPeople)
        bytes.put(lastLine)
        bytes.put(isRecorded)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(
            id: try bytes.value(),
            name: try bytes.value(),
            owner: try bytes.value(),
            topic: try bytes.value(),
            isPrivate: try bytes.value(),
            invitedKeys: try bytes.value(),
            invitedPeople: try bytes.value(),
            lastLine: try bytes.value(),
            isRecorded: try bytes.value()
        )
    }
}

extension NameRegistry.Holder: Coded {
    func write(to bytes: inout ByteWriter) {
        switch self {
        case .key(let key):
            bytes.put(true)
            bytes.put(key)
        case .person(let person):
            bytes.put(false)
            bytes.put(person)
        }
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self = try bytes.value(Bool.self) ? .key(try bytes.value()) : .person(try bytes.value())
    }
}

extension NameRegistry.Snapshot: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(nextHighSuffix)
        bytes.put(names)
        bytes.put(UInt64(unused.count))
        for name in unused {
            bytes.put(name.key)
            bytes.put(name.time)
        }
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        nextHighSuffix = try bytes.number(below: Chat.sequenceBound)
        names = try bytes.value()
        for _ in 0..<(try bytes.number(below: UInt64(bytes.count) + 1)) {
            let text = try bytes.text(atMost: MemberName.maximumBytes)
            unused.append(KeptTime(text, at: try bytes.value()))
        }
    }
}

extension KeyName: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(name)
        bytes.put(key)
        bytes.put(lastUsed)
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(name: try bytes.value(), key: try bytes.value(), lastUsed: try bytes.value())
    }
}

extension KeptTime: Coded where Key: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(key)
        bytes.put(time)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(try bytes.value(), at: try bytes.value())
    }
}

extension Sanction: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(number)
        bytes.put(kind == .mute)
        switch target {
        case .address(let address):
            bytes.put(false)
            bytes.put(address)
        case .key(let key):
            bytes.put(true)
            bytes.put(key)
        }
        bytes.put(name)
        bytes.put(until)
        bytes.put(reason)
        bytes.put(by)
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(
            number: try bytes.value(),
            kind: try bytes.value(Bool.self) ? .mute : .ban,
            target: try bytes.value(Bool.self) ? .key(try bytes.value()) : .address(try bytes.value()),
            name: try bytes.value(),
            until: try bytes.value(),
            reason: try bytes.value(),
            by: try bytes.value()
        )
    }
}

extension StaySnapshot: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(token)
        bytes.put(stay.key)
        bytes.put(stay.session)
        bytes.put(stay.refs)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        token = try bytes.value()
        stay = Stay(key: try bytes.value(), session: try bytes.value(), refs: try bytes.value())
    }
}

extension RefWindow: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(inOrder)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        let entries: [Entry] = try bytes.value()
        guard entries.count <= Self.size else { throw CodingFault() }
        self.init()
        for entry in entries { remember(entry) }
    }
}

extension RefWindow.Entry: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(ref)
        bytes.put(fingerprint.value)
        bytes.put(sequence)
        bytes.put(time)
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(
            ref: try bytes.value(),
            fingerprint: Fingerprint(value: try bytes.value()),
            sequence: try bytes.value(),
            time: try bytes.value()
        )
    }
}
