// SPDX-License-Identifier: Apache-2.0
//
// WatchedServer FOLDER PORT    a chat whose figures go to swift-metrics five times a second

import CoreMetrics
import Glibc
import SnugLab
import SnugServer
import SnugSystem
import SnugTransport

struct UsageError: Error {}

ProcessHardening.removeKeyLogVariable()
ProcessHardening.ignoreBrokenPipeSignal()
let arguments = CommandLine.arguments
guard arguments.count == 3, let port = UInt16(arguments[2]) else { throw UsageError() }
let folder = arguments[1]
_ = try? LabCertificates.write(to: folder)
let files = ServerFiles(certificate: "\(folder)/server.pem", key: "\(folder)/server-key.pem")
let context = try files.load(.modern, applicationProtocols: ServerConfiguration.applicationProtocols)

MetricsSystem.bootstrap(PrintedMetrics())
var signals = AwaitedSignals()
signals.awaitTermination()
let configuration = ServerConfiguration(tlsAddresses: [.loopback(port: port)])
let server = try Server(configuration, context: context, passphrase: nil) { event in
    guard case .accepting(let address, _) = event else { return }
    print("a chat over TLS on \(address)")
    fflush(nil)
}
var bridge = MetricsBridge()
while signals.next(until: .now + .milliseconds(200)) != .terminate { bridge.record(server.metrics()) }
server.stop()
server.waitUntilStopped()
server.closeHistory()
