// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// What a GnuTLS function returned: an error below zero, `GNUTLS_E_SUCCESS` at zero.
///
/// Equal codes mean the same in every version of the library, so they can be compared and logged.
public struct GnuTLSCode: Error, Equatable, Sendable, CustomStringConvertible {
    /// The number itself (gnutls/gnutls.h, `GNUTLS_E_…`).
    public let rawValue: Int32

    package init(_ rawValue: Int32) {
        self.rawValue = rawValue
    }

    /// The constant's name, such as `GNUTLS_E_PULL_ERROR`; the number if this library does not know it.
    public var name: String {
        gnutls_strerror_name(rawValue).map { String(cString: $0) } ?? String(rawValue)
    }

    /// The library's own words for it (gnutls_strerror(3)), a sentence in English.
    public var text: String { String(cString: gnutls_strerror(rawValue)) }

    /// A session that got this code is of no more use (gnutls_error_is_fatal(3)).
    public var isFatal: Bool { gnutls_error_is_fatal(rawValue) != 0 }

    /// One lower-case phrase without a full stop, and the name.
    public var description: String { "\(phrase) (\(name))" }

    private var phrase: String {
        var words = Substring(text)
        if words.last == "." { words.removeLast() }
        // "ASN1 parser: …" begins with a proper name, "The request is invalid" with a plain word.
        guard let second = words.dropFirst().first, second.isLowercase || second == " " else {
            return String(words)
        }
        return words.prefix(1).lowercased() + words.dropFirst()
    }
}

/// A GnuTLS function that failed where it should not have.
public struct GnuTLSFailure: Error, Equatable, Sendable, CustomStringConvertible {
    /// Why it failed.
    public let code: GnuTLSCode

    /// The function, such as `gnutls_rnd`.
    public let call: String

    /// `call` returned `code`.
    package init(code: GnuTLSCode, call: String) {
        self.code = code
        self.call = call
    }

    /// One lower-case sentence without a full stop.
    public var description: String { "\(call) failed: \(code)" }
}

/// Throws if `code`, which `call` returned, is an error.
package func check(_ code: Int32, during call: StaticString) throws(GnuTLSFailure) {
    guard code < 0 else { return }
    throw GnuTLSFailure(code: GnuTLSCode(code), call: "\(call)")
}
