// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import SnugSystem
import SnugTransport
import TestSupport
import Testing

/// A member whose handshake is honest and who then makes its own records, as an attacker with a TLS library of his
/// own can (RFC 8446 sections 5.2, 5.3 and 7.3).
final class ForgingMember {
    /// Receives what the server sends; its sending half is never used.
    let client: TestClient
    private let descriptor: Int32
    private var secret: [UInt8]
    private var sequence: UInt64 = 0

    /// The types of content that a record can have.
    enum Content {
        static let changeOfCipher: UInt8 = 20
        static let alert: UInt8 = 21
        static let handshake: UInt8 = 22
        static let data: UInt8 = 23
        static let heartbeat: UInt8 = 24
    }

    /// Joins.
    init(port: UInt16, name: String) throws {
        ProcessHardening.ignoreBrokenPipeSignal()
        let logged = Lock<[UInt8]>([])
        let context = try TLSContext(
            trust: .authorities(pem: TestAuthority.shared.authorityPEM),
            policy: .modern,
            dangerousKeyLog: { line in
                let words = line.split(separator: " ")
                if words[0] == "CLIENT_TRAFFIC_SECRET_0" {
                    logged.withLock { $0 = Self.bytes(ofHex: words[2]) }
                }
            }
        )
        let addresses = try SocketAddress.resolve(host: "127.0.0.1", port: port)
        client = try TestClient(
            over: SocketConnection.tlsClient(
                SocketChannel.connect(to: addresses, timeout: .seconds(30)),
                context: context,
                expecting: ExpectedServer(name: "localhost"),
                paddingMultiple: 0
            )
        )
        descriptor = try #require(client.connection.descriptor)
        secret = logged.withLock { $0 }
        // AES-256-GCM is what the server prefers, and SHA-384 goes with it.
        try #require(secret.count == 48)
        try send(record(Content.data, frame(name)))
        try client.expect("* \(name) joined the chat *")
    }

    /// Puts bytes on the wire as they are, all in one write.
    func send(_ bytes: [UInt8]) throws { try Polling.write(bytes, to: descriptor) }

    /// Whether the connection came to an end before all of `pieces` was sent, each of them once the one before was.
    func isCutOff(sending pieces: some Sequence<[UInt8]>) throws -> Bool {
        do {
            for piece in pieces { try send(piece) }
            return false
        } catch let error as SystemError where error.isLostConnection {
            return true
        }
    }

    /// The next record, encrypted, with `padding` zeros behind what it holds.
    func record(_ type: UInt8, _ content: [UInt8], padding: Int = 0) throws -> [UInt8] {
        defer { sequence += 1 }
        return try record(type, content, padding: padding, sequence: sequence)
    }

    /// A record with a number of its own.
    func record(_ type: UInt8, _ content: [UInt8], padding: Int = 0, sequence: UInt64) throws -> [UInt8] {
        let inner = content + [type] + [UInt8](repeating: 0, count: padding)
        let length = inner.count + 16
        let header: [UInt8] = [23, 3, 3, UInt8(length >> 8), UInt8(truncatingIfNeeded: length)]
        var nonce = try expand("iv", bytes: 12)
        for index in 0..<8 { nonce[4 + index] ^= UInt8(truncatingIfNeeded: sequence >> (8 * (7 - index))) }
        return try header + seal(inner, nonce: nonce, header: header)
    }

    /// A KeyUpdate and, behind it, other keys; with `answered` it asks the server for the same.
    func keyUpdate(answered: Bool) throws -> [UInt8] {
        let record = try record(Content.handshake, [24, 0, 0, 1, answered ? 1 : 0])
        secret = try expand("traffic upd", bytes: 48)
        sequence = 0
        return record
    }

    func frame(_ text: String) -> [UInt8] { CraftedHello.counted(Array(text.utf8), lengthBytes: 4) }

    // MARK: Keys

    private func expand(_ label: String, bytes count: Int) throws -> [UInt8] {
        var info =
            [0, UInt8(count)] + CraftedHello.counted(Array("tls13 \(label)".utf8), lengthBytes: 1) + [0]
        var output = [UInt8](repeating: 0, count: count)
        let outcome = secret.withUnsafeMutableBufferPointer { secret in
            info.withUnsafeMutableBufferPointer { info in
                var key = gnutls_datum_t(data: secret.baseAddress, size: UInt32(secret.count))
                var info = gnutls_datum_t(data: info.baseAddress, size: UInt32(info.count))
                return gnutls_hkdf_expand(GNUTLS_MAC_SHA384, &key, &info, &output, count)
            }
        }
        try #require(outcome == GNUTLS_E_SUCCESS)
        return output
    }

    private func seal(_ inner: [UInt8], nonce: [UInt8], header: [UInt8]) throws -> [UInt8] {
        var key = try expand("key", bytes: 32)
        var cipher: gnutls_aead_cipher_hd_t?
        let made = key.withUnsafeMutableBufferPointer { key in
            var datum = gnutls_datum_t(data: key.baseAddress, size: UInt32(key.count))
            return gnutls_aead_cipher_init(&cipher, GNUTLS_CIPHER_AES_256_GCM, &datum)
        }
        try #require(made == GNUTLS_E_SUCCESS)
        defer { gnutls_aead_cipher_deinit(cipher) }
        var sealed = [UInt8](repeating: 0, count: inner.count + 16)
        var count = sealed.count
        let outcome = gnutls_aead_cipher_encrypt(
            cipher,
            nonce,
            nonce.count,
            header,
            header.count,
            16,
            inner,
            inner.count,
            &sealed,
            &count
        )
        try #require(outcome == GNUTLS_E_SUCCESS && count == sealed.count)
        return sealed
    }

    private static func bytes(ofHex text: Substring) -> [UInt8] {
        let digits = text.compactMap { $0.hexDigitValue.map { UInt8($0) } }
        return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }
}
