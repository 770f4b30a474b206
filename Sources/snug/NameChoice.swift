// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugProgram
internal import SnugRooms
internal import SnugSystem
internal import SnugTransport

/// What somebody is called who has given no name with this start.
enum NameChoice {
    /// The name that was given, or else that of an earlier answer, or else the login name.
    static func current(given name: String?) -> String {
        name ?? RememberedName.standard?.read() ?? LoginName.current
    }

    /// The same, but asks whoever sits at a terminal and was not asked before.
    static func currentOrAsked(given name: String?) throws(Failure) -> String {
        if let name = name ?? RememberedName.standard?.read() { return name }
        guard PassphrasePrompt.hasSomebodyToAsk else { return LoginName.current }
        let answer = try ask(offering: MemberName(cleaning: LoginName.current)?.text)
        remember(answer)
        return answer
    }

    /// How often an answer may be no name.
    private static let questions = 3

    private static func ask(offering offer: String?) throws(Failure) -> String {
        for _ in 0..<questions {
            do throws(SystemError) {
                let question = "what is your name here?\(offer.map { " [\($0)]" } ?? "") "
                try Polling.write(Array(question.utf8), to: 2)
                let line = try Polling.read(0, atMost: 4_096)
                guard !line.isEmpty else {
                    try Polling.write([0x0A], to: 2)
                    break
                }
                let text = String(decoding: line, as: UTF8.self)
                if let offer, text.allSatisfy(\.isWhitespace) { return offer }
                if let name = MemberName(cleaning: text) { return name.text }
            } catch {
                throw Failure(
                    "the name cannot be read: \(error)",
                    hint: "give it with --name",
                    code: .failure
                )
            }
            standardError("of that nothing is left that can be a name")
        }
        throw Failure("nobody said a name", hint: "give one with --name", code: .usage)
    }

    private static func remember(_ name: String) {
        guard let file = RememberedName.standard else { return }
        do throws(SystemError) {
            try file.write(name)
            standardError("you are \(name) from now on, as \(file.path) has it; --name is for another one")
        } catch {
            standardError("warning: you will be asked again: \(file.path) cannot be written: \(error)")
        }
    }
}
