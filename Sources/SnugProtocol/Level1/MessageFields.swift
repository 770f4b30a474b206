// SPDX-License-Identifier: Apache-2.0

/// The members of an object by name and type, each with its limit; what nobody asks for is ignored.
struct MessageFields {
    private let object: JSONObject
    /// Where the object is in the message, such as `resume.`, for errors.
    private let path: String

    /// Reads a frame.
    init(message bytes: [UInt8]) throws(MessageError) {
        do throws(JSONError) { object = try JSONObject(message: bytes) } catch {
            throw MessageError(.json(error))
        }
        path = ""
    }

    private init(_ object: JSONObject, path: String) {
        self.object = object
        self.path = path
    }

    // MARK: Strings

    /// A string of any characters, which may be empty.
    func text(_ key: StaticString, atMost bytes: Int) throws(MessageError) -> String {
        try required(key, try optionalText(key, atMost: bytes))
    }

    func optionalText(_ key: StaticString, atMost bytes: Int) throws(MessageError) -> String? {
        guard let value = object[key] else { return nil }
        return try text(value, member: { path(of: key) }, atMost: bytes)
    }

    /// A string of printable ASCII that is not empty.
    func word(
        _ key: StaticString,
        atMost bytes: Int = LevelOne.maximumWordBytes
    ) throws(MessageError) -> String {
        try required(key, try optionalWord(key, atMost: bytes))
    }

    func optionalWord(
        _ key: StaticString,
        atMost bytes: Int = LevelOne.maximumWordBytes
    ) throws(MessageError) -> String? {
        guard let text = try optionalText(key, atMost: bytes) else { return nil }
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            throw MessageError(.notPrintable, member: path(of: key))
        }
        return text
    }

    /// The name of a person or a room, as it is asked for or as the server gave it.
    func name(_ key: StaticString) throws(MessageError) -> String {
        try text(key, atMost: LevelOne.maximumNameBytes)
    }

    func optionalName(_ key: StaticString) throws(MessageError) -> String? {
        try optionalText(key, atMost: LevelOne.maximumNameBytes)
    }

    /// An id, or what the peer calls a message.
    func reference(_ key: StaticString) throws(MessageError) -> String {
        try word(key, atMost: LevelOne.maximumReferenceBytes)
    }

    // MARK: Numbers and flags

    func number(
        _ key: StaticString,
        in range: ClosedRange<UInt64> = anyNumber
    ) throws(MessageError) -> UInt64 {
        try required(key, try optionalNumber(key, in: range))
    }

    func optionalNumber(
        _ key: StaticString,
        in range: ClosedRange<UInt64> = anyNumber
    ) throws(MessageError) -> UInt64? {
        guard let value = object[key] else { return nil }
        return try number(value, member: { path(of: key) }, in: range)
    }

    /// Every number that a message can hold.
    static let anyNumber: ClosedRange<UInt64> = 0...UInt64(JSONLimits.number)

    /// True or false; false if it is not there.
    func flag(_ key: StaticString) throws(MessageError) -> Bool {
        switch object[key] {
        case .flag(let flag): flag
        case nil: false
        case .some: throw MessageError(.wrongType(expected: .flag), member: path(of: key))
        }
    }

    // MARK: What holds others

    func fields(_ key: StaticString) throws(MessageError) -> MessageFields {
        try required(key, try optionalFields(key))
    }

    func optionalFields(_ key: StaticString) throws(MessageError) -> MessageFields? {
        guard let value = object[key] else { return nil }
        return try fields(value, path: path(of: key))
    }

    /// A list of names.
    func names(_ key: StaticString, atMost maximum: Int) throws(MessageError) -> [String] {
        var names: [String] = []
        for (index, value) in try values(key, atMost: maximum).enumerated() {
            names.append(
                try text(value, member: { "\(path(of: key))[\(index)]" }, atMost: LevelOne.maximumNameBytes)
            )
        }
        return names
    }

    /// A list of objects; a list that is not there is empty.
    func list<Entry>(
        _ key: StaticString,
        of entry: (MessageFields) throws(MessageError) -> Entry
    ) throws(MessageError) -> [Entry] {
        var entries: [Entry] = []
        for (index, value) in try values(key, atMost: LevelOne.maximumEntries).enumerated() {
            entries.append(try entry(try fields(value, path: "\(path(of: key))[\(index)]")))
        }
        return entries
    }

    /// An object of numbers, each with a key that the peer chose, in the order of the message.
    func numbers(
        _ key: StaticString,
        atMost maximum: Int
    ) throws(MessageError) -> [(key: String, number: UInt64)] {
        guard let inner = try optionalFields(key) else { return [] }
        guard inner.object.members.count <= maximum else {
            throw MessageError(.tooMany(maximum: maximum), member: path(of: key))
        }
        var numbers: [(key: String, number: UInt64)] = []
        for member in inner.object.members {
            let inside = inner.object.string(member.key)
            guard inside.utf8.count <= LevelOne.maximumNameBytes else {
                throw MessageError(.tooLong(maximumBytes: LevelOne.maximumNameBytes), member: path(of: key))
            }
            let number = try number(member.value, member: { inner.path + inside }, in: Self.anyNumber)
            numbers.append((inside, number))
        }
        return numbers
    }

    // MARK: Values

    private func text(
        _ value: JSONValue,
        member: () -> String,
        atMost bytes: Int
    ) throws(MessageError) -> String {
        guard case .text(let text) = value else {
            throw MessageError(.wrongType(expected: .text), member: member())
        }
        let string = object.string(text)
        guard string.utf8.count <= bytes else {
            throw MessageError(.tooLong(maximumBytes: bytes), member: member())
        }
        return string
    }

    private func number(
        _ value: JSONValue,
        member: () -> String,
        in range: ClosedRange<UInt64>
    ) throws(MessageError) -> UInt64 {
        guard case .number(let number) = value else {
            throw MessageError(.wrongType(expected: .number), member: member())
        }
        guard let number = UInt64(exactly: number), range.contains(number) else {
            throw MessageError(.outOfRange(range), member: member())
        }
        return number
    }

    private func fields(_ value: JSONValue, path: String) throws(MessageError) -> MessageFields {
        guard case .object(let place) = value else {
            throw MessageError(.wrongType(expected: .object), member: path)
        }
        do throws(JSONError) { return MessageFields(try object.object(at: place), path: path + ".") } catch {
            throw MessageError(.json(error))
        }
    }

    private func values(_ key: StaticString, atMost maximum: Int) throws(MessageError) -> [JSONValue] {
        guard let value = object[key] else { return [] }
        guard case .list(let place) = value else {
            throw MessageError(.wrongType(expected: .list), member: path(of: key))
        }
        let values: [JSONValue]?
        do throws(JSONError) { values = try object.values(at: place, atMost: maximum) } catch {
            throw MessageError(.json(error))
        }
        guard let values else { throw MessageError(.tooMany(maximum: maximum), member: path(of: key)) }
        return values
    }

    private func required<Value>(_ key: StaticString, _ value: Value?) throws(MessageError) -> Value {
        guard let value else { throw MessageError(.missing, member: path(of: key)) }
        return value
    }

    private func path(of key: StaticString) -> String { "\(path)\(key)" }
}
