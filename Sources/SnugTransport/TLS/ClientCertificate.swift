// SPDX-License-Identifier: Apache-2.0

/// A client's Certificate message (RFC 8446 section 4.4.2), judged by its bytes before anything parses them.
///
/// With raw public keys there is one entry without extensions, and Ed25519 has one form for a public key: 12 bytes that
/// are always the same (RFC 8410 section 4), and 32 of the key. So no length, no ASN.1 and no other algorithm of a
/// stranger's choice gets any further. GnuTLS would take 2 s to find that a signature is not by an RSA key of 4 KB, and
/// more than a minute with one of 16 KB.
enum ClientCertificate: Equatable {
    /// One key of Ed25519.
    case ed25519

    /// Its own lengths contradict each other.
    case malformed

    /// The client was asked, and has no key to show.
    case none

    /// Anything else: another kind of key, an X.509 certificate, several entries.
    case other

    /// Judges the body of the message.
    init(_ message: UnsafeRawBufferPointer) {
        // An empty context, and the length of the list.
        guard message.count >= 4, message[0] == 0,
            Int(message[1]) << 16 | Int(message[2]) << 8 | Int(message[3]) == message.count - 4
        else {
            self = .malformed
            return
        }
        let list = UnsafeRawBufferPointer(rebasing: message[4...])
        if list.isEmpty {
            self = .none
        } else {
            let isKey =
                list.count == Self.entryBeginning.count + 32 + Self.noExtensions.count
                && list.starts(with: Self.entryBeginning) && list.suffix(2).elementsEqual(Self.noExtensions)
            self = isKey ? .ed25519 : .other
        }
    }

    /// The length of the key, and all of it that is not the key itself.
    private static let entryBeginning: [UInt8] = [
        0, 0, 44, 0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00,
    ]

    private static let noExtensions: [UInt8] = [0, 0]
}
