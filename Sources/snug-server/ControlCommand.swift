// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
internal import Glibc
internal import SnugProgram
public import SnugServer
internal import SnugSystem

struct ControlCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "ctl",
        abstract: "Ask a running server something, or moderate, through its control socket.",
        usage: "snug-server ctl --control PATH ACTION [WORDS ...] [--json]",
        discussion: """
            who                        who is connected, from where, since when, how
            rooms                      all rooms, private ones too
            bans                       who is banned or muted
            stats                      how much there is of everything
            kick NAME [REASON]         put somebody out of the chat
            mute NAME [10m|forever]    take no lines from somebody
            ban NAME [1h|7d|forever] [REASON]
            unban NUMBER               end a ban or a mute
            reload                     read the files again, as SIGHUP does

            For the server's user and root. A name with spaces is one word: 'ann lee'.
            Exit codes: 0 done, 1 refused by the server in its words, 64 wrong usage,
            69 no server answers, 76 something else answers, 77 not for you.
            """
    )

    @Option(help: "The path that the server was given with --control.")
    var control: String?

    @Flag(help: "Print the server's messages as they are, one JSON object a line.")
    var json = false

    @Argument(help: ArgumentHelp("What to do.", valueName: "action"))
    var action: ControlOrder.Action

    @Argument(help: ArgumentHelp("What the action takes.", valueName: "words"))
    var words: [String] = []

    static let environmentOptions = ["control"]

    func validate() throws { _ = try order() }

    private func order() throws -> ControlOrder {
        do throws(ControlOrder.Misuse) { return try ControlOrder(action, words) } catch {
            throw ValidationError("\(error).")
        }
    }

    func run() throws {
        // Whoever reads the output may have seen enough.
        ProcessHardening.ignoreBrokenPipeSignal()
        let order = try order()
        // Asked for only here, since a variable may give it.
        guard let control else { throw ValidationError("Missing expected argument '--control <control>'.") }
        try Failure.report { () throws(Failure) in
            do throws(ControlError) {
                try ControlClient.send(order, to: control) { answer in
                    let text = (json ? [answer.json] : answer.lines).map { $0 + "\n" }.joined()
                    do throws(SystemError) { try Polling.write(Array(text.utf8), to: STDOUT_FILENO) } catch {
                        return false
                    }
                    return true
                }
            } catch {
                throw Failure(error.description, hint: error.commandHint, code: error.exitCode)
            }
        }
    }
}

extension ControlOrder.Action: ExpressibleByArgument {}

extension ControlError {
    fileprivate var exitCode: Failure.Code {
        switch self {
        case .noServer: .protocolError
        case .notPermitted, .notTheServer: .refused
        case .refused: .failure
        case .unfit: .usage
        case .lost, .silent, .unreachable: .unreachable
        }
    }

    /// What to do about it.
    fileprivate var commandHint: String {
        switch self {
        case .lost: "see the server's log for why"
        case .noServer, .unfit: "give the path that the server was given with --control"
        case .notPermitted: "call this as the server's user or as root"
        case .notTheServer: "do not trust it; start the server with --control in a folder that is yours alone"
        case .refused(_, let hint, namesNobody: true):
            hint ?? "snug-server ctl --control PATH who shows who is here, and bans the numbers"
        case .refused(_, let hint, namesNobody: false): hint ?? "mend that and try again: nothing has changed"
        case .silent: "see whether the server is stopped or stuck"
        case .unreachable: "start the server with --control PATH, or give the path that it was given"
        }
    }
}
