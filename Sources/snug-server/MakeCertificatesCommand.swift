// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugProgram
internal import SnugTransport

struct MakeCertificatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-certs",
        abstract: "Make a lab authority and a server certificate signed by it.",
        usage: "snug-server make-certs [--out FOLDER] [--name NAME ...] [OPTIONS]",
        discussion: """
            Writes ca.pem, ca-key.pem, server.pem and server-key.pem. Give ca.pem, and
            nothing else, to those who join.
            """
    )

    @Option(help: "Folder to write to; made if missing.")
    var out = "certs"

    @Option(
        name: .customLong("name"),
        help:
            "A host name or address of the server; give one for each. (default: localhost, 127.0.0.1 and ::1)"
    )
    var names: [String] = []

    @Option(help: "Days the server's certificate is valid.")
    var days = 90

    @Flag(help: "Replace existing files.")
    var force = false

    func run() throws {
        try Failure.report { () throws(Failure) in
            do throws(CertificateError) {
                try LabCertificates.write(
                    to: out,
                    names: names.isEmpty ? LabCertificates.defaultNames : names,
                    days: days,
                    replacing: force
                )
            } catch {
                throw Failure(error.description, hint: error.hint, code: .badConfiguration)
            }
            standardError("wrote ca.pem, ca-key.pem, server.pem and server-key.pem to \(out)/")
        }
    }
}
