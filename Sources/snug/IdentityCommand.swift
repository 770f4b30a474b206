// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugClient
internal import SnugProgram
internal import SnugSystem
internal import SnugTransport

struct IdentityCommand: TakesVariables {
    static let configuration = CommandConfiguration(
        commandName: "identity",
        abstract: "Make the key that servers know you by, and show its fingerprint.",
        usage: "snug identity [--show | --path] [--identity FILE]",
        discussion: """
            Makes a key the first time, and never a second one. Prints its fingerprint,
            which is not secret: it is what a server's owner needs to know you by. The
            file is: whoever has it is you. Copy it to your other machines, and keep it.

            --identity FILE is another place for the key, as it is for snug itself.
            """
    )

    /// Has the option of the same name: it would take it from here anyway, and leave this command's own one empty.
    @ParentCommand var chat: ClientCommand

    @Flag(help: "Only show the key that is there, and make none.")
    var show = false

    @Flag(help: "Only print where the key is, or would be.")
    var path = false

    static let environmentOptions = ["identity"]
    static let configurationKeys = ClientCommand.configurationKeys
    static let paths = ClientCommand.paths

    func validate() throws {
        guard !(show && path) else { throw ValidationError("--show and --path exclude each other.") }
    }

    func run() throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        ProcessHardening.forbidCoreDumps()
        try Failure.report { () throws(Failure) in
            guard let file = chat.identity.map(IdentityFile.init(path:)) ?? .standard else {
                throw Failure(
                    "there is no home to keep a key in: neither XDG_DATA_HOME nor HOME is a path",
                    hint: "name a file: snug identity --identity FILE",
                    code: .badConfiguration
                )
            }
            if path {
                try StandardOutput.write([file.path])
            } else {
                try StandardOutput.write([key(in: file).fingerprint.description])
            }
        }
    }

    private func key(in file: IdentityFile) throws(Failure) -> ClientKey {
        do throws(IdentityError) {
            guard !file.exists, !show else {
                let key = try file.read()
                standardError("your key is in \(file.path)")
                return key
            }
            let key = try file.create()
            standardError("made a key in \(file.path); whoever has that file is you")
            return key
        } catch {
            throw Failure(error)
        }
    }
}

extension Failure {
    init(_ error: IdentityError) {
        let hint =
            if case .unusableFile(let path, .missing) = error {
                "check the path, or make a key there: snug identity --identity \(ShellWord.quoted(path))"
            } else {
                error.hint
            }
        self.init(error.description, hint: hint, code: .badConfiguration)
    }
}
