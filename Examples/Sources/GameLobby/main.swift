// SPDX-License-Identifier: Apache-2.0
//
// GameLobby FOLDER PORT    a game for two; play it with: snug --level 0 --port PORT --ca FOLDER/ca.pem --name NAME

import Glibc
import SnugLab
import SnugService
import SnugSystem
import SnugTransport

ProcessHardening.removeKeyLogVariable()
let arguments = CommandLine.arguments
let folder = arguments.count > 1 ? arguments[1] : "certs"
let port = arguments.count > 2 ? UInt16(arguments[2]) ?? 9443 : 9443

_ = try? LabCertificates.write(to: folder)
let files = ServerFiles(certificate: "\(folder)/server.pem", key: "\(folder)/server-key.pem")
let service = try FrameService(
    on: .loopback(port: port),
    context: files.load(.modern, applicationProtocols: ["snug/0"]),
    rules: Lobby()
)
print("a game for two over TLS on \(service.address)")
fflush(nil)
try service.run()
