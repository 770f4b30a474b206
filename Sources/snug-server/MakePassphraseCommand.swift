// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import SnugProgram
internal import SnugSystem
internal import SnugTransport

struct MakePassphraseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-passphrase",
        abstract: "Make a passphrase that nobody guesses.",
        discussion: """
            Five groups of five letters that can be said and typed; 80 random bits. Prints
            it, or writes it to a file for CHAT_SECRET_FILE.
            """
    )

    @Option(help: "File to write to instead, for you alone; never replaced. Its folder is made if missing.")
    var out: String?

    func run() throws {
        try Failure.report { () throws(Failure) in
            do throws(PassphraseError) {
                let passphrase = try Passphrase.random()
                if let out {
                    try write(passphrase, to: out)
                } else {
                    try show(passphrase)
                }
            } catch {
                throw Failure(error.description, hint: error.hint, code: .badConfiguration)
            }
        }
    }

    private func show(_ passphrase: borrowing Passphrase) throws(PassphraseError) {
        let line = passphrase.withBytes { Array($0) } + [UInt8(ascii: "\n")]
        do throws(SystemError) { try Polling.write(line, to: STDOUT_FILENO) } catch {
            throw .unwritable(error)
        }
    }

    private func write(_ passphrase: borrowing Passphrase, to path: String) throws(PassphraseError) {
        do throws(SystemError) {
            try passphrase.withBytes { (bytes) throws(SystemError) in
                try StagedFiles.create(path, isForEverybody: false, bytes.bytes)
            }
        } catch {
            throw error.code == EEXIST ? .fileExists(path) : .unwritable(error)
        }
        standardError("wrote a passphrase to \(path)")
    }
}
