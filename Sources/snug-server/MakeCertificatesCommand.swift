// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugLab
internal import SnugProgram

struct MakeCertificatesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make-certs",
        abstract: "Make a lab authority and a server certificate signed by it.",
        usage: "snug-server make-certs [--out FOLDER] [--name NAME ...] [OPTIONS]",
        discussion: """
            Writes ca.pem, ca-key.pem, server.pem and server-key.pem. Give ca.pem, and
            nothing else, to those who join. Before the 90 days are over, --renew makes
            the next server.pem; nobody needs another ca.pem for it.
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

    @Flag(
        help:
            "Make a new server.pem by the authority that is there, for the same key and names, and any --name."
    )
    var renew = false

    @Flag(help: "Make all four anew though there are some; those are kept as NAME.old-1.pem.")
    var force = false

    func validate() throws {
        guard !(renew && force) else { throw ValidationError("--renew and --force exclude each other.") }
    }

    func run() throws {
        try Failure.report { () throws(Failure) in
            do throws(CertificateError) {
                standardError(renew ? try renewed() : try made())
            } catch {
                throw Failure(error.description, hint: error.hint, code: .badConfiguration)
            }
        }
    }

    private func renewed() throws(CertificateError) -> [String] {
        let renewal = try LabCertificates.renew(in: out, names: names, days: days)
        return [
            "wrote \(renewal.files.joined(separator: ", ")) to \(out)/, good until \(renewal.expiry) for "
                + renewal.names.joined(separator: ", "),
            "a server that runs reads it on SIGHUP",
        ]
    }

    private func made() throws(CertificateError) -> [String] {
        let kept = try LabCertificates.write(
            to: out,
            names: names.isEmpty ? LabCertificates.defaultNames : names,
            days: days,
            replacing: force
        )
        return ["wrote ca.pem, ca-key.pem, server.pem and server-key.pem to \(out)/"]
            + (kept.isEmpty ? [] : ["kept what was there as \(kept.joined(separator: ", "))"])
    }
}
