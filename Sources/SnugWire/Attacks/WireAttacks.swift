// SPDX-License-Identifier: Apache-2.0

internal import SnugClient
internal import SnugServer
internal import SnugTransport

/// Attacks by somebody who owns the wire, each against the real server and real clients, without and with TLS.
public enum WireAttacks {
    /// Makes all attacks and tells what came of them.
    public static func outcomes() throws(WireError) -> [AttackOutcome] {
        [try flippedBit(), try replayedLine(), try cutStream(), try impostor()]
    }

    private static let speakerName = "aisha"
    private static let receiverName = "benjamin"
    private static let line = "please pay 10 for the tickets"

    /// What an attack on a line came to.
    private struct Aftermath {
        /// The lines that the receiver was shown.
        let shown: [String]
        /// How the attacked session ended; nil if it went on, or ended like any other.
        let failure: ClientError?
    }

    // MARK: Attacks on a line

    static func flippedBit() throws(WireError) -> AttackOutcome {
        let place = Array(line.utf8).firstIndex(of: UInt8(ascii: "1")) ?? 0
        let frameHeaderBytes = 4
        let recordHeaderBytes = 5
        // "1" and "9" differ in this bit, and the ciphers of TLS 1.3 encrypt each bit for itself.
        let mask: UInt8 = 0x08
        let plain = try attackOnSpeaker(.plain, .flip(mask: mask, offset: frameHeaderBytes + place), lines: 1)
        let tls = try attackOnSpeaker(
            .tls,
            .flip(mask: mask, offset: recordHeaderBytes + frameHeaderBytes + place),
            lines: 1
        )
        return AttackOutcome(
            name: "flip one bit",
            attempt: "one bit of \"\(line)\" was turned over on its way to the server",
            plain: sentence(plain),
            tls: sentence(tls),
            held: tls.failure != nil && tls.shown.isEmpty
        )
    }

    static func replayedLine() throws(WireError) -> AttackOutcome {
        let plain = try attackOnSpeaker(.plain, .replay, lines: 2)
        let tls = try attackOnSpeaker(.tls, .replay, lines: 2)
        return AttackOutcome(
            name: "replay a line",
            attempt: "the bytes that carry \"\(line)\" were sent to the server twice",
            plain: sentence(plain),
            tls: sentence(tls),
            held: tls.failure != nil && tls.shown == [line]
        )
    }

    static func cutStream() throws(WireError) -> AttackOutcome {
        let plain = try attackOnReceiver(.plain, .cut)
        let tls = try attackOnReceiver(.tls, .cut)
        return AttackOutcome(
            name: "cut the stream",
            attempt: "\"\(line)\" was withheld from the receiver, and the connection ended in its place",
            plain: sentence(plain),
            tls: sentence(tls),
            held: tls.failure == .transportFailed(.truncated) && tls.shown.isEmpty
        )
    }

    /// Lets somebody say the line, tampers with it on its way to the server, and waits until the other one has been
    /// shown so many lines, or that the speaker is gone.
    private static func attackOnSpeaker(
        _ mode: WireMode,
        _ tampering: Tampering,
        lines: Int
    ) throws(WireError) -> Aftermath {
        try withTwoPeople(mode) { (lab, speaker, receiver) throws(WireError) in
            lab.tap.tamper(tampering, with: speaker.connection, .toServer)
            speaker.type(line)
            let goodbye = "* \(speakerName) left *"
            try lab.wait(for: "what came of a line") {
                linesShown(to: receiver).count >= lines || receiver.seen.contains(goodbye)
            }
            guard receiver.seen.contains(goodbye) else {
                return Aftermath(shown: linesShown(to: receiver), failure: nil)
            }
            let failure = try lab.waitUntilGone(speaker)?.clientError
            return Aftermath(shown: linesShown(to: receiver), failure: failure)
        }
    }

    /// Lets somebody say the line, and tampers with it on its way to the other one, whose session that ends.
    private static func attackOnReceiver(
        _ mode: WireMode,
        _ tampering: Tampering
    ) throws(WireError) -> Aftermath {
        try withTwoPeople(mode) { (lab, speaker, receiver) throws(WireError) in
            lab.tap.tamper(tampering, with: receiver.connection, .toClient)
            speaker.type(line)
            let failure = try lab.waitUntilGone(receiver)?.clientError
            return Aftermath(shown: linesShown(to: receiver), failure: failure)
        }
    }

    private static func withTwoPeople(
        _ mode: WireMode,
        _ body: (Lab, _ speaker: Person, _ receiver: Person) throws(WireError) -> Aftermath
    ) throws(WireError) -> Aftermath {
        let setup = Lab.Setup(mode: mode, passphrase: Scenario.labPassphrase, identity: try LabIdentity())
        return try Lab.run(setup) { (lab) throws(WireError) in
            let speaker = try lab.enter(speakerName)
            try lab.wait(until: speaker, hasSeen: "* \(speakerName) joined the chat *")
            let receiver = try lab.enter(receiverName)
            for person in [speaker, receiver] {
                try lab.wait(until: person, hasSeen: "* \(receiverName) joined the chat *")
            }
            return try body(lab, speaker, receiver)
        }
    }

    private static func linesShown(to person: Person) -> [String] {
        let prefix = "\(speakerName): "
        return person.seen.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
    }

    private static func sentence(_ aftermath: Aftermath) -> String {
        let shown =
            switch aftermath.shown.count {
            case 0: "the receiver was shown nothing"
            case 1: "the receiver was shown \"\(aftermath.shown[0])\""
            default: "the receiver was shown \"\(aftermath.shown[0])\" \(aftermath.shown.count) times"
            }
        // A goodbye by the server is what an end should look like.
        guard let failure = aftermath.failure, failure != .endedByServer else {
            return "\(shown), and nobody noticed"
        }
        return "\(shown), and the attacked session ended: \(failure)"
    }

    // MARK: An impostor

    static func impostor() throws(WireError) -> AttackOutcome {
        let plain = try visitToImpostor(.plain)
        let tls = try visitToImpostor(.tls)
        return AttackOutcome(
            name: "be the server",
            attempt:
                "an impostor answered in the server's place, with a certificate of its own for the right name",
            plain: sentence(plain),
            tls: sentence(tls),
            held: tls.isRefused && !tls.gotPassphrase
        )
    }

    /// What came of somebody's visit to an impostor.
    private struct Visit {
        /// The impostor was sent a passphrase, with which it could go to the real server.
        let gotPassphrase: Bool
        let failure: ClientError?

        /// The visitor turned away from the impostor, and not the other way round.
        var isRefused: Bool {
            if case .transportFailed(.certificateRejected) = failure { true } else { false }
        }
    }

    private static func visitToImpostor(_ mode: WireMode) throws(WireError) -> Visit {
        // Whoever is sent a passphrase that is not its own says so in its log.
        let setup = Lab.Setup(
            mode: mode,
            passphrase: "not known to the impostor",
            identity: try LabIdentity(),
            trusted: try LabIdentity()
        )
        return try Lab.run(setup) { (lab) throws(WireError) in
            let visitor = try lab.enter(speakerName, passphrase: Scenario.labPassphrase)
            let failure = try lab.waitUntilGone(visitor)?.clientError
            let gotPassphrase = lab.serverReports.contains { report in
                if case .authenticationFailed = report { true } else { false }
            }
            return Visit(gotPassphrase: gotPassphrase, failure: failure)
        }
    }

    private static func sentence(_ visit: Visit) -> String {
        guard visit.gotPassphrase else {
            let reason = visit.failure.map { ": \($0)" } ?? ""
            return "the client turned away before it sent its passphrase\(reason)"
        }
        return "the client sent its passphrase to the impostor"
    }
}

extension WireError {
    /// What a person's client said when it gave up.
    fileprivate var clientError: ClientError? {
        if case .personFailed(_, let error) = self { error } else { nil }
    }
}
