// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import TestSupport
import Testing

/// A real snug-server on ports of the kernel's choice, with a certificate that the tests' clients trust.
final class ServerProcess {
    let process: ChildProcess
    let port: UInt16
    let plainPort: UInt16?
    let folder: TemporaryFolder

    /// Starts it and waits until it accepts connections.
    ///
    /// - Parameter descriptors: how many it may have open at once (ulimit -n), if not as many as the tests.
    init(
        _ options: [String] = [],
        plain: Bool = false,
        environment: [String: String] = [:],
        descriptors: Int? = nil
    ) throws {
        folder = try .withCertificates()
        let words =
            [try BuiltPrograms.path(of: "snug-server"), "--port=0"] + folder.certificateOptions
            + (plain ? ["--plain-port=0"] : []) + options
        let limit = descriptors.map { "ulimit -n \($0) && " } ?? ""
        process = try ChildProcess(
            "/bin/sh",
            ["-c", "\(limit)exec \"$@\"", "sh"] + words,
            environment: environment
        )
        port = try Self.port(behind: "encrypted chat on ", in: process)
        plainPort = try plain ? Self.port(behind: "plain chat on ", in: process) : nil
    }

    private static func port(behind text: String, in process: ChildProcess) throws -> UInt16 {
        let line = try process.expect(text, on: .errors)
        let digits = line.split(separator: ":").last?.prefix(while: \.isNumber)
        return try #require(digits.flatMap { UInt16($0) }, "no port in \"\(line)\"")
    }

    func port(_ kind: TransportKind) -> UInt16 { kind == .tls ? port : plainPort ?? 0 }

    /// What a client needs to trust this server.
    var authority: String { folder.path("ca.pem") }

    /// Waits for a log line with `text` and returns it.
    @discardableResult
    func expectLog(_ text: String) throws -> String { try process.expect(text, on: .errors) }

    /// Tells it to stop, waits for that, and returns its exit code.
    func stop() throws -> Int32 {
        process.signal(SIGTERM)
        return try process.waitForExit()
    }

    /// How many descriptors it has open; see ``Inspection``.
    func descriptorCount() throws -> Int { try Inspection.descriptorCount(of: process.pid) }
}

extension TemporaryFolder {
    /// A folder with server.pem, server-key.pem and the ca.pem that makes a client trust them.
    static func withCertificates() throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        try folder.write(TestAuthority.shared.authorityPEM, to: "ca.pem", mode: 0o644)
        try folder.write(TestAuthority.shared.certificate, to: "server")
        return folder
    }

    /// The options that tell a server of its certificate.
    var certificateOptions: [String] { ["--cert=\(path("server.pem"))", "--key=\(path("server-key.pem"))"] }

    /// Writes NAME.pem and NAME-key.pem.
    func write(_ issued: borrowing IssuedCertificate, to name: String) throws {
        try write(issued.certificateChainPEM, to: "\(name).pem", mode: 0o644)
        try write(issued.privateKeyPEM.withBytes { Array($0) }, to: "\(name)-key.pem", mode: 0o600)
    }
}

/// A real snug.
enum ClientProcess {
    /// Starts a client of a server on this machine; its input is a pipe, so it is a filter.
    static func start(
        _ name: String,
        port: UInt16,
        authority: String,
        options: [String] = [],
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        try ChildProcess(
            BuiltPrograms.path(of: "snug"),
            ["--host=localhost", "--port=\(port)", "--name=\(name)", "--ca=\(authority)"] + options,
            environment: environment
        )
    }
}

/// Peers that were written from the lesson and share no code with this project.
enum PythonPeer {
    static func start(
        _ script: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> ChildProcess {
        let folder = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        return try ChildProcess(
            "/usr/bin/python3",
            ["-u", "/\(folder)/Python/\(script)"] + arguments,
            environment: environment
        )
    }

    /// Starts a server, and returns it with the port that it prints.
    static func startServer(
        _ script: String,
        _ arguments: [String],
        environment: [String: String] = [:]
    ) throws -> (process: ChildProcess, port: UInt16) {
        let process = try start(script, arguments, environment: environment)
        let announced = "listening on "
        return (process, try #require(UInt16(try process.expect(announced).dropFirst(announced.count))))
    }
}
