// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTerminal

extension ChatSession {
    /// Chats over the program's own input and output until either side ends.
    ///
    /// With a terminal at both it edits a line while messages come in above it; otherwise it is a filter. Whoever is at
    /// a keyboard when the chat ends for another reason than their own is told, and keeps the program until they want
    /// out: otherwise a shell would get what they are typing.
    ///
    /// - Parameter draws: whether that is wanted; otherwise a terminal is not drawn upon either.
    public func chat(draws: Bool = true) throws(ClientError) {
        guard draws, OwnTerminal.canDraw else {
            let interface = FilterInterface(output: 1, obeysSequences: draws && OwnTerminal.obeysSequences)
            do throws(ClientError) { try chat(input: 0, over: interface) } catch {
                if isNews(error) { unsentLines = interface.outlastChat(error.description, input: 0) }
                throw error
            }
            return
        }
        let interface: TerminalInterface
        do throws(SystemError) {
            interface = try TerminalInterface(
                input: 0,
                output: 1,
                palette: OwnTerminal.palette,
                echoesOwnLines: true
            )
        } catch { throw .inputFailed(error) }
        defer { interface.close() }
        do throws(ClientError) { try chat(input: 0, over: interface) } catch {
            if isNews(error) { unsentLines = interface.outlastChat(error.description) }
            throw error
        }
    }

    private func isNews(_ error: ClientError) -> Bool { error.isNews(afterEntering: hasShownAnything) }
}

extension ClientError {
    /// Whether somebody who is at a keyboard has to be told before the keyboard is another program's.
    ///
    /// - Parameter hasEntered: whether the server had let them in; who was not is asked for the passphrase, or sees why.
    func isNews(afterEntering hasEntered: Bool) -> Bool {
        switch self {
        case .inputFailed, .leftEarly, .outputFailed: false
        case .wrongPassphrase: hasEntered
        default: true
        }
    }
}
