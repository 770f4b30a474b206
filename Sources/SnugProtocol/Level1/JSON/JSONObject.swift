// SPDX-License-Identifier: Apache-2.0

/// One object of a message that is JSON throughout: its members, with what they hold still in the frame's bytes.
///
/// Strings are made when they are asked for, and lists and objects inside are read again when they are: so what
/// nobody asks for costs no memory.
struct JSONObject {
    let bytes: [UInt8]
    let members: [JSONMember]

    /// Reads a whole message: one object, and nothing but white space around it.
    init(message bytes: [UInt8]) throws(JSONError) {
        guard bytes.count <= JSONLimits.bytes else { throw .tooLong(bytes: bytes.count) }
        do { _ = try UTF8Span(validating: bytes.span) } catch {
            throw .notUTF8(at: error.byteOffsets.lowerBound)
        }
        var reader = JSONReader(bytes)
        self = JSONObject(bytes, try reader.message())
    }

    private init(_ bytes: [UInt8], _ members: [JSONMember]) {
        self.bytes = bytes
        self.members = members
    }

    /// The value of the member `key`, which is in ASCII; nil if there is none.
    subscript(key: StaticString) -> JSONValue? {
        members.first { $0.isNamed(key, in: bytes) }?.value
    }

    /// The string that `text` stands for.
    func string(_ text: JSONText) -> String { text.string(in: bytes) }

    /// The object at `place`.
    func object(at place: JSONPlace) throws(JSONError) -> JSONObject {
        var reader = JSONReader(bytes, at: place)
        return JSONObject(bytes, try reader.members())
    }

    /// The values of the list at `place`; nil if there are more than `maximum`.
    func values(at place: JSONPlace, atMost maximum: Int) throws(JSONError) -> [JSONValue]? {
        var reader = JSONReader(bytes, at: place)
        return try reader.values(atMost: maximum)
    }
}

/// A member's name and what it holds.
struct JSONMember {
    let key: JSONText
    let value: JSONValue
    /// The key without its escapes, made once because it is compared often; nil if it has none.
    private let plainKey: [UInt8]?

    init(key: JSONText, value: JSONValue, in bytes: [UInt8]) {
        self.key = key
        self.value = value
        plainKey = key.hasEscapes ? key.unescaped(in: bytes) : nil
    }

    /// Names are compared byte by byte: two that merely look equal to Unicode are two members.
    func isNamed(_ name: StaticString, in bytes: [UInt8]) -> Bool {
        guard nameBytes == name.utf8CodeUnitCount else { return false }
        let own = self.name(in: bytes)
        return name.withUTF8Buffer { own.elementsEqual($0) }
    }

    func hasName(of other: JSONMember, in bytes: [UInt8]) -> Bool {
        nameBytes == other.nameBytes && name(in: bytes) == other.name(in: bytes)
    }

    private var nameBytes: Int { plainKey?.count ?? key.range.count }

    private func name(in bytes: [UInt8]) -> ArraySlice<UInt8> { plainKey?[...] ?? bytes[key.range] }
}

/// What a member or a place in a list holds.
enum JSONValue: Equatable {
    case null
    case flag(Bool)
    case number(Int64)
    case text(JSONText)
    case list(JSONPlace)
    case object(JSONPlace)
}

/// Where in the frame a list or an object begins, and how deep.
struct JSONPlace: Equatable {
    let position: Int
    let depth: Int
}

/// A string that was found to be one, still in the frame's bytes: what lies between its quotation marks.
struct JSONText: Equatable {
    let range: Range<Int>
    let hasEscapes: Bool

    func string(in bytes: [UInt8]) -> String {
        guard hasEscapes else { return String(decoding: bytes[range], as: UTF8.self) }
        return String(decoding: unescaped(in: bytes), as: UTF8.self)
    }

    func unescaped(in bytes: [UInt8]) -> [UInt8] {
        var plain: [UInt8] = []
        plain.reserveCapacity(range.count)
        var position = range.lowerBound
        while position < range.upperBound {
            // The reader has taken every escape of this string already.
            if bytes[position] == UInt8(ascii: "\\"),
                let escape = try? JSONEscape(in: bytes, at: position)
            {
                plain.append(contentsOf: UTF8.encode(escape.scalar) ?? UTF8.encodedReplacementCharacter)
                position = escape.end
            } else {
                plain.append(bytes[position])
                position += 1
            }
        }
        return plain
    }
}
