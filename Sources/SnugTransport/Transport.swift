// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// A byte stream to one peer, with or without a security layer.
///
/// Owned by one connection and used only on the thread of that connection's loop. No verb ever waits: what cannot
/// be done now is a value (`wouldBlock`, `incomplete`, fewer bytes taken), and only a failure throws. After a verb
/// threw, all that is left is ``close()`` or ``reset()``; but where it was one that sends, ``read(_:)`` still gives
/// what the peer had sent before.
///
/// Each verb borrows the loop's ``IOBuffers``, so that a quiet connection holds no buffers of its own.
public protocol Transport: ~Copyable {
    /// The descriptor to watch for readiness; nil for a stream that lives in memory.
    var descriptor: Int32? { get }

    /// The peer could not take all that was written: call ``flush(_:)`` when the descriptor becomes writable.
    var wantsWrite: Bool { get }

    /// A whole record, an end of stream or a failure waits inside the transport, where epoll cannot see it.
    ///
    /// While this is true, call ``read(_:)`` again even if the descriptor is not readable.
    var hasBufferedInput: Bool { get }

    /// The peer has begun a record and not finished it.
    var isMidRecord: Bool { get }

    /// How many bytes on their way to the peer its machine has not acknowledged: those that wait here, and those
    /// that the kernel holds. Counted as they travel, so records with all that is in them, and a FIN as one.
    ///
    /// What is acknowledged arrived at the peer's machine, which is not to say that anyone read it. 0 where it is not
    /// known, which is the default; who wraps a transport should forward it.
    var unacknowledgedBytes: Int { get }

    /// How long the peer's machine has been silent although it was asked for an answer; nil as long as none is due.
    ///
    /// One is due to what was sent, and to the question whether there is room again (zero-window probe, RFC 9293
    /// section 3.8.6.1): a peer that is there but takes nothing answers that, however long it takes nothing. With
    /// nothing outstanding the kernel asks by itself, and ends the connection. nil where it is not known, which is the
    /// default; who wraps a transport should forward it.
    var unansweredFor: Duration? { get }

    /// Every record's plaintext is filled up to a multiple of so many bytes; 0 sends it as it is.
    ///
    /// A transport without records keeps the figure and ignores it.
    var paddingMultiple: Int { get set }

    /// Takes the handshake as far as the bytes at hand allow, with at most one receive and one send.
    ///
    /// Call it once at the start and then whenever the descriptor is readable or writable, until it returns
    /// `.complete`. It is never called again after that. A client's peer is verified before this returns
    /// `.complete`, so whatever is written afterwards goes to a verified peer.
    mutating func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress

    /// Receives at most once and puts the plaintext of what arrived into `buffers`.
    ///
    /// At most ``IOBuffers/recordsPerRead`` records are opened in one call, so that no peer can hold its loop.
    /// A failure behind good data is thrown by the next call: what came before it is not lost.
    mutating func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult

    /// Takes a prefix of `bytes`, at most ``IOBuffers/bytesPerWrite``, with at most one send.
    ///
    /// A transport may take fewer bytes than it is offered for reasons of its own. Unless ``wantsWrite`` is true
    /// afterwards, the rest is to be offered again at once, since nothing else will say when; each call then takes at
    /// least one byte.
    ///
    /// - Returns: how many bytes were taken. They are the transport's from now on: the caller must not write them
    ///   again. Zero while an earlier write still waits for the peer.
    mutating func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int

    /// Sends what an earlier verb left unsent; afterwards ``wantsWrite`` tells whether all of it went.
    mutating func flush(_ buffers: IOBuffers) throws(TransportError)

    /// What is written from now on may wait for ``finish(_:)``, to travel in one packet with it: the last words.
    mutating func cork()

    /// Ends the sending direction: all that was taken is sent, then close_notify (RFC 8446 section 6.1), then FIN.
    ///
    /// If ``wantsWrite`` is still true afterwards, call it again when the descriptor becomes writable. The peer's
    /// bytes can still be read.
    mutating func finish(_ buffers: IOBuffers) throws(TransportError)

    /// Releases the stream at once. Closing without ``finish(_:)`` looks to a TLS peer like a cut connection.
    ///
    /// What the peer has not taken yet goes on its way behind our back, and takes up the kernel's memory until then: on
    /// a connection that was accepted for as long as the peer takes some of it each second.
    consuming func close()

    /// Releases the stream and all that the peer has not taken: for a peer to whom nothing more is owed.
    consuming func reset()
}

extension Transport where Self: ~Copyable {
    public var unacknowledgedBytes: Int { 0 }
    public var unansweredFor: Duration? { nil }
}

/// How far a handshake has come.
public enum HandshakeProgress: Equatable, Sendable {
    /// More bytes have to travel first.
    case incomplete

    /// The stream is ready, and this is what is known of it.
    case complete(PeerFacts)
}

/// The outcome of one read.
public enum ReadResult: Equatable, Sendable {
    /// The peer will send no more, and said so (a plain stream: FIN; TLS: close_notify).
    case endOfStream

    /// So many bytes of plaintext are in the buffers now.
    case plaintext(bytes: Int)

    /// Nothing arrived that the reader should see.
    case wouldBlock
}

/// What a completed handshake established; all of it is fixed for the life of the connection.
public struct PeerFacts: Equatable, Sendable {
    /// The protocol in the form people write it, such as `TLSv1.3`; nil where nothing is encrypted.
    public let protocolVersion: String?

    /// The cipher, such as `AES-256-GCM`; nil where nothing is encrypted.
    public let cipher: String?

    /// The key exchange group, such as `X25519`; nil where nothing is encrypted.
    public let group: String?

    /// The application protocol agreed by ALPN (RFC 7301), if the peer offered one.
    public let applicationProtocol: String?

    /// Who the server was verified to be; nil at a server.
    public let identity: PeerIdentity?

    /// The key that the client has shown to this server, and proved to have; nil at a client, and for a client that has
    /// shown none.
    public let provedKey: KeyFingerprint?

    /// The fingerprint of our own ``ClientKey``, if the server has asked for it; nil at a server.
    public let shownKey: KeyFingerprint?

    /// A stream without security.
    public static let plain = PeerFacts()

    /// What the handshake of a transport of any kind has established; what is left out is not known, or not there.
    public init(
        protocolVersion: String? = nil,
        cipher: String? = nil,
        group: String? = nil,
        applicationProtocol: String? = nil,
        identity: PeerIdentity? = nil,
        provedKey: KeyFingerprint? = nil,
        shownKey: KeyFingerprint? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.cipher = cipher
        self.group = group
        self.applicationProtocol = applicationProtocol
        self.identity = identity
        self.provedKey = provedKey
        self.shownKey = shownKey
    }
}

extension PeerFacts: CustomStringConvertible {
    /// Protocol, cipher, group and the client's key, or that there are none.
    public var description: String {
        let key = provedKey.map { "key \($0)" }
        let facts = [protocolVersion, cipher, group, key].compactMap(\.self)
        return facts.isEmpty ? "not encrypted" : facts.joined(separator: ", ")
    }
}

/// A peer's verified certificate, in the words a person checks it by.
public struct PeerIdentity: Equatable, Sendable {
    /// The host name or address that the certificate was verified for.
    public let verifiedName: String

    /// Who says that it is the server's.
    public let voucher: Voucher

    /// `sha256:` and the base64 of the SHA-256 of the certificate's public key (SubjectPublicKeyInfo).
    public let pin: String

    /// The last second in which the certificate is valid.
    public let expiry: UnixTime

    /// The server that was verified to be `verifiedName`.
    public init(verifiedName: String, voucher: Voucher, pin: String, expiry: UnixTime) {
        self.verifiedName = verifiedName
        self.voucher = voucher
        self.pin = pin
        self.expiry = expiry
    }

    /// Who vouches for a server.
    public enum Voucher: Equatable, Sendable {
        /// The authority of this distinguished name (RFC 4514 string), which is trusted.
        case authority(String)

        /// Who gave the fingerprint of its key; no authority that is trusted does.
        case pin
    }
}

extension PeerIdentity.Voucher: CustomStringConvertible {
    /// To be put behind "vouched for by".
    public var description: String {
        switch self {
        case .authority(let name): name
        case .pin: "its key, which was given"
        }
    }
}
