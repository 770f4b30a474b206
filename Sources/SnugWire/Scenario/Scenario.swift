// SPDX-License-Identifier: Apache-2.0

/// A chat to be played: who is there, and who does what in which order.
///
/// Everyone who says something comes in first, in the order of their first words, and who has not left by the end
/// leaves then.
public struct Scenario: Equatable, Sendable {
    /// What opens the room.
    public let passphrase: String

    /// Those who come in, in this order.
    public let people: [String]

    let steps: [Step]

    /// One thing that one person does.
    struct Step: Equatable, Sendable {
        let person: String
        let action: Action
    }

    /// What a person can do.
    enum Action: Equatable, Sendable {
        case ask(Command)
        /// Somebody who is not in the room tries a passphrase that is wrong.
        case guess(String)
        case leave
        case say(String)
    }

    /// What a person can ask the server.
    enum Command: String, CaseIterable, Sendable {
        case help = "/help"
        case who = "/who"
    }

    init(passphrase: String, steps: [Step]) {
        self.passphrase = passphrase
        self.steps = steps
        people = steps.reduce(into: []) { people, step in
            if case .guess = step.action { return }
            if !people.contains(step.person) { people.append(step.person) }
        }
    }

    /// What must not leak: the passphrase and guesses at it, the names, and every line.
    ///
    /// Without what is shorter than ``shortestPlantedBytes``.
    public var planted: [String] {
        let words = steps.compactMap { step -> String? in
            switch step.action {
            case .ask, .leave: nil
            case .guess(let text): text
            case .say(let text): Self.spoken(text)
            }
        }
        return ([passphrase] + people + words).reduce(into: []) { planted, text in
            guard text.utf8.count >= Self.shortestPlantedBytes, !planted.contains(text) else { return }
            planted.append(text)
        }
    }

    /// What is said by typing `text`: two slashes are one, since one alone would begin a command.
    ///
    /// That is level 0; at level 1 a line is said as it is.
    static func spoken(_ text: String) -> String { text.hasPrefix("//") ? String(text.dropFirst()) : text }

    /// What is shorter turns up in random bytes by chance, and finding it would prove nothing.
    ///
    /// Five given bytes are in 100 KB of random ones once in ten million runs, three in one run of two hundred.
    public static let shortestPlantedBytes = 5
}
