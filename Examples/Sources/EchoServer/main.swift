// SPDX-License-Identifier: Apache-2.0
//
// EchoServer FOLDER [PORT]    sends everyone back what they send, over TLS

import Glibc
import SnugLab
import SnugService
import SnugSystem
import SnugTransport

/// What the service does with a frame.
final class Echo: FrameRules {
    func received(_ frame: [UInt8], from peer: FramePeer) { peer.send(frame) }
}

// GnuTLS would write every session's keys to the file that SSLKEYLOGFILE names.
ProcessHardening.removeKeyLogVariable()
let arguments = CommandLine.arguments
let folder = arguments.count > 1 ? arguments[1] : "certs"
let port = arguments.count > 2 ? UInt16(arguments[2]) ?? 9443 : 9443

// Those of an earlier run stay; a folder that cannot be written shows when they are read.
_ = try? LabCertificates.write(to: folder)
let files = ServerFiles(certificate: "\(folder)/server.pem", key: "\(folder)/server-key.pem")
let service = try FrameService(
    on: .loopback(port: port),
    context: files.load(.modern, applicationProtocols: ["snug/0"]),
    rules: Echo()
)
print("echo over TLS on \(service.address); clients are to trust \(folder)/ca.pem")
fflush(nil)
try service.run()
