// SPDX-License-Identifier: Apache-2.0
//
// DeviceController FOLDER PORT [TTY ...]    devices at serial lines and over TLS, and operators over TLS

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
var limits = ServiceLimits()
// A device that has nothing to report is no worse for it.
limits.idleTimeout = nil
let service = try FrameService(
    on: .loopback(port: port),
    context: files.load(.modern),
    limits: limits,
    rules: Controller()
)
for path in arguments.dropFirst(3) {
    service.adopt(TransportConnection(owning: try SerialTransport(path: path)), from: path)
}
print("devices and operators over TLS on \(service.address)")
fflush(nil)
try service.run()
