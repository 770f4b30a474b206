// SPDX-License-Identifier: Apache-2.0

/// What bytes mean.
extension KeyParser {
    static let bell: UInt8 = 0x07
    static let escape: UInt8 = 0x1B

    /// Ctrl-X, with which readline(3) begins some of its keys.
    static let prefix: UInt8 = 0x18

    static func key(forControl byte: UInt8) -> Key? {
        switch byte {
        case 0x01: .home
        case 0x02: .left
        case 0x03: .controlC
        case 0x04: .controlD
        case 0x05: .end
        case 0x06: .right
        case 0x07: .cancel
        case 0x08, 0x7F: .backspace
        case 0x09: .complete
        case 0x0A, 0x0D: .enter
        case 0x0B: .killToEnd
        case 0x0C: .clearScreen
        case 0x0E: .down
        case 0x10: .up
        case 0x12: .search
        case 0x14: .transpose
        case 0x15: .killToStart
        case 0x17: .killWord
        case 0x19: .yank
        case 0x1A: .controlZ
        case 0x1F: .undo
        default: nil
        }
    }

    /// Behind ``prefix``.
    static func key(forPrefixed byte: UInt8) -> Key? { byte == 0x15 ? .undo : nil }

    /// With Alt, which terminals send as Escape in front of it.
    static func key(forAlt byte: UInt8) -> Key? {
        switch byte {
        case 0x08, 0x7F: .killLetters
        case UInt8(ascii: "1")...UInt8(ascii: "9"): .chooseRoom(Int(byte - UInt8(ascii: "0")))
        case UInt8(ascii: "B"), UInt8(ascii: "b"): .wordLeft
        case UInt8(ascii: "D"), UInt8(ascii: "d"): .killNextLetters
        case UInt8(ascii: "F"), UInt8(ascii: "f"): .wordRight
        case UInt8(ascii: "Y"), UInt8(ascii: "y"): .yankEarlier
        default: nil
        }
    }

    static func key(forControl final: UInt8, _ parameters: String) -> Key? {
        switch (final, parameters) {
        case (UInt8(ascii: "A"), _), (UInt8(ascii: "a"), ""): .up
        case (UInt8(ascii: "B"), _), (UInt8(ascii: "b"), ""): .down
        case (UInt8(ascii: "C"), _): movesByWords(parameters) ? .wordRight : .right
        case (UInt8(ascii: "D"), _): movesByWords(parameters) ? .wordLeft : .left
        // rxvt, with Shift.
        case (UInt8(ascii: "c"), ""): .right
        case (UInt8(ascii: "d"), ""): .left
        case (UInt8(ascii: "F"), _): .end
        case (UInt8(ascii: "H"), _): .home
        case (UInt8(ascii: "~"), _): key(forNumber: parameters)
        // rxvt says with the last byte whether Shift or Control is held.
        case (UInt8(ascii: "$"), _), (UInt8(ascii: "^"), _), (UInt8(ascii: "@"), _):
            key(forNumber: final == UInt8(ascii: "$") ? parameters : parameters + ";5")
        default: nil
        }
    }

    /// Whether Alt or Control is held: xterm counts what is held in the second parameter, from 1.
    private static func movesByWords(_ parameters: String) -> Bool {
        guard let held = parameters.split(separator: ";").dropFirst().first.flatMap({ Int($0) }) else {
            return false
        }
        return (1...16).contains(held) && (held - 1) & 6 != 0
    }

    private static func key(forNumber parameters: String) -> Key? {
        switch parameters.prefix(while: { $0 != ";" }) {
        case "1", "7": .home
        case "3": movesByWords(parameters) ? .killNextLetters : parameters.contains(";") ? nil : .delete
        case "4", "8": .end
        default: nil
        }
    }

    /// Capital letters are those of control sequences; rxvt has small ones for keys with Control.
    ///
    /// - Parameter held: a digit in front of it, by which old versions of xterm say what is held.
    static func key(forFunction final: UInt8, held: UInt8?) -> Key? {
        let movesByWords = held.map { self.movesByWords("1;\(Character(Unicode.Scalar($0)))") } ?? false
        return switch final {
        case UInt8(ascii: "A"), UInt8(ascii: "a"): .up
        case UInt8(ascii: "B"), UInt8(ascii: "b"): .down
        case UInt8(ascii: "C"): movesByWords ? .wordRight : .right
        case UInt8(ascii: "D"): movesByWords ? .wordLeft : .left
        case UInt8(ascii: "c"): .wordRight
        case UInt8(ascii: "d"): .wordLeft
        case UInt8(ascii: "F"): .end
        case UInt8(ascii: "H"): .home
        case UInt8(ascii: "M"): .enter
        default: nil
        }
    }
}
