// SPDX-License-Identifier: Apache-2.0

/// A value that has one form in bytes, and that no other bytes stand for.
///
/// Equal values have equal bytes, so a digest of the bytes tells whether two chats are the same. What is read was written
/// by anybody: whatever is not exactly what a writer writes is a ``CodingFault``, and nothing else.
package protocol Coded {
    /// Adds its bytes.
    func write(to bytes: inout ByteWriter)

    /// Reads as many bytes as belong to it.
    init(from bytes: inout ByteReader) throws(CodingFault)
}

/// Bytes that no writer writes.
package struct CodingFault: Error, Equatable {
    package init() {}
}

extension Coded {
    /// Its bytes and no others.
    package var coded: [UInt8] {
        var writer = ByteWriter()
        write(to: &writer)
        return writer.bytes
    }

    /// Reads a value that all of `bytes` stand for.
    package init(coded bytes: [UInt8]) throws(CodingFault) {
        var reader = ByteReader(bytes)
        try self.init(from: &reader)
        guard reader.isAtEnd else { throw CodingFault() }
    }
}

/// Where values put their bytes.
package struct ByteWriter {
    /// What was put there.
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func put(_ byte: UInt8) { bytes.append(byte) }

    /// So many bytes as their reader knows of.
    package mutating func put(_ fixed: [UInt8]) { bytes += fixed }

    package mutating func put(_ value: some Coded) { value.write(to: &self) }

    /// Bytes, and ahead of them how many they are.
    package mutating func put(counted: some Collection<UInt8>) {
        put(UInt64(counted.count))
        bytes += counted
    }

    /// The text's bytes, counted.
    package mutating func put(_ text: String) { put(counted: text.utf8) }
}

/// From where values take their bytes.
package struct ByteReader {
    private let bytes: [UInt8]
    private var position = 0

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// How many are left.
    package var count: Int { bytes.count - position }

    package var isAtEnd: Bool { position == bytes.count }

    package mutating func byte() throws(CodingFault) -> UInt8 {
        guard position < bytes.count else { throw CodingFault() }
        defer { position += 1 }
        return bytes[position]
    }

    package mutating func fixed(_ count: Int) throws(CodingFault) -> [UInt8] {
        guard count >= 0, count <= self.count else { throw CodingFault() }
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    package mutating func value<Value: Coded>(_: Value.Type = Value.self) throws(CodingFault) -> Value {
        try Value(from: &self)
    }

    /// Bytes behind their number, if that is not more than `limit`.
    package mutating func counted(atMost limit: Int) throws(CodingFault) -> [UInt8] {
        let count: UInt64 = try value()
        guard count <= UInt64(limit) else { throw CodingFault() }
        return try fixed(Int(count))
    }

    /// A text of at most so many bytes.
    package mutating func text(atMost limit: Int) throws(CodingFault) -> String {
        guard let text = String(validating: try counted(atMost: limit), as: UTF8.self) else {
            throw CodingFault()
        }
        return text
    }

    /// A number below `bound`.
    package mutating func number(below bound: UInt64) throws(CodingFault) -> UInt64 {
        let number: UInt64 = try value()
        guard number < bound else { throw CodingFault() }
        return number
    }
}

// MARK: Numbers and lists

extension UInt64: Coded {
    /// Seven bits a byte, the lowest first; a set eighth bit says that more follow.
    package func write(to bytes: inout ByteWriter) {
        var rest = self
        while rest > 0x7F {
            bytes.put(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.put(UInt8(rest))
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            let byte = try bytes.byte()
            let part = UInt64(byte & 0x7F)
            // Zeros in front would be another form of the same number, and more than 64 bits none at all.
            guard (part << shift) >> shift == part, byte != 0 || shift == 0 else { throw CodingFault() }
            value |= part << shift
            if byte & 0x80 == 0 {
                self = value
                return
            }
        }
        throw CodingFault()
    }
}

extension Int64: Coded {
    /// The sign in the lowest bit, so that small numbers are short.
    package func write(to bytes: inout ByteWriter) {
        bytes.put(UInt64(bitPattern: (self << 1) ^ (self >> 63)))
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        let folded: UInt64 = try bytes.value()
        self = Int64(bitPattern: folded >> 1) ^ -Int64(bitPattern: folded & 1)
    }
}

extension Int: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(Int64(self)) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(try bytes.value(Int64.self))
    }
}

extension Bool: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(UInt8(self ? 1 : 0)) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        switch try bytes.byte() {
        case 0: self = false
        case 1: self = true
        default: throw CodingFault()
        }
    }
}

extension Optional: Coded where Wrapped: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(self != nil)
        if let self { bytes.put(self) }
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        // By its name: Swift would read an optional in the optional.
        self = try bytes.value(Bool.self) ? try bytes.value(Wrapped.self) : nil
    }
}

extension Array: Coded where Element: Coded {
    package func write(to bytes: inout ByteWriter) {
        bytes.put(UInt64(count))
        for element in self { bytes.put(element) }
    }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init()
        // Every element has a byte at least: so no more memory is asked for than was sent, but for a constant factor.
        for _ in 0..<Int(try bytes.number(below: UInt64(bytes.count) + 1)) { append(try bytes.value()) }
    }
}
