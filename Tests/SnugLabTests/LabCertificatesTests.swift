// SPDX-License-Identifier: Apache-2.0

import Glibc
import SnugLab
import SnugSystem
import SnugTransport
import TestSupport
import Testing

@Suite struct LabCertificatesTests {
    let folder: TemporaryFolder
    let out: String

    init() throws {
        folder = try TemporaryFolder()
        out = folder.path
    }

    @Test func opensslAcceptsTheServerUnderEachOfItsNames() throws {
        try LabCertificates.write(to: out, names: ["localhost", "chat.example", "127.0.0.1", "2001:db8::1"])
        for option in [["-verify_hostname", "localhost"], ["-verify_hostname", "chat.example"]] {
            let verdict = try verify(option)
            #expect(verdict.accepted, "\(verdict.text)")
        }
        for option in [["-verify_ip", "127.0.0.1"], ["-verify_ip", "2001:0db8:0:0:0:0:0:1"]] {
            let verdict = try verify(option)
            #expect(verdict.accepted, "\(verdict.text)")
        }
    }

    @Test func opensslRefusesTheServerUnderAnyOtherName() throws {
        try LabCertificates.write(to: out, names: ["localhost", "127.0.0.1"])
        #expect(try !verify(["-verify_hostname", "localhost.example"]).accepted)
        #expect(try !verify(["-verify_ip", "127.0.0.2"]).accepted)
    }

    @Test func aServerWithoutNamesGivenIsThisMachine() throws {
        try LabCertificates.write(to: out)
        #expect(try verify(["-verify_hostname", "localhost"]).accepted)
        #expect(try verify(["-verify_ip", "127.0.0.1"]).accepted)
        #expect(try verify(["-verify_ip", "::1"]).accepted)
    }

    @Test func theServerIsNoClientAndNoAuthority() throws {
        try LabCertificates.write(to: out)
        #expect(try !verify(["-purpose", "sslclient"]).accepted)
        let text = try OpenSSL.run(["x509", "-in", folder.path("server.pem"), "-noout", "-text"]).text
        #expect(text.contains("CA:FALSE"))
        #expect(text.contains("Public-Key: (256 bit)"))
    }

    @Test func theAuthorityCanSignCertificatesButNoFurtherAuthority() throws {
        try LabCertificates.write(to: out)
        let text = try OpenSSL.run(["x509", "-in", folder.path("ca.pem"), "-noout", "-text"]).text
        #expect(text.contains("CA:TRUE, pathlen:0"))
        #expect(text.contains("Certificate Sign, CRL Sign"))
    }

    @Test func theServerCertificateLastsAsLongAsWasSaid() throws {
        let now = 2_000_000_000
        try LabCertificates.write(to: out, days: 30, now: UnixTime(seconds: now))
        #expect(try verify(["-attime", "\(now - 299)"]).accepted)
        #expect(try verify(["-attime", "\(now + 30 * 86_400 - 1)"]).accepted)
        #expect(try verify(["-attime", "\(now + 30 * 86_400 + 1)"]).text.contains("certificate has expired"))
    }

    @Test func theLongestServerCertificateDoesNotOutliveItsAuthority() throws {
        let now = 2_000_000_000
        try LabCertificates.write(to: out, days: 3_650, now: UnixTime(seconds: now))
        #expect(try verify(["-attime", "\(now + 3_650 * 86_400 - 1)"]).accepted)
    }

    @Test func theFilesAreWhatAServerCanLoad() throws {
        try LabCertificates.write(to: out)
        let chain = try CertificateFiles.readCertificates(folder.path("server.pem"))
        let key = try CertificateFiles.readPrivateKey(folder.path("server-key.pem"))
        _ = try TLSContext(certificateChain: chain, privateKey: key, policy: .modern)
        let authority = try CertificateFiles.readCertificates(folder.path("ca.pem"))
        _ = try TLSContext(trust: .authorities(pem: authority), policy: .modern)
        #expect(chain.suffix(authority.count) == authority[...])
    }

    @Test func nobodyElseCanReadTheKeys() throws {
        try LabCertificates.write(to: out)
        #expect(try folder.mode(of: "server-key.pem") == 0o600)
        #expect(try folder.mode(of: "ca-key.pem") == 0o600)
    }

    @Test func aMissingFolderIsMadeForItsOwnerAlone() throws {
        try LabCertificates.write(to: folder.path("certs"))
        #expect(try folder.mode(of: "certs") == 0o700)
        #expect(try folder.entries() == ["certs"])
    }

    @Test func nothingButTheFourFilesIsLeftBehind() throws {
        try LabCertificates.write(to: out)
        #expect(try folder.entries() == LabCertificates.fileNames.sorted())
    }

    @Test(arguments: LabCertificates.fileNames)
    func oneExistingFileIsEnoughToWriteNone(_ name: String) throws {
        try folder.write(Array("precious".utf8), to: name, mode: 0o640)
        #expect(throws: CertificateError.filesExist(folder: out, [name])) {
            try LabCertificates.write(to: out)
        }
        #expect(try folder.content(of: name) == Array("precious".utf8))
        #expect(try folder.mode(of: name) == 0o640)
        #expect(try folder.entries() == [name])
    }

    @Test func aLinkThatLeadsNowhereIsAnExistingFile() throws {
        #expect(symlink("nowhere", folder.path("server-key.pem")) == 0)
        #expect(throws: CertificateError.filesExist(folder: out, ["server-key.pem"])) {
            try LabCertificates.write(to: out)
        }
        #expect(try folder.entries() == ["server-key.pem"])
    }

    @Test func replacingMakesAWholeNewSetAndKeepsTheOldOnes() throws {
        try LabCertificates.write(to: out)
        #expect(chmod(folder.path("server-key.pem"), 0o640) == 0)
        var generations = [try contents(LabCertificates.fileNames)]
        for count in 1...2 {
            let kept = try LabCertificates.write(to: out, replacing: true)
            #expect(kept == Self.oldNames(count))
            generations.append(try contents(LabCertificates.fileNames))
        }
        #expect(Set(generations.joined()).count == 12)
        for (index, generation) in generations.dropLast().enumerated() {
            #expect(try contents(Self.oldNames(index + 1)) == generation)
        }
        #expect(try folder.mode(of: "server-key.pem") == 0o600)
        #expect(try folder.mode(of: "server-key.old-1.pem") == 0o640)
        #expect(try verify(["-verify_hostname", "localhost"]).accepted)
    }

    private static func oldNames(_ count: Int) -> [String] {
        ["ca.old-\(count).pem", "ca-key.old-\(count).pem"]
            + ["server.old-\(count).pem", "server-key.old-\(count).pem"]
    }

    private func contents(_ names: [String]) throws -> [[UInt8]] {
        try names.map { try folder.content(of: $0) }
    }

    @Test func replacingCompletesAHalfExistingSet() throws {
        try folder.write(Array("old".utf8), to: "ca.pem", mode: 0o644)
        try LabCertificates.write(to: out, replacing: true)
        #expect(try verify([]).accepted)
    }

    @Test func replacingALinkLeavesAloneWhatItLeadsTo() throws {
        let target = try folder.write(Array("precious".utf8), to: "elsewhere", mode: 0o644)
        #expect(symlink(target, folder.path("server-key.pem")) == 0)
        try LabCertificates.write(to: out, replacing: true)
        #expect(try folder.content(of: "elsewhere") == Array("precious".utf8))
        #expect(try folder.mode(of: "server-key.pem") == 0o600)
    }

    @Test func aFolderInTheWayStopsTheReplacingBeforeItBegins() throws {
        try LabCertificates.write(to: out)
        let old = try folder.content(of: "ca.pem")
        #expect(unlink(folder.path("server-key.pem")) == 0)
        #expect(mkdir(folder.path("server-key.pem"), 0o700) == 0)
        let error = #expect(throws: CertificateError.self) {
            try LabCertificates.write(to: out, replacing: true)
        }
        #expect(
            error?.description
                == "the certificates cannot be written to \(out): rename failed: Is a directory"
        )
        #expect(try folder.content(of: "ca.pem") == old)
        #expect(try folder.entries() == LabCertificates.fileNames.sorted())
    }

    @Test func aFolderThatCannotBeMadeIsNamedWithTheReason() throws {
        let missing = folder.path("a/b")
        let error = #expect(throws: CertificateError.self) { try LabCertificates.write(to: missing) }
        #expect(
            error?.description
                == "the certificates cannot be written to \(missing): mkdir failed: No such file or directory"
        )
    }

    @Test(.enabled(if: geteuid() != 0, "root may write anywhere"))
    func aFolderThatIsNotOursIsNamedWithTheReason() throws {
        #expect(chmod(out, 0o500) == 0)
        let error = #expect(throws: CertificateError.self) { try LabCertificates.write(to: out) }
        #expect(error?.description.hasSuffix("Permission denied") == true)
    }

    @Test func aFileInPlaceOfTheFolderIsNamedWithTheReason() throws {
        let file = try folder.write([], to: "certs", mode: 0o600)
        let error = #expect(throws: CertificateError.self) { try LabCertificates.write(to: file) }
        #expect(
            error?.description
                == "the certificates cannot be written to \(file): open failed: Not a directory"
        )
    }

    @Test(arguments: [Int.min, -1, 0, 3_651, .max])
    func aValidityOutOfRangeIsRefusedBeforeAnythingIsWritten(_ days: Int) throws {
        #expect(throws: CertificateError.daysOutOfRange(days)) {
            try LabCertificates.write(to: folder.path("certs"), days: days)
        }
        #expect(try folder.entries().isEmpty)
    }

    @Test func aServerForNobodyIsRefused() throws {
        #expect(throws: CertificateError.noNames) { try LabCertificates.write(to: out, names: []) }
    }

    private func verify(_ options: [String]) throws -> OpenSSL.Verdict {
        try OpenSSL.verify(folder.path("server.pem"), authority: folder.path("ca.pem"), options)
    }
}
