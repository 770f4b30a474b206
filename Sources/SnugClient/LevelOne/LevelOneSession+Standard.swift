// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
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
        describeConnection: @escaping (ServerMessage.HistoryPolicy?) -> [String],
        _ outcome: inout Outcome
    ) throws(ClientError) {
        let palette = options.style == .marks ? OwnTerminal.palette : .none
        let task = ConversationTask(options, input: 0, describeConnection: describeConnection) {
            () throws(SystemError) in
            try TerminalInterface(input: 0, output: 1, palette: palette, echoesOwnLines: false)
        }
        let terminal = { task.interface as? TerminalInterface }
        defer {
            outcome.hasQuit = task.hasQuit
            terminal()?.close()
        }
        do throws(ClientError) { try run(task) } catch {
            if error.isNews, let terminal = terminal() {
                outcome.unsentLines = terminal.outlastChat(error.description)
            }
            throw error
        }
    }
}
