// SPDX-License-Identifier: Apache-2.0
//
// NotificationHub serve FOLDER PORT                  a hub, where each topic is a room
// NotificationHub notify FOLDER PORT TOPIC TEXT ...  says it to all who follow the topic, and is done when that is sure
//
// People follow a topic with `snug --room TOPIC`, programs with `snug tail --json --room TOPIC`: who was away is told
// what was missed, in order and once.

import Glibc
import SnugClient
import SnugLab
import SnugServer
import SnugSystem
import SnugTransport

struct UsageError: Error {}

/// The hub's files: made at the first start, and the authority is what clients are to trust.
struct Files {
    let folder: String

    func serverContext() throws -> TLSContext {
        _ = try? LabCertificates.write(to: folder)
        return try ServerFiles(certificate: "\(folder)/server.pem", key: "\(folder)/server-key.pem")
            .load(.modern, applicationProtocols: ServerConfiguration.applicationProtocols)
    }

    func clientContext() throws -> TLSContext {
        try TLSContext(
            trust: .authorities(pem: CertificateFiles.readCertificates("\(folder)/ca.pem")),
            policy: .modern,
            applicationProtocols: ClientConfiguration.levelOneProtocols
        )
    }
}

/// Serves until SIGTERM or Ctrl-C.
func serve(_ files: Files, port: UInt16) throws {
    var signals = AwaitedSignals()
    signals.awaitTermination()
    var configuration = ServerConfiguration(tlsAddresses: [.loopback(port: port)])
    configuration.serverName = "notification hub"
    let server = try Server(configuration, context: files.serverContext(), passphrase: nil) { event in
        if case .accepting(let address, _) = event {
            print("notifications over TLS on \(address)")
            fflush(nil)
        }
    }
    while signals.next() != .terminate {}
    server.stop()
    server.waitUntilStopped()
    server.closeHistory()
}

/// Returns once the hub has confirmed the line, which is said once however often the connection is lost.
func notify(_ files: Files, port: UInt16, topic: String, _ text: String) throws {
    let configuration = ClientConfiguration(
        host: "localhost",
        port: port,
        name: "notifier",
        security: .tls(try files.clientContext(), pins: []),
        paddingMultiple: 256
    )
    let mark = String(UInt64.random(in: 0...(.max)), radix: 36)
    let state = LevelOneState(name: "notifier", rooms: [topic], client: "notification hub", mark: mark)
    let task = SendTask(text, in: topic, timeout: .seconds(30)) { remark in print(remark) }
    try LevelOneSession(configuration, passphrase: nil, state: state).run(task)
}

ProcessHardening.removeKeyLogVariable()
ProcessHardening.ignoreBrokenPipeSignal()
let arguments = CommandLine.arguments
guard arguments.count >= 4, let port = UInt16(arguments[3]) else { throw UsageError() }
let files = Files(folder: arguments[2])
if arguments[1] == "serve" {
    try serve(files, port: port)
} else {
    guard arguments[1] == "notify", arguments.count > 5 else { throw UsageError() }
    try notify(files, port: port, topic: arguments[4], arguments[5...].joined(separator: " "))
}
