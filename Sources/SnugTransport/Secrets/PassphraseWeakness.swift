// SPDX-License-Identifier: Apache-2.0

/// What makes a passphrase easy to guess; it never holds a part of one.
public enum PassphraseWeakness: Equatable, Sendable, CustomStringConvertible {
    /// Among the first that anyone tries, whatever its case, its separators and the digits around it.
    case common

    /// Digits alone, and so few of them that all can be tried.
    case digitsOnly

    /// One character after another, or few different ones.
    case monotonous

    /// Fewer characters than it takes.
    case short(characters: Int)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .common: "the passphrase is one of those that are tried first"
        case .digitsOnly: "the passphrase is nothing but a few digits"
        case .monotonous: "the passphrase is nothing but a sequence or a repetition"
        case .short(let count): "the passphrase has only \(count) character\(count == 1 ? "" : "s")"
        }
    }
}

extension Passphrase {
    /// A shorter passphrase is weak, whatever is in it.
    public static let fewestCharacters = 8

    /// Why it would not keep anyone out for long; nil for no reason that is found.
    public var weakness: PassphraseWeakness? {
        // Judged in place: a String would be a copy that nobody overwrites.
        withBytes { bytes in
            let characters = bytes.count { $0 & 0xc0 != 0x80 }
            if characters < Self.fewestCharacters { return .short(characters: characters) }
            if bytes.isMonotonous { return .monotonous }
            if bytes.count < 12, bytes.allSatisfy(\.isDigit) { return .digitsOnly }
            return bytes.isCommon ? .common : nil
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var isMonotonous: Bool {
        let steps = zip(self, dropFirst()).lazy.map { Int($1) - Int($0) }
        return Set(self).count < 4 || steps.allSatisfy { $0 == 1 } || steps.allSatisfy { $0 == -1 }
    }

    fileprivate var isCommon: Bool {
        let core = trimmed
        return commonPassphrases.contains { common in
            lazy.map(\.lowercased).elementsEqual(common.utf8)
                || core.lazy.filter { !$0.isSeparator }.map(\.read).elementsEqual(common.utf8)
        }
    }

    /// Without what people put around a word to have digits and signs in it.
    private var trimmed: Slice<UnsafeRawBufferPointer> {
        guard let first = firstIndex(where: \.isLetter), let last = lastIndex(where: \.isLetter) else {
            return self[...]
        }
        return self[first...last]
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// Bytes of other scripts count as letters.
    fileprivate var isLetter: Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(lowercased) || self >= 0x80
    }

    fileprivate var isSeparator: Bool { " -_.,".utf8.contains(self) }

    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self + 32 : self
    }

    /// The letter that a digit or sign is written for.
    fileprivate var read: UInt8 {
        switch self {
        case UInt8(ascii: "0"): UInt8(ascii: "o")
        case UInt8(ascii: "1"), UInt8(ascii: "!"): UInt8(ascii: "i")
        case UInt8(ascii: "3"): UInt8(ascii: "e")
        case UInt8(ascii: "4"), UInt8(ascii: "@"): UInt8(ascii: "a")
        case UInt8(ascii: "5"), UInt8(ascii: "$"): UInt8(ascii: "s")
        case UInt8(ascii: "7"): UInt8(ascii: "t")
        default: lowercased
        }
    }
}

/// Of the lists of leaked passwords those that lead them, in small letters and without separators; of documents like
/// this project's what people copy from them.
private let commonPassphrases = """
    0987654321 1q2w3e4r 1q2w3e4r5t 1qaz2wsx 123qweasd a1b2c3d4 aa123456 abc abcd abcd1234 access admin
    administrator adminadmin asdf asdfgh asdfghjk asdfghjkl azerty azertyuiop babygirl baseball basketball
    batman butterfly changeit changeme changethis charlie cheese chocolate computer correcthorsebatterystaple
    default dragon dubsmash flower football freedom geheim guest guestguest hallo hallowelt hello hellohello
    helloworld iloveyou internet jennifer jesus killer letmein liverpool login love lovely master michael
    michelle monkey mypassword newpassword nothing opensesame pass passphrase passw password passwordpassword
    passwort passwd pokemon princess qazwsx qazwsxedc qwer qwer1234 qwert qwerty qwertyui qwertyuiop qwertz
    qwertzuiop root samsung schatz secret secretsecret secure sesame shadow snug snugserver snugsnug starwars
    summer sunshine superman test tester testing testtest thisisasecret topsecret trustno1 trustnoi user
    welcome whatever winter zaq12wsx zxcvbnm
    """.split { $0 == " " || $0.isNewline }
