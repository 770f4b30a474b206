// SPDX-License-Identifier: Apache-2.0

import SnugLab
import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugTransport

/// Whoever is refused is told what was expected, what was found and what to do, with what a real handshake found.
@Suite struct ServerTrustTests {
    private static let old = "sha256:" + String(repeating: "A", count: 43) + "="

    private func trust(
        _ authority: ServerTrust.Authority = .missing(["certs/ca.pem", "/h/.config/snug/ca.pem"]),
        given: [String] = [],
        known: [KnownPin] = []
    ) -> ServerTrust {
        ServerTrust(host: "localhost", port: 7000, authority: authority, givenPins: given, knownPins: known)
    }

    /// What a client that trusts so has against a server for these names.
    private func refusal(
        _ trust: ServerTrust,
        names: [String] = ["localhost"]
    ) throws -> (sentence: String, hint: String, pin: String) {
        let server = try LabAuthority(commonName: "Lab").issue(names: names).serverContext()
        let wire = MemoryWire()
        let client = TransportConnection(
            owning: TLSTransport(
                client: wire.leftEnd(),
                context: try TLSContext(trust: .nobody, policy: .modern),
                expecting: ExpectedServer(name: trust.host, pins: trust.pins),
                paddingMultiple: 0
            )
        )
        let peer = TransportConnection(
            owning: TLSTransport(server: wire.rightEnd(), context: server, paddingMultiple: 0)
        )
        do {
            try ConnectedPair.completeHandshake(client, peer, IOBuffers())
        } catch TransportError.certificateRejected(let rejection) {
            let (sentence, hint) = try #require(trust.refusal(of: rejection))
            return (sentence, hint, try #require(server.serverPin))
        }
        Issue.record("the server was not refused")
        return ("", "", "")
    }

    @Test func whatIsGivenCountsInPlaceOfWhatIsKnown() {
        let known = [KnownPin(pin: "a", since: .now), KnownPin(pin: "b", since: .now)]
        #expect(trust(known: known).pins == ["a", "b"])
        #expect(trust(given: ["c"], known: known).pins == ["c"])
    }

    @Test func aKeyThatChangedIsToldWithBothFingerprintsAndTheTimeOfTheOldOne() throws {
        let since = UnixTime(seconds: 1_700_000_000)
        let (sentence, hint, pin) = try refusal(trust(known: [KnownPin(pin: Self.old, since: since)]))
        #expect(
            sentence == "the key of localhost:7000 has changed: expected \(Self.old) (given first on "
                + "2023-11-14T22:13:20Z), found \(pin)"
        )
        #expect(hint.contains("impersonating"))
        #expect(hint.hasSuffix(": snug --host localhost --port 7000 --pin \(ShellWord.quoted(pin))"))
    }

    @Test func aKeyThatComesInThePlaceOfAKnownOneIsToldWithBothAndTheWayBack() throws {
        let known = [KnownPin(pin: Self.old, since: UnixTime(seconds: 1_700_000_000))]
        let (sentence, hint) = try #require(trust(given: ["sha256:new"], known: known).replacement)
        #expect(
            sentence == "localhost:7000 is joined by another key than the one given on 2023-11-14T22:13:20Z: "
                + "\(Self.old) until now, sha256:new from now on"
        )
        #expect(hint.contains("impersonating"))
        #expect(hint.hasSuffix(": snug --host localhost --port 7000 --pin \(ShellWord.quoted(Self.old))"))
        // One more beside it is one by which somebody else could be let in.
        #expect(trust(given: [Self.old, "sha256:new"], known: known).replacement != nil)
    }

    @Test func nothingIsReplacedWhereNothingIsNew() {
        let known = ["a", "b"].map { KnownPin(pin: $0, since: .now) }
        #expect(trust(given: ["a"]).replacement == nil)
        #expect(trust(known: known).replacement == nil)
        #expect(trust(given: ["b"], known: known).replacement == nil)
        #expect(trust(given: ["b", "a"], known: known).replacement == nil)
    }

    @Test func aKeyThatIsNotTheOneThatWasGivenIsNotOfferedInstead() throws {
        let (sentence, hint, pin) = try refusal(trust(given: [Self.old]))
        #expect(sentence.contains("expected \(Self.old), found \(pin)"))
        #expect(!hint.contains("--pin"))
    }

    @Test func withNeitherAuthorityNorPinBothWaysOnAreTold() throws {
        let (sentence, hint, pin) = try refusal(trust())
        #expect(sentence.contains("certs/ca.pem or /h/.config/snug/ca.pem") && sentence.contains(pin))
        #expect(hint.contains("with --ca, or compare that fingerprint"))
        #expect(hint.hasSuffix(": snug --host localhost --port 7000 --pin \(ShellWord.quoted(pin))"))
    }

    @Test(arguments: [ServerTrust.Authority.file("room/ca.pem"), .system])
    func anotherAuthorityIsToldWithTheOneThatWasExpected(authority: ServerTrust.Authority) throws {
        let (sentence, hint, pin) = try refusal(trust(authority))
        let expected =
            authority == .system ? "an authority that this system trusts" : "an authority in room/ca.pem"
        #expect(
            sentence.hasPrefix("the server's certificate was refused: its issuer CN=Lab is not trusted; ")
        )
        #expect(sentence.hasSuffix("expected one by \(expected), found the key \(pin)"))
        #expect(hint.contains("impersonating") && hint.hasSuffix(ShellWord.quoted(pin)))
    }

    /// The line would not work.
    @Test func noPinIsOfferedForAServerOfAnotherName() throws {
        let (_, hint, _) = try refusal(trust(), names: ["chat.example"])
        #expect(!hint.contains("--pin"))
    }

    @Test func whatIsNeitherKeyNorAuthorityHasItsOwnWords() {
        let rejection = CertificateRejection(
            reasons: [.wrongName],
            expectedName: "localhost",
            certificateNames: [],
            pin: Self.old
        )
        #expect(trust().refusal(of: rejection) == nil)
    }
}
