// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugProgram
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// What `make-certs` tells people to do, whose flags no library knows.
@Suite struct CertificateErrorHintTests {
    @Test(arguments: [
        (CertificateError.noAuthority("lab/ca-key.pem"), "bring it back"),
        (.foreignCertificate("lab/server.pem"), "move lab/server.pem"),
        (
            .fileNotUsable("lab/ca-key.pem", .content(.key(.ofAnotherCertificate))),
            "bring back the file that belongs there"
        ),
        (
            .fileNotUsable("lab/ca.pem", .content(.certificate(.notOfAuthority))),
            "bring back the file that belongs there"
        ),
        (.folderNotWritable(path: "a/b", .init(code: 2, call: "mkdir")), "parent folder"),
        (.filesExist(folder: "lab", ["server.pem"]), "name another folder with --out"),
        (.filesExist(folder: "lab", ["ca-key.pem"]), "say --renew"),
        (.daysOutOfRange(0), "choose 90 days"),
    ])
    func eachFaultHasItsRemedy(error: CertificateError, remedy: String) {
        #expect(error.hint.contains(remedy), "\(error.hint)")
    }

    @Test func aKeyThatOthersCanReadIsToBeClosedToThem() throws {
        let folder = try TemporaryFolder()
        try LabCertificates.write(to: folder.path)
        #expect(chmod(folder.path("ca-key.pem"), 0o644) == 0)
        let error = try #require(throws: CertificateError.self) { try LabCertificates.renew(in: folder.path) }
        #expect(error.hint == "chmod 600 \(folder.path)/ca-key.pem")
    }
}
