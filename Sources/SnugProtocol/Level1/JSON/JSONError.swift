// SPDX-License-Identifier: Apache-2.0

/// Why bytes are no JSON that the protocol takes; `at` counts bytes from the frame's first.
public enum JSONError: Error, Equatable, Sendable {
    case badEscape(at: Int)
    case controlCharacter(at: Int)
    case duplicateMember(at: Int)
    case loneSurrogate(at: Int)
    case notUTF8(at: Int)
    case notAnObject
    case numberNotWhole(at: Int)
    case numberTooLarge(at: Int)
    case tooDeep(at: Int)
    case tooLong(bytes: Int)
    case tooManyMembers(at: Int)

    /// What stands at `at`, or the end of the frame, is not what RFC 8259 has there.
    case unexpected(at: Int)
}

extension JSONError: CustomStringConvertible {
    /// One sentence for the peer and for a log.
    public var description: String {
        switch self {
        case .badEscape(let at): "the escape at byte \(at) is none of RFC 8259"
        case .controlCharacter(let at): "the string at byte \(at) holds a control character"
        case .duplicateMember(let at): "the member at byte \(at) is there twice"
        case .loneSurrogate(let at): "the escape at byte \(at) is half of a surrogate pair"
        case .notUTF8(let at): "the bytes at byte \(at) are not UTF-8"
        case .notAnObject: "the frame holds no object"
        case .numberNotWhole(let at): "the number at byte \(at) has a fraction or an exponent"
        case .numberTooLarge(let at): "the number at byte \(at) is not between -2^53 and 2^53"
        case .tooDeep(let at): "byte \(at) opens a level below the \(JSONLimits.nesting)th"
        case .tooLong(let bytes): "the message has \(bytes) bytes"
        case .tooManyMembers(let at): "the object has its \(JSONLimits.members + 1)th member at byte \(at)"
        case .unexpected(let at): "byte \(at) is not what JSON has there"
        }
    }

    /// What whoever wrote the message can do about it.
    public var hint: String {
        switch self {
        case .badEscape: #"write \" \\ \/ \b \f \n \r \t or \u and four hexadecimal digits"#
        case .controlCharacter: #"write characters below U+0020 as \u and four hexadecimal digits"#
        case .duplicateMember: "name each member of an object once"
        case .loneSurrogate: "write both halves of the pair, or the character itself as UTF-8"
        case .notUTF8: "encode the message as UTF-8"
        case .notAnObject: "send one object for each frame, such as {\"type\":\"who\",\"room\":\"main\"}"
        case .numberNotWhole: "write whole numbers, without a point or an exponent"
        case .numberTooLarge: "keep numbers below 9007199254740992, and ids as strings"
        case .tooDeep: "nest objects and lists at most \(JSONLimits.nesting) deep, the message included"
        case .tooLong: "keep a message within \(JSONLimits.bytes) bytes"
        case .tooManyMembers: "give an object at most \(JSONLimits.members) members"
        case .unexpected: "write one object as RFC 8259 has it, without comments or commas at the end"
        }
    }
}

/// How much JSON a message may be, whoever sends it.
public enum JSONLimits {
    /// The most bytes of a message, which is what one frame carries.
    public static let bytes = 8192

    /// How many objects and lists may be open at once; the message itself is the first.
    public static let nesting = 4

    /// The most members of one object.
    ///
    /// Each key is compared with those before it, so this bounds the work that a frame of keys makes.
    public static let members = 32

    /// The greatest number that every language's JSON keeps exactly: 2^53 - 1 (RFC 8259 section 6).
    public static let number: Int64 = 9_007_199_254_740_991
}
