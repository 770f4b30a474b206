// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

/// Somebody called aisha, in a home and a folder of its own, where there are no certificates.
protocol HasHome {
    var home: TemporaryFolder { get }
}

extension HasHome {
    func start(_ words: [String], environment: [String: String] = [:]) throws -> ChildProcess {
        try ChildProcess(
            "/bin/sh",
            ["-c", "cd \"$HOME\" && exec \"$@\"", "sh", BuiltPrograms.path(of: "snug")] + words + [
                "--name=aisha"
            ],
            environment: ["HOME": home.path].merging(environment) { $1 }
        )
    }

    func link(of server: ServerProcess) throws -> String {
        let line = try server.expectLog("others join with: snug 'snug://")
        return try #require(line.split(separator: "'").last.map(String.init))
    }

    func pin(of server: ServerProcess) throws -> String {
        try #require(link(of: server).split(separator: "=", maxSplits: 1).last.map(String.init))
    }

    func expectRefusal(of client: ChildProcess, code: Int32 = 77) throws -> (
        error: String, hint: String
    ) {
        #expect(try client.waitForExit() == code, "\(client.lines(of: .errors))")
        #expect(client.bytes(of: .output).isEmpty)
        let lines = client.lines(of: .errors).suffix(2)
        let (error, hint) = (try #require(lines.first), try #require(lines.last))
        #expect(error.hasPrefix("error: ") && hint.hasPrefix("hint: "))
        return (error, hint)
    }
}
