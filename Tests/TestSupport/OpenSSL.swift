// SPDX-License-Identifier: Apache-2.0

/// The openssl program: a judge of certificates that shares no code with GnuTLS.
public enum OpenSSL {
    public struct Verdict {
        public let accepted: Bool
        public let text: String
    }

    /// Verifies the first certificate in a file, trusting those in `authority` and nobody else (openssl-verify(1)).
    public static func verify(
        _ certificate: String,
        authority: String,
        _ options: [String] = []
    ) throws -> Verdict {
        try run(
            ["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", authority] + options + [
                certificate
            ]
        )
    }

    public static func run(_ arguments: [String]) throws -> Verdict {
        let process = try ChildProcess("/usr/bin/openssl", arguments)
        let accepted = try process.finish() == 0
        let printed = process.bytes(of: .output) + process.bytes(of: .errors)
        return Verdict(accepted: accepted, text: String(decoding: printed, as: UTF8.self))
    }
}
