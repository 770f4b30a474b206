// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// Which TLS versions and algorithms are offered and accepted.
public enum TLSPolicy: String, CaseIterable, Sendable {
    /// TLS 1.3 alone, with 256-bit AEAD.
    case modern

    /// TLS 1.3, and TLS 1.2 with ECDHE and AEAD for peers that have nothing newer.
    case compat

    /// A GnuTLS priority string (gnutls_priority_init(3)) from nothing upwards: `NORMAL` would bring TLS 1.0 and
    /// CBC, and even `SECURE128` brings RSA key exchange, where several of GnuTLS's past holes were.
    private func text(for role: TLSRole) -> String {
        var parts = [
            "NONE:+VERS-TLS1.3:+ECDHE-ECDSA:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD",
            "+SIGN-EDDSA-ED25519:+SIGN-ECDSA-SECP256R1-SHA256:+SIGN-ECDSA-SECP384R1-SHA384",
            "+SIGN-RSA-PSS-RSAE-SHA256:+GROUP-X25519:+GROUP-SECP256R1:+COMP-NULL:+CTYPE-X509",
        ]
        // TLS 1.2 sends certificates in clear, and so would show to everyone who somebody is.
        if self == .compat, role != .clientWithKey {
            parts.append(
                "+VERS-TLS1.2:+ECDHE-RSA:+AES-128-GCM:+SIGN-ECDSA-SHA256:+SIGN-ECDSA-SHA384:+SIGN-RSA-SHA256"
            )
        }
        switch role {
        case .client: parts.append("%PROFILE_MEDIUM")
        case .clientWithKey: parts.append("-CTYPE-CLI-X509:+CTYPE-CLI-RAWPK:%PROFILE_MEDIUM")
        case .server: parts.append("+CTYPE-CLI-RAWPK:%SERVER_PRECEDENCE")
        }
        return parts.joined(separator: ":")
    }

    /// Makes sure of what ``makePriority(for:)`` does, before anything else can fail for the same reason.
    func makeSureOfAlgorithms() throws(TLSConfigurationError) {
        do throws(PolicyFault) { _ = try makePriority(for: .server) } catch { throw .policy(error) }
    }

    /// Has GnuTLS read the priority string, and makes sure that enough of it is left.
    ///
    /// An administrator can take algorithms out of every program that uses GnuTLS. Where none of a kind is left, GnuTLS
    /// says nothing until a handshake, and without groups it crashes then.
    func makePriority(for role: TLSRole) throws(PolicyFault) -> TLSPriority {
        var handle: gnutls_priority_t?
        let outcome = gnutls_priority_init2(&handle, text(for: role), nil, 0)
        guard let handle else { throw .refused(GnuTLSCode(outcome)) }
        let priority = TLSPriority(owning: handle)
        let lacking = RequiredAlgorithms.all.first { !$0.isAmong(handle) }
        if let lacking { throw .lacks(lacking.words) }
        return priority
    }
}

/// What GnuTLS has made of a priority string, for as long as anybody holds it.
final class TLSPriority {
    let handle: gnutls_priority_t

    init(owning handle: gnutls_priority_t) { self.handle = handle }

    deinit { gnutls_priority_deinit(handle) }
}

/// Which end of a session it is, as far as the algorithms depend on that.
enum TLSRole {
    case client
    /// A client that shows a ``ClientKey``.
    case clientWithKey
    case server
}

/// Algorithms of which at least one is needed.
private struct RequiredAlgorithms: Sendable {
    typealias Reader =
        @Sendable (gnutls_priority_t, UnsafeMutablePointer<UnsafePointer<UInt32>?>) -> Int32

    let words: String
    let numbers: [UInt32]
    let read: Reader

    func isAmong(_ priority: gnutls_priority_t) -> Bool {
        var list: UnsafePointer<UInt32>?
        let count = read(priority, &list)
        return UnsafeBufferPointer(start: list, count: max(0, Int(count))).contains { numbers.contains($0) }
    }

    /// Versions come last: without a group there is none left.
    static let all = [
        RequiredAlgorithms(words: "AES-256-GCM or CHACHA20-POLY1305", ciphers) {
            gnutls_priority_cipher_list($0, $1)
        },
        RequiredAlgorithms(words: "the groups X25519 or SECP256R1", groups) {
            gnutls_priority_group_list($0, $1)
        },
        RequiredAlgorithms(words: "signatures that Snug knows", signatures) {
            gnutls_priority_sign_list($0, $1)
        },
        RequiredAlgorithms(words: "TLS 1.3 with the curves X25519 or SECP256R1", [GNUTLS_TLS1_3.rawValue]) {
            gnutls_priority_protocol_list($0, $1)
        },
    ]

    private static let ciphers = [
        GNUTLS_CIPHER_AES_256_GCM.rawValue, GNUTLS_CIPHER_CHACHA20_POLY1305.rawValue,
    ]

    private static let groups = [GNUTLS_GROUP_X25519.rawValue, GNUTLS_GROUP_SECP256R1.rawValue]

    private static let signatures = [
        GNUTLS_SIGN_EDDSA_ED25519.rawValue, GNUTLS_SIGN_ECDSA_SECP256R1_SHA256.rawValue,
        GNUTLS_SIGN_ECDSA_SECP384R1_SHA384.rawValue, GNUTLS_SIGN_RSA_PSS_RSAE_SHA256.rawValue,
    ]

    private init(words: String, _ numbers: [UInt32], read: @escaping Reader) {
        self.words = words
        self.numbers = numbers
        self.read = read
    }
}

/// Why the algorithms of a ``TLSPolicy`` cannot be used.
public enum PolicyFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// Of a kind of algorithm nothing is left.
    case lacks(String)

    /// GnuTLS does not take the list of algorithms.
    case refused(GnuTLSCode)

    /// Clients refuse even a certificate that was made for the purpose.
    case refusesEveryCertificate(String)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .lacks(let words): "this system's settings for GnuTLS do not allow \(words)"
        case .refused(let code): "this system's settings for GnuTLS do not allow what Snug needs: \(code)"
        case .refusesEveryCertificate(let reason):
            "this system's settings for GnuTLS do not allow any certificate of Snug's: \(reason)"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        let file = gnutls_get_system_config_file().map { String(cString: $0) } ?? "these settings"
        return
            "allow TLS 1.3, AES-256-GCM, X25519, SECP256R1, SHA256 and ECDSA-SECP256R1-SHA256 in \(file), or do "
            + "without it by setting GNUTLS_SYSTEM_PRIORITY_FILE=/dev/null for this program"
    }
}
