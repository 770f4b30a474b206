// SPDX-License-Identifier: Apache-2.0

/// What every measured line carries in its 64 bytes: who sent it, its number, and when it was due.
///
/// ```
///   sender, number: 8 hexadecimal digits each · time: 16 · filler: 24 · mark: 8
/// ```
///
/// Plain ASCII of one length, so that every protocol passes it on unchanged and the receiver finds it at the end of
/// a message, whatever the server has put in front.
struct LineTag: Equatable {
    static let bytes = 64

    let sender: UInt32
    let sequence: UInt32
    /// Nanoseconds of the monotonic clock.
    let time: Int64

    private static let filler = Array("abcdefghijklmnopqrstuvwx".utf8)
    private static let mark = Array("snugload".utf8)

    init(sender: UInt32, sequence: UInt32, time: Int64) {
        self.sender = sender
        self.sequence = sequence
        self.time = time
    }

    /// Reads the tag in the last 64 bytes of `message`; nil if it is some other message.
    init?(endOf message: UnsafeRawBufferPointer) {
        guard message.count >= Self.bytes else { return nil }
        let text = UnsafeRawBufferPointer(rebasing: message[(message.count - Self.bytes)...])
        let isMarked = Self.mark.withUnsafeBytes {
            text.loadUnaligned(fromByteOffset: 56, as: UInt64.self) == $0.loadUnaligned(as: UInt64.self)
        }
        guard isMarked else { return nil }
        sender = Self.number(in: text, at: 0)
        sequence = Self.number(in: text, at: 8)
        time = Int64(Self.number(in: text, at: 16)) << 32 | Int64(Self.number(in: text, at: 24))
    }

    /// Appends the 64 bytes.
    func append(to bytes: inout [UInt8]) {
        Self.append(sender, to: &bytes)
        Self.append(sequence, to: &bytes)
        Self.append(UInt32(truncatingIfNeeded: time >> 32), to: &bytes)
        Self.append(UInt32(truncatingIfNeeded: time), to: &bytes)
        bytes += Self.filler
        bytes += Self.mark
    }

    private static func append(_ number: UInt32, to bytes: inout [UInt8]) {
        for shift in stride(from: UInt32(28), through: 0, by: -4) {
            let digit = UInt8(truncatingIfNeeded: number >> shift & 0xf)
            bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        }
    }

    /// Eight digits in a few operations on one word: a loop over them would cost more than decrypting the line.
    private static func number(in text: UnsafeRawBufferPointer, at offset: Int) -> UInt32 {
        let digits = UInt64(bigEndian: text.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        // '0'...'9' are 0x30...0x39, 'a'...'f' are 0x61...0x66: bit 6 tells the letters.
        var value = (digits & 0x0f0f_0f0f_0f0f_0f0f) &+ 9 &* (digits >> 6 & 0x0101_0101_0101_0101)
        value = (value | value >> 4) & 0x00ff_00ff_00ff_00ff
        value = (value | value >> 8) & 0x0000_ffff_0000_ffff
        return UInt32(truncatingIfNeeded: value | value >> 16)
    }
}
