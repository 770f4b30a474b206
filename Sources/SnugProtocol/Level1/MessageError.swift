// SPDX-License-Identifier: Apache-2.0

/// Why a frame is no message: what is wrong, where, and what its writer can do.
public struct MessageError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Fault: Equatable, Sendable {
        case json(JSONError)
        case missing
        case notPrintable
        case outOfRange(ClosedRange<UInt64>)
        case tooLong(maximumBytes: Int)
        case tooMany(maximum: Int)
        case wrongType(expected: ValueType)
    }

    /// What a member holds.
    public enum ValueType: String, Equatable, Sendable {
        case flag = "true or false"
        case list = "a list"
        case number = "a number"
        case object = "an object"
        case text = "a string"
    }

    /// What is wrong.
    public let fault: Fault

    /// The member that is wrong, such as `resume.seen.main`; empty if all of the frame is.
    public let member: String

    /// The `ref` of the message, if that much of it could be read, so that the answer can carry it.
    public let ref: String?

    init(_ fault: Fault, member: String = "", ref: String? = nil) {
        self.fault = fault
        self.member = member
        self.ref = ref
    }

    /// What a server answers.
    public var answer: ServerMessage {
        ServerMessage(.refused(ServerMessage.Refused(.malformed, text: description, hint: hint)), ref: ref)
    }
}

extension MessageError: CustomStringConvertible {
    /// One sentence, which may quote what a peer wrote as the key of a member: not yet safe for a terminal.
    public var description: String {
        switch fault {
        case .json(let error): error.description
        case .missing: "the member \"\(member)\" is missing"
        case .notPrintable: "the member \"\(member)\" is empty or holds more than printable ASCII"
        case .outOfRange(let range):
            "the member \"\(member)\" is not between \(range.lowerBound) and \(range.upperBound)"
        case .tooLong(let maximum): "the member \"\(member)\" has more than \(maximum) bytes"
        case .tooMany(let maximum): "the member \"\(member)\" has more than \(maximum) entries"
        case .wrongType(let expected): "the member \"\(member)\" is not \(expected.rawValue)"
        }
    }

    /// What whoever wrote the message can do about it.
    public var hint: String {
        switch fault {
        case .json(let error): error.hint
        case .missing: "docs/protocol-1.md lists the members of each message"
        case .notPrintable: "use letters, digits and signs from U+0020 to U+007E"
        case .outOfRange, .tooLong: "docs/protocol-1.md has the limits"
        case .tooMany(let maximum): "send the first \(maximum), and the others in messages of their own"
        case .wrongType(.flag): "write true or false, without quotation marks; leave out what is false"
        case .wrongType: "leave a member out instead of writing null, and numbers without quotation marks"
        }
    }
}
