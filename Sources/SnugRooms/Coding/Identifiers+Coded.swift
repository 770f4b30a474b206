// SPDX-License-Identifier: Apache-2.0

/// What is a number, and no more.
private protocol CodedNumber: Coded {
    var rawValue: UInt64 { get }
    init(rawValue: UInt64)
}

extension CodedNumber {
    package func write(to bytes: inout ByteWriter) { bytes.put(rawValue) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(rawValue: try bytes.value())
    }
}

extension PersonID: CodedNumber {}
extension SessionID: CodedNumber {}
extension RoomID: CodedNumber {}

extension NodeNumber: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(UInt64(rawValue)) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        guard let number = NodeNumber(try bytes.value(UInt64.self)) else { throw CodingFault() }
        self = number
    }
}

extension ChatTime: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(milliseconds) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        self.init(milliseconds: try bytes.value())
    }
}

extension Bytes32: Coded {
    package func write(to writer: inout ByteWriter) { writer.put(bytes) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        guard let read = Bytes32(try bytes.fixed(32)) else { throw CodingFault() }
        self = read
    }
}

extension PersonKey: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(digest) }
    package init(from bytes: inout ByteReader) throws(CodingFault) { self.init(try bytes.value()) }
}

extension TokenDigest: Coded {
    package func write(to bytes: inout ByteWriter) { bytes.put(digest) }
    package init(from bytes: inout ByteReader) throws(CodingFault) { self.init(try bytes.value()) }
}

extension AddressKey: Coded {
    package func write(to writer: inout ByteWriter) { writer.put(counted: bytes) }

    package init(from bytes: inout ByteReader) throws(CodingFault) {
        guard let key = AddressKey(bytes: try bytes.counted(atMost: 8)) else { throw CodingFault() }
        self = key
    }
}
