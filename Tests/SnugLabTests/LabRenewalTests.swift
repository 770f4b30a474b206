// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct LabRenewalTests {
    let folder: TemporaryFolder
    let out: String

    init() throws {
        folder = try TemporaryFolder()
        out = folder.path
        try LabCertificates.write(to: out, names: ["localhost", "chat.example", "192.0.2.7"], days: 1)
    }

    @Test func onlyTheServersCertificateIsChanged() throws {
        let before = try contents()
        let renewal = try LabCertificates.renew(in: out)
        let after = try contents()
        #expect(Set(before.keys) == Set(after.keys))
        #expect(before.filter { after[$0.key] != $0.value }.keys.sorted() == ["server.pem"])
        #expect(renewal.files == ["server.pem"])
        #expect(try folder.mode(of: "server.pem") == 0o644)
        #expect(try folder.mode(of: "server-key.pem") == 0o600)
    }

    @Test func theNewCertificateIsByTheOldAuthorityForTheOldNamesAndKey() throws {
        let now = UnixTime.now
        let renewal = try LabCertificates.renew(in: out, days: 30, now: now)
        #expect(renewal.names == ["localhost", "chat.example", "192.0.2.7"])
        #expect(renewal.expiry == now + .seconds(30 * 86_400))
        for option in [["-verify_hostname", "chat.example"], ["-verify_ip", "192.0.2.7"]] {
            let verdict = try verify(option)
            #expect(verdict.accepted, "\(verdict.text)")
        }
        let late = "\(renewal.expiry.seconds - 1)"
        #expect(try verify(["-attime", late]).accepted)
        #expect(try !verify(["-attime", "\(renewal.expiry.seconds + 1)"]).accepted)
        _ = try ServerFiles(certificate: folder.path("server.pem"), key: folder.path("server-key.pem"))
            .load(.modern)
    }

    @Test func namesCanBeAddedAndNoneIsLost() throws {
        let renewal = try LabCertificates.renew(in: out, names: ["my_host", "chat.example", "::1"])
        #expect(renewal.names == ["localhost", "chat.example", "192.0.2.7", "my_host", "::1"])
        for option in [["-verify_hostname", "localhost"], ["-verify_ip", "::1"]] {
            #expect(try verify(option).accepted)
        }
    }

    @Test func aMissingAuthorityCertificateIsWrittenAgainFromTheServers() throws {
        let authority = try folder.content(of: "ca.pem")
        #expect(unlink(folder.path("ca.pem")) == 0)
        let renewal = try LabCertificates.renew(in: out)
        #expect(renewal.files == ["ca.pem", "server.pem"])
        #expect(try folder.content(of: "ca.pem") == authority)
    }

    @Test func aMissingKeyIsMadeAnew() throws {
        let key = try folder.content(of: "server-key.pem")
        #expect(unlink(folder.path("server-key.pem")) == 0)
        #expect(try LabCertificates.renew(in: out).files == ["server-key.pem", "server.pem"])
        #expect(try folder.content(of: "server-key.pem") != key)
        #expect(try folder.mode(of: "server-key.pem") == 0o600)
        #expect(try verify([]).accepted)
    }

    @Test func withoutAServerCertificateItIsForThisMachineOrForTheNamesThatAreGiven() throws {
        #expect(unlink(folder.path("server.pem")) == 0)
        #expect(try LabCertificates.renew(in: out).names == LabCertificates.defaultNames)
        #expect(unlink(folder.path("server.pem")) == 0)
        #expect(try LabCertificates.renew(in: out, names: ["chat.example"]).names == ["chat.example"])
    }

    @Test func aCertificateDoesNotOutliveItsAuthority() throws {
        let nearItsEnd = UnixTime.now + .seconds(3_645 * 86_400)
        let renewal = try LabCertificates.renew(in: out, days: 90, now: nearItsEnd)
        #expect(renewal.expiry < nearItsEnd + .seconds(6 * 86_400))
        let error = #expect(throws: CertificateError.self) {
            try LabCertificates.renew(in: out, now: nearItsEnd + .seconds(6 * 86_400))
        }
        #expect(error?.description.hasPrefix("the authority in \(out)/ca.pem has expired on ") == true)
    }

    @Test func withoutTheAuthoritysKeyNothingIsWritten() throws {
        #expect(unlink(folder.path("ca-key.pem")) == 0)
        try expectFailure(.noAuthority(folder.path("ca-key.pem")))
    }

    @Test func aCertificateByAnotherAuthorityIsNotReplaced() throws {
        let foreign = try LabAuthority(commonName: "Somebody else").issue(names: ["localhost"])
        try folder.write(foreign.certificateChainPEM, to: "server.pem", mode: 0o644)
        try expectFailure(.foreignCertificate(folder.path("server.pem")))
    }

    @Test func anAuthorityAndAKeyThatDoNotBelongTogetherAreNamed() throws {
        let other = try LabAuthority()
        try folder.write(other.privateKeyPEM.withBytes { Array($0) }, to: "ca-key.pem", mode: 0o600)
        try expectFailure(
            .fileNotUsable(folder.path("ca-key.pem"), .content(.key(.ofAnotherCertificate)))
        )
    }

    @Test func aKeyThatOthersCanReadIsNotUsed() throws {
        #expect(chmod(folder.path("ca-key.pem"), 0o644) == 0)
        let before = try contents()
        let error = #expect(throws: CertificateError.self) { try LabCertificates.renew(in: out) }
        #expect(error?.description == "\(out)/ca-key.pem is open to other users (mode 0644)")
        #expect(try contents() == before)
    }

    @Test func anAuthorityThatMayNotSignIsNamed() throws {
        let server = try folder.content(of: "server.pem")
        let key = try folder.content(of: "server-key.pem")
        for name in ["server.pem", "server-key.pem"] { #expect(unlink(folder.path(name)) == 0) }
        try folder.write(server, to: "ca.pem", mode: 0o644)
        try folder.write(key, to: "ca-key.pem", mode: 0o600)
        try expectFailure(
            .fileNotUsable(folder.path("ca.pem"), .content(.certificate(.notOfAuthority)))
        )
    }

    private func expectFailure(_ expected: CertificateError) throws {
        let before = try contents()
        let error = #expect(throws: CertificateError.self) { try LabCertificates.renew(in: out) }
        #expect(error == expected)
        #expect(try contents() == before)
    }

    private func contents() throws -> [String: [UInt8]] {
        Dictionary(uniqueKeysWithValues: try folder.entries().map { ($0, try folder.content(of: $0)) })
    }

    private func verify(_ options: [String]) throws -> OpenSSL.Verdict {
        try OpenSSL.verify(folder.path("server.pem"), authority: folder.path("ca.pem"), options)
    }
}
