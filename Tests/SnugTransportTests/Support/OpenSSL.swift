// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The openssl program: a judge of certificates that shares no code with GnuTLS.
enum OpenSSL {
    struct Verdict {
        let accepted: Bool
        let text: String
    }

    /// Verifies the first certificate in a file, trusting those in `authority` and nobody else (openssl-verify(1)).
    static func verify(_ certificate: String, authority: String, _ options: [String] = []) throws -> Verdict {
        try run(
            ["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", authority] + options + [
                certificate
            ]
        )
    }

    static func run(_ arguments: [String]) throws -> Verdict {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Verdict(accepted: process.terminationStatus == 0, text: text)
    }
}
