// SPDX-License-Identifier: Apache-2.0

/// What someone pressed or pasted.
enum Key: Equatable, Sendable {
    case backspace
    case clearScreen
    case controlC
    case controlD
    case controlZ
    case delete
    case down
    case end
    case enter
    case home
    case killToEnd
    case killToStart
    case killWord
    case left
    case right
    /// Typed or pasted, as it came: it may hold anything.
    case text(String)
    case up
}

/// Cuts a terminal's bytes, which arrive in any split, into keys.
///
/// Sequences that mean nothing here are swallowed whole. What is kept between two calls is bounded, whatever comes.
struct KeyParser: Sendable {
    /// ```
    /// ground ──ESC──► escape ──[──► control ──200~──► paste ──ESC [ 2 0 1 ~──► ground
    ///                   │ └───O──► function
    ///                   └─]P^_X──► string       all others go back to ground with their last byte
    /// ```
    private enum State {
        case console
        case control(parameters: [UInt8])
        case escape
        case function
        case ground
        case paste(matched: Int)
        case string
    }

    private var state = State.ground
    /// Text up to its last byte, which may lie within a character.
    private var text: [UInt8] = []
    private var keys: [Key] = []

    /// More than any key's sequence; what a longer one says is not looked at.
    private static let maximumParameterBytes = 16

    private static let endOfPaste = Array("\u{1B}[201~".utf8)

    /// The keys that `bytes` complete.
    mutating func take(_ bytes: [UInt8]) -> [Key] {
        for byte in bytes { take(byte) }
        emitText(complete: false)
        defer { keys = [] }
        return keys
    }

    private mutating func take(_ byte: UInt8) {
        switch state {
        case .console: state = .ground
        case .control(let parameters): takeControl(byte, parameters)
        case .escape: takeEscaped(byte)
        case .function:
            state = .ground
            finishSequence(byte, "")
        case .ground: takeGround(byte)
        case .paste(let matched): takePasted(byte, matched)
        case .string:
            // Only BEL or ESC \ end it properly, but a terminal's answer holds no other control character either.
            if byte < 0x20 { takeGround(byte) }
        }
    }

    private mutating func takeGround(_ byte: UInt8) {
        guard byte < 0x20 || byte == 0x7F else {
            text.append(byte)
            return
        }
        emitText(complete: true)
        state = byte == Self.escape ? .escape : .ground
        if let key = Self.key(forControl: byte) { keys.append(key) }
    }

    private mutating func takeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "["): state = .control(parameters: [])
        case UInt8(ascii: "O"): state = .function
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .string
        case 0x20...0x7E: state = .ground
        default:
            state = .ground
            takeGround(byte)
        }
    }

    /// A control sequence (ECMA-48 section 5.4): parameters and intermediates, then one final byte.
    private mutating func takeControl(_ byte: UInt8, _ parameters: [UInt8]) {
        switch byte {
        case 0x20...0x3F:
            let isRoomLeft = parameters.count < Self.maximumParameterBytes
            state = .control(parameters: isRoomLeft ? parameters + [byte] : parameters)
        case UInt8(ascii: "[") where parameters.isEmpty:
            // The Linux console's F1 to F5: one more byte belongs to it.
            state = .console
        case 0x40...0x7E:
            state = .ground
            finishSequence(byte, String(decoding: parameters, as: UTF8.self))
        default:
            state = .ground
            takeGround(byte)
        }
    }

    private mutating func finishSequence(_ final: UInt8, _ parameters: String) {
        if final == UInt8(ascii: "~"), parameters == "200" {
            state = .paste(matched: 0)
        } else if let key = Self.key(forSequence: final, parameters) {
            keys.append(key)
        }
    }

    /// Everything up to the end mark is text, control characters too: nothing in it is a key.
    private mutating func takePasted(_ byte: UInt8, _ matched: Int) {
        if byte == Self.endOfPaste[matched] {
            let isWhole = matched + 1 == Self.endOfPaste.count
            if isWhole { emitText(complete: true) }
            state = isWhole ? .ground : .paste(matched: matched + 1)
            return
        }
        // ESC stands only at the mark's start, so a mismatch can begin a new one there and nowhere else.
        text += Self.endOfPaste[..<matched]
        let isNewStart = byte == Self.escape
        if !isNewStart { text.append(byte) }
        state = .paste(matched: isNewStart ? 1 : 0)
    }

    /// Emits what was collected, but for a character that is not `complete` yet.
    private mutating func emitText(complete: Bool) {
        let kept = complete ? 0 : text.unfinishedSuffixBytes
        let whole = text.dropLast(kept)
        // Repairing is right here: the bytes are the user's own, and the protocol takes nothing but UTF-8.
        if !whole.isEmpty { keys.append(.text(String(decoding: whole, as: UTF8.self))) }
        text = Array(text.suffix(kept))
    }

    private static let escape: UInt8 = 0x1B

    private static func key(forControl byte: UInt8) -> Key? {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .controlC
        case 0x04: .controlD
        case 0x05: .end
        case 0x06: .right
        case 0x08, 0x7F: .backspace
        case 0x0A, 0x0D: .enter
        case 0x0B: .killToEnd
        case 0x0C: .clearScreen
        case 0x0E: .down
        case 0x10: .up
        case 0x15: .killToStart
        case 0x17: .killWord
        case 0x1A: .controlZ
        default: nil
        }
    }

    private static func key(forSequence final: UInt8, _ parameters: String) -> Key? {
        switch (final, parameters) {
        case (UInt8(ascii: "A"), _): .up
        case (UInt8(ascii: "B"), _): .down
        case (UInt8(ascii: "C"), _): .right
        case (UInt8(ascii: "D"), _): .left
        case (UInt8(ascii: "F"), _), (UInt8(ascii: "~"), "4"), (UInt8(ascii: "~"), "8"): .end
        case (UInt8(ascii: "H"), _), (UInt8(ascii: "~"), "1"), (UInt8(ascii: "~"), "7"): .home
        case (UInt8(ascii: "~"), "3"): .delete
        default: nil
        }
    }
}

extension [UInt8] {
    /// How many bytes at the end begin a character of UTF-8 (RFC 3629 section 3) without completing it.
    fileprivate var unfinishedSuffixBytes: Int {
        for length in 1...3 where length <= count {
            switch self[count - length] {
            case 0x80...0xBF: continue
            case 0xC2...0xDF: return length < 2 ? length : 0
            case 0xE0...0xEF: return length < 3 ? length : 0
            case 0xF0...0xF4: return length < 4 ? length : 0
            default: return 0
            }
        }
        return 0
    }
}
