// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugSystem

/// Why a measurement could not be made.
struct LoadFailure: Error {
    let sentence: String
    let hint: String
    var code: Int32 = 1

    /// Runs `body`; a failure is shown as an `error:` and a `hint:` line, and ends the program with its exit code.
    static func report(_ body: () throws(LoadFailure) -> Void) throws {
        do throws(LoadFailure) {
            try body()
        } catch {
            try? Polling.write(Array("error: \(error.sentence)\nhint: \(error.hint)\n".utf8), to: 2)
            throw ExitCode(error.code)
        }
    }

    static func system(_ error: SystemError) -> LoadFailure {
        LoadFailure(sentence: "\(error)", hint: "raise the limit of open files: ulimit -n 20000")
    }
}
