// SPDX-License-Identifier: Apache-2.0

import SnugTransport
import TestSupport
import Testing

/// A server's files are judged as clients judge them, as far as the authority is known.
@Suite struct ServerFilesTests {
    let lab: OpenSSLLab

    init() throws { lab = try OpenSSLLab() }

    @Test(arguments: RefusedCertificate.all)
    func whatClientsRefuseIsFoundWhereverTheAuthorityIs(refused: RefusedCertificate) throws {
        for (chain, key) in try refused.prepare(lab) {
            let folder = chain.hasPrefix("beside/") ? "beside/" : ""
            let error = try #require(throws: TLSFileError.self) {
                try load(chain, key, authority: "\(folder)ca.pem")
            }
            guard
                case .content(.certificate(.refusedByClients(.certificateRejected(let rejection)))) = error
                    .cause
            else {
                Issue.record("\(chain): \(error)")
                continue
            }
            #expect(rejection.reasons.count == 1, "\(rejection)")
            #expect(error.description.contains(refused.grounds), "\(error)")
        }
    }

    @Test func aGoodChainIsTakenWhereverItsAuthorityIs() throws {
        try lab.issue("server")
        try lab.run("cat server.pem middle.pem >chain.pem")
        // Behind the chain, beside it, and as one of several.
        #expect(try warnings("server-chain.pem") == [])
        #expect(try warnings("chain.pem", authority: "root.pem") == [])
        try lab.run("cat middle.pem root.pem >several.pem")
        #expect(try warnings("server.pem", authority: "several.pem") == [])
    }

    @Test func ofAnAuthorityThatIsNotHereAServerKnowsNothingButThatItIsNot() throws {
        try lab.issue("server")
        try lab.run("cat server.pem middle.pem >chain.pem")
        let missing = CertificateWarning.issuerMissing(path: lab.folder.path("chain.pem"), issuer: "CN=Root")
        #expect(try warnings("chain.pem") == [missing])
        // Certificates of somebody else, and a file that is none, are no authority of it.
        try lab.issue("other")
        try lab.run("head -c 200 root.pem >cut.pem")
        #expect(try warnings("chain.pem", authority: "other.pem") == [missing])
        #expect(try warnings("chain.pem", authority: "cut.pem") == [missing])
        let leaf = CertificateWarning.issuerMissing(path: lab.folder.path("server.pem"), issuer: "CN=Middle")
        #expect(try warnings("server.pem") == [leaf])
    }

    @Test func aCertificateThatIsItsOwnAuthorityIsTaken() throws {
        try lab.run(
            """
            openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 9 -subj /CN=own \
              -addext subjectAltName=DNS:localhost -keyout server-key.pem -out own.pem
            """
        )
        #expect(try warnings("own.pem") == [])
        #expect(try warnings("own.pem", authority: "own.pem") == [])
    }

    @Test func constraintsThatAllowTheNamesAreNoFault() throws {
        let extensions =
            "basicConstraints=critical,CA:TRUE,pathlen:0\nnameConstraints=critical,permitted;DNS:localhost\n"
        try lab.folder.write(Array(extensions.utf8), to: "middle-extensions", mode: 0o600)
        try lab.run(
            """
            openssl x509 -req -in middle.csr -CA root.pem -CAkey root-key.pem -CAcreateserial -days 60 \
              -extfile middle-extensions -out middle.pem
            """
        )
        try lab.issue("server", "subjectAltName=critical,DNS:localhost\nbasicConstraints=critical,CA:FALSE")
        #expect(try warnings("server-chain.pem", authority: "root.pem") == [])
    }

    private func load(_ chain: String, _ key: String, authority: String) throws -> TLSContext {
        try ServerFiles(
            certificate: lab.folder.path(chain),
            key: lab.folder.path(key),
            authority: .init(path: lab.folder.path(authority), remedy: nil)
        ).load(.modern)
    }

    private func warnings(_ chain: String, authority: String = "none.pem") throws -> [CertificateWarning] {
        try load(chain, "server-key.pem", authority: authority).warnings
    }
}
