// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

/// What can be typed behind a slash and is for this program to know, beside the commands that both levels have.
enum LocalCommand: String, CaseIterable {
    case bell
    case clear
    case go
    case leave
    case tls

    /// The command that a line is, and what stands behind it.
    static func parse(_ line: String) -> (command: LocalCommand, argument: String)? {
        let text = line.trimmingSpace()
        let word = text.prefix { !$0.isWhitespace }
        guard word.first == "/",
            let command = LocalCommand(rawValue: word.dropFirst().lowercased())
        else { return nil }
        return (command, String(text[word.endIndex...].trimmingSpace()))
    }

    /// The command with its arguments, as people write it.
    var usage: String {
        switch self {
        case .bell: "/bell [off|mention|all]"
        case .clear: "/clear"
        case .go: "/go ROOM or /go NUMBER"
        case .leave: "/leave [ROOM]"
        case .tls: "/tls"
        }
    }

    /// What it does.
    private func meaning(_ style: ConversationOptions.Style) -> String {
        switch self {
        case .bell: "what rings the bell"
        // Who listens types whole lines: no key does anything by itself.
        case .clear:
            "empty the screen\(style == .marks ? ", as Ctrl-L does" : ""); what has scrolled away stays"
        case .go:
            "talk in another room that you are in\(style == .marks ? "; Alt and its number do the same" : "")"
        case .leave: "leave this room, or another one"
        case .tls: "how this connection is protected"
        }
    }

    /// A line of help for each command, and one for those of operators.
    static func help(_ phrasing: Phrasing) -> [String] {
        let commands =
            Command.all.map { ($0.usage, $0.meaning) }
            + allCases.map { ($0.usage, $0.meaning(phrasing.style)) }
        let operators = Command.ofOperators.map { phrasing.usage($0.usage) }
        return commands.map { "\(phrasing.usage($0.0)): \($0.1)" } + [
            "for operators: " + operators.joined(separator: ", "),
            "anything else is said to everybody in the room; //x says /x",
        ]
    }

    /// All that Tab completes.
    static var words: [String] {
        ((Command.all + Command.ofOperators).map(\.rawValue) + allCases.map(\.rawValue)).map { "/\($0)" }
            .sorted()
    }
}
