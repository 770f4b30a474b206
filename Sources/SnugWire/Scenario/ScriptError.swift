// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms

/// Why a script cannot be played, and where.
public struct ScriptError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The line, counted from 1; nil if it is about the script as a whole.
    public let line: Int?

    /// What is wrong.
    public let fault: ScriptFault

    init(_ fault: ScriptFault, line: Int? = nil) {
        self.line = line
        self.fault = fault
    }

    /// One lower-case sentence without a full stop; it may quote the script, so clean it before showing it.
    public var description: String { line.map { "line \($0) \(fault)" } ?? "the script \(fault)" }

    /// What to do about it, one sentence.
    public var hint: String { fault.hint }
}

/// What can be wrong in a script.
public enum ScriptFault: Error, Equatable, Sendable {
    case guessTooLong(limitBytes: Int)
    case hasLeft(String)
    case lineTooLong
    case lookalike(String, String)
    case noSpeaker
    case nobodyComesIn
    case notUTF8
    case nothingSaid
    case nothingToDo
    case rightGuess
    case shownByHello(String)
    case tooLong(limitBytes: Int)
    case tooManyGuesses(Int)
    case tooManyPeople(Int)
    case tooManySteps(Int)
    case unfitCharacters
    case unknownCommand(String)
    case unusableName(String)
}

extension ScriptFault: CustomStringConvertible {
    /// What to put behind the place of the fault.
    public var description: String {
        switch self {
        case .guessTooLong(let limit): "guesses a passphrase of more than \(limit) bytes"
        case .hasLeft(let name): "lets \(name) speak, who has left"
        case .lineTooLong:
            "says more than \(ChatLine.maximumCharacters) characters or \(ChatLine.maximumBytes) bytes"
        case .lookalike(let name, let other): "brings in \(name), who could be taken for \(other)"
        case .noSpeaker: "does not say who speaks"
        case .nobodyComesIn: "lets nobody into the room"
        case .notUTF8: "is not UTF-8 text"
        case .nothingSaid: "says nothing that can be seen"
        case .nothingToDo: "has no line in which somebody says something"
        case .rightGuess: "guesses the right passphrase"
        case .shownByHello(let text): "has \"\(text)\", which every client of Snug's shows in clear"
        case .tooLong(let limit): "is longer than \(limit) bytes"
        case .tooManyGuesses(let limit): "is guess number \(limit + 1) at the passphrase"
        case .tooManyPeople(let limit): "brings in person number \(limit + 1)"
        case .tooManySteps(let limit): "is step number \(limit + 1)"
        case .unfitCharacters: "has invisible characters or too many marks on one letter"
        case .unknownCommand(let command): "uses \(command), which a script cannot"
        case .unusableName(let name): "has \"\(name)\" in the place of a name"
        }
    }

    fileprivate var hint: String {
        switch self {
        case .hasLeft: "move that person's /quit to the end"
        case .guessTooLong: "guess something shorter"
        case .lineTooLong: "split it into several lines"
        case .lookalike, .unusableName:
            "use names of at most \(MemberName.maximumCharacters) characters, none of * : and comma, "
                + "that nobody confuses"
        case .noSpeaker, .nothingSaid, .nothingToDo, .nobodyComesIn: "write lines such as:  aisha: hello"
        case .notUTF8: "save the script as UTF-8"
        case .rightGuess: "guess something else; whoever is in the room knows the right one already"
        case .shownByHello:
            "put something else in its place: the search is tried out on "
                + ModeAnalysis.namesInAnyHello.joined(separator: ", ")
        case .tooLong, .tooManySteps, .tooManyPeople, .tooManyGuesses: "leave some of it out"
        case .unfitCharacters: "type that line again instead of copying it"
        case .unknownCommand: "a script may use /who, /help, /quit and /guess WORDS"
        }
    }
}
