// SPDX-License-Identifier: Apache-2.0

/// Goes through the bytes of one message once and takes nothing that RFC 8259 or the protocol's limits refuse.
///
/// It calls itself at most `JSONLimits.nesting` deep. Its memory is the members of the objects that are open.
struct JSONReader {
    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0
    /// The members so far of every object that is open, the outermost first.
    private var openMembers: [JSONMember] = []

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Reads again what was read as part of its surroundings.
    init(_ bytes: [UInt8], at place: JSONPlace) {
        self.bytes = bytes
        position = place.position
        depth = place.depth
    }

    /// The members of the object that the bytes are.
    mutating func message() throws(JSONError) -> [JSONMember] {
        openMembers.reserveCapacity(8)
        skipSpace()
        guard peek == UInt8(ascii: "{") else { throw peek == nil ? .unexpected(at: position) : .notAnObject }
        let members = try members()
        skipSpace()
        guard peek == nil else { throw .unexpected(at: position) }
        return members
    }

    /// The members of the object that begins here.
    mutating func members() throws(JSONError) -> [JSONMember] {
        try readObject()
        return openMembers
    }

    /// The values of the list that begins here; nil as soon as there are more than `maximum`.
    mutating func values(atMost maximum: Int) throws(JSONError) -> [JSONValue]? {
        var values: [JSONValue] = []
        try open()
        if close(UInt8(ascii: "]")) { return values }
        repeat {
            guard values.count < maximum else { return nil }
            values.append(try readValue())
        } while try takeComma(orEnd: UInt8(ascii: "]"))
        return values
    }

    // MARK: Values

    private mutating func readValue() throws(JSONError) -> JSONValue {
        skipSpace()
        let place = JSONPlace(position: position, depth: depth)
        switch peek {
        case UInt8(ascii: "\""): return .text(try readText())
        case UInt8(ascii: "{"):
            let outerMembers = openMembers.count
            try readObject()
            openMembers.removeLast(openMembers.count - outerMembers)
            return .object(place)
        case UInt8(ascii: "["):
            try skipList()
            return .list(place)
        case UInt8(ascii: "t"): return try readWord("true", .flag(true))
        case UInt8(ascii: "f"): return try readWord("false", .flag(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        default: return .number(try readNumber())
        }
    }

    /// Leaves the object's members at the end of `openMembers`.
    private mutating func readObject() throws(JSONError) {
        let first = openMembers.count
        try open()
        if close(UInt8(ascii: "}")) { return }
        repeat {
            skipSpace()
            let start = position
            guard openMembers.count - first < JSONLimits.members else { throw .tooManyMembers(at: start) }
            let key = try readText()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw .unexpected(at: position) }
            let member = JSONMember(key: key, value: try readValue(), in: bytes)
            for other in openMembers[first...] where other.hasName(of: member, in: bytes) {
                throw .duplicateMember(at: start)
            }
            openMembers.append(member)
        } while try takeComma(orEnd: UInt8(ascii: "}"))
    }

    private mutating func skipList() throws(JSONError) {
        try open()
        if close(UInt8(ascii: "]")) { return }
        repeat { _ = try readValue() } while try takeComma(orEnd: UInt8(ascii: "]"))
    }

    /// Takes the bracket that an object or a list begins with, and the space behind it.
    private mutating func open() throws(JSONError) {
        guard depth < JSONLimits.nesting else { throw .tooDeep(at: position) }
        depth += 1
        position += 1
        skipSpace()
    }

    /// Takes the bracket that an object or a list ends with, if it is next.
    private mutating func close(_ bracket: UInt8) -> Bool {
        guard take(bracket) else { return false }
        depth -= 1
        return true
    }

    /// Whether another value follows; otherwise the object or the list has ended.
    private mutating func takeComma(orEnd end: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        if take(UInt8(ascii: ",")) { return true }
        guard close(end) else { throw .unexpected(at: position) }
        return false
    }

    private mutating func readWord(
        _ word: StaticString,
        _ value: JSONValue
    ) throws(JSONError) -> JSONValue {
        let end = position + word.utf8CodeUnitCount
        let isThere = word.withUTF8Buffer { word in
            end <= bytes.count && bytes[position..<end].elementsEqual(word)
        }
        guard isThere else { throw .unexpected(at: position) }
        position = end
        return value
    }

    // MARK: Strings and numbers

    private mutating func readText() throws(JSONError) -> JSONText {
        let opening = position
        guard take(UInt8(ascii: "\"")) else { throw .unexpected(at: position) }
        var hasEscapes = false
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return JSONText(range: opening + 1..<position - 1, hasEscapes: hasEscapes)
            case UInt8(ascii: "\\"):
                hasEscapes = true
                position = try JSONEscape(in: bytes, at: position).end
            case 0..<0x20: throw .controlCharacter(at: position)
            default: position += 1
            }
        }
        throw .unexpected(at: position)
    }

    /// A whole number; `-0` is 0, since RFC 8259 has it and nothing else it could mean.
    private mutating func readNumber() throws(JSONError) -> Int64 {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        guard let first = digit() else { throw .unexpected(at: position) }
        var magnitude = first
        if first > 0 {
            while let next = digit() {
                magnitude = 10 * magnitude + next
                guard magnitude <= JSONLimits.number else { throw .numberTooLarge(at: start) }
            }
        }
        switch peek {
        case UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E"): throw .numberNotWhole(at: start)
        default: return isNegative ? -magnitude : magnitude
        }
    }

    /// Takes a digit, if one is next.
    private mutating func digit() -> Int64? {
        guard let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
        position += 1
        return Int64(byte - UInt8(ascii: "0"))
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }
}
