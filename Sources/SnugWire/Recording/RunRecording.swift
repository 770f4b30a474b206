// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// How a run was protected.
public enum WireMode: String, CaseIterable, Sendable {
    case plain
    case tls
    case padded
}

/// Which protocol the people of a run spoke.
public enum WireLevel: Int, CaseIterable, Sendable {
    /// The lesson's: frames of text.
    case zero

    /// Frames of JSON, with ids, sequence numbers and a token that resumes a stay.
    case one
}

/// One run of the scripted chat: what an eavesdropper saw, and what really happened.
///
/// Analyses look at the capture alone; the truth is there to score their guesses, never to make them.
public struct RunRecording: Equatable, Sendable {
    /// How the run was protected.
    public var mode: WireMode

    /// What crossed the wire.
    public var capture: Capture

    /// What really happened, in the order of time.
    public var truth: [TrueEvent]

    /// What the clients of level 1 were told; nil in a run at level 0.
    public var levelOne: LevelOneTruth?

    /// Which protocol the people spoke.
    public var level: WireLevel { levelOne == nil ? .zero : .one }

    /// The name of the file that holds the capture.
    public var captureName: String { Self.captureName(mode, level) }

    /// The name of the file that holds the capture and the session keys.
    public var captureNameWithKeys: String { Self.captureNameWithKeys(mode, level) }

    /// The name of the file that holds the capture of such a run.
    public static func captureName(_ mode: WireMode, _ level: WireLevel) -> String {
        stem(mode, level) + ".pcapng"
    }

    /// The name of the file that holds the capture of such a run and its session keys.
    public static func captureNameWithKeys(_ mode: WireMode, _ level: WireLevel) -> String {
        stem(mode, level) + "-with-keys.pcapng"
    }

    private static func stem(_ mode: WireMode, _ level: WireLevel) -> String {
        switch level {
        case .zero: mode.rawValue
        case .one: mode.rawValue + "-level-1"
        }
    }

    /// Session keys in NSS key log format, where they were asked for; empty otherwise.
    public var keyLog: [UInt8] = []

    /// When the run started; all other times count from there.
    public var startedAt = UnixTime(seconds: 0)
}

/// Something that happened in the chat.
public struct TrueEvent: Equatable, Sendable {
    /// When the person did it, counted from the start of the run.
    public var time: Duration

    /// The person's connection in the capture.
    public var connection: Int

    /// The person's name at that time.
    public var person: String

    /// What the person did.
    public var kind: Kind

    /// What a person can do in a script.
    public enum Kind: Equatable, Sendable {
        /// Sent the passphrase and was let in, or not.
        case authenticated(passphraseBytes: Int, accepted: Bool)
        case joined
        case said(String)
        case asked(command: String)
        case left
    }
}

/// What the clients of level 1 were told in a run; what is read out of the capture is judged by it.
public struct LevelOneTruth: Equatable, Sendable {
    /// Everyone who was let in, in the order of entry.
    public var stays: [Stay] = []

    /// The sequence numbers of all lines, in the order in which they were said.
    public var sequences: [UInt64] = []

    /// Nobody has been told anything.
    public init() {}

    /// One person's time in the chat.
    public struct Stay: Equatable, Sendable {
        /// The person's connection in the capture.
        public var connection: Int

        /// The person's id.
        public var id: String

        /// The person's name.
        public var name: String

        /// What resumes the stay; a secret.
        public var token: String
    }
}

/// What one attack on the wire came to, without and with TLS.
public struct AttackOutcome: Equatable, Sendable {
    /// A few words for what was tried, such as `flip one bit`.
    public var name: String

    /// What the attacker did, one sentence.
    public var attempt: String

    /// What happened on the plain connection, one sentence, from what was observed.
    public var plain: String

    /// What happened on the TLS connection, one sentence, from what was observed.
    public var tls: String

    /// Whether TLS held: the attack was noticed, and nobody was shown anything false.
    public var held: Bool
}
