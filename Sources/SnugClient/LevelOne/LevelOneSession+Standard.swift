// SPDX-License-Identifier: Apache-2.0

public import SnugProtocol
internal import SnugSystem
internal import SnugTerminal

extension LevelOneSession {
    /// How a chat ended at a terminal.
    public struct Outcome {
        /// Whether the user ended it by `/quit`.
        public var hasQuit = false

        /// What was typed when the chat had ended, a line each, and was not sent.
        public var unsentLines: [String] = []

        /// Nothing has happened.
        public init() {}
    }

    /// Chats at the program's own terminal until the user wants out or something is final.
    ///
    /// Whoever is at the keyboard when it ends for another reason than their own is told, and keeps the program until
    /// they want out: otherwise a shell would get what they are typing.
    ///
    /// - Parameters:
    ///   - describeConnection: how the connection is protected, and what the server keeps, a line each.
    ///   - outcome: how it ended, also if this throws.
    public func chat(
        _ options: ConversationOptions,
        describeConnection: @escaping (ServerMessage.Hello?) -> [String],
        _ outcome: inout Outcome
    ) throws(ClientError) {
        let task = ConversationTask(options, input: 0, describeConnection: describeConnection) {
            () throws(SystemError) in
            guard options.style == .marks else {
                return FilterInterface(output: 1, style: options.style)
            }
            return try TerminalInterface(
                input: 0,
                output: 1,
                palette: OwnTerminal.palette,
                echoesOwnLines: false,
                notifies: OwnTerminal.notifies
            )
        }
        defer {
            outcome.hasQuit = task.hasQuit
            (task.interface as? TerminalInterface)?.close()
        }
        do throws(ClientError) { try run(task) } catch {
            // Who is cut off in the middle of a word by a question for a passphrase would answer it with the rest.
            guard error.isNews(afterEntering: task.interface != nil) else { throw error }
            switch task.interface {
            case let terminal as TerminalInterface:
                outcome.unsentLines = terminal.outlastChat(error.description)
            case let filter as FilterInterface:
                outcome.unsentLines = filter.outlastChat(error.description, input: 0)
            default: break
            }
            throw error
        }
        guard isAnswered else { throw .leftEarly }
    }
}
