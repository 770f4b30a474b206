// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
public import SnugTransport

/// Who is to vouch for the server that somebody joins, and what to say when nobody does.
public struct ServerTrust: Equatable, Sendable {
    /// The authorities that are asked where no key is known.
    public enum Authority: Equatable, Sendable {
        /// Those in this file.
        case file(String)

        /// None: no file was named, and there is none at these paths.
        case missing([String])

        /// Those that the operating system trusts.
        case system
    }

    /// The server's host, as it was asked for.
    public let host: String

    /// The server's port.
    public let port: UInt16

    /// Who is asked where no key is known.
    public let authority: Authority

    /// The keys that were given for it now.
    public let givenPins: [String]

    /// The keys that were given for it before.
    public let knownPins: [KnownPin]

    /// All that is known before a connection is made.
    public init(
        host: String,
        port: UInt16,
        authority: Authority,
        givenPins: [String],
        knownPins: [KnownPin]
    ) {
        self.host = host
        self.port = port
        self.authority = authority
        self.givenPins = givenPins
        self.knownPins = knownPins
    }

    /// The keys of which the server must have one; where there are none, an authority must vouch for it.
    ///
    /// What is given now counts in place of what was given before.
    public var pins: [String] { givenPins.isEmpty ? knownPins.map(\.pin) : givenPins }

    private var server: String { SocketAddress.text(host: host, port: port) }

    /// What to say of a server that was refused, and what to do about it, one sentence each.
    ///
    /// Nil where neither key nor authority is what it failed for.
    public func refusal(of rejection: CertificateRejection) -> (sentence: String, hint: String)? {
        switch rejection.reasons.first {
        case .keyNotPinned(let found): keyRefusal(found)
        case .selfSigned, .unknownIssuer: authorityRefusal(rejection)
        default: nil
        }
    }

    // MARK: Another key

    /// What to say of keys that take the place of those that are known, and what to do if that was not expected, one
    /// sentence each; nil if none is new, or none was known.
    ///
    /// Whoever gives a key says that it is the right one; but a link may have been made by anybody.
    public var replacement: (sentence: String, hint: String)? {
        let known = knownPins.map(\.pin)
        guard let first = knownPins.first, !givenPins.allSatisfy(known.contains) else { return nil }
        return (
            "\(server) is joined by another key than the one given on \(first.since): "
                + "\(either(known)) until now, \(either(givenPins)) from now on",
            "if its owner has not told you that it changed, leave: someone may be impersonating the server; and go back "
                + "to the key that you knew: \(joining(by: known))"
        )
    }

    private func keyRefusal(_ found: String) -> (sentence: String, hint: String) {
        guard givenPins.isEmpty else {
            return (
                "\(server) does not have the key that was given for it: expected \(either(givenPins)), "
                    + "found \(found)",
                "do not join before its owner has told you the right one: someone may be impersonating the server"
            )
        }
        let expected = knownPins.map { "\($0.pin) (given first on \($0.since))" }
        return (
            "the key of \(server) has changed: expected \(either(expected)), found \(found)",
            "someone may be impersonating the server: ask its owner on another way, and only if the new fingerprint "
                + "is the right one: \(joining(by: [found]))"
        )
    }

    private func either(_ texts: [String]) -> String { texts.joined(separator: " or ") }

    // MARK: No authority

    private func authorityRefusal(_ rejection: CertificateRejection) -> (sentence: String, hint: String) {
        let found = rejection.pin ?? ""
        // Its key would not help where the name or the dates are wrong as well.
        let way =
            rejection.reasons.count == 1
            ? ", or compare that fingerprint with its owner's on another way, and only if it is the same: "
                + joining(by: [found]) : ""
        switch authority {
        case .missing(let paths):
            let places = paths.joined(separator: " or ")
            return (
                "nobody vouches for \(server): expected an authority's certificate in \(places), or a known key, "
                    + "found neither; the server's key is \(found)",
                "give the ca.pem that its owner gave you with --ca" + way
            )
        case .file(let path):
            return (
                "\(rejection); expected one by an authority in \(path), found the key \(found)",
                "if \(path) is what its owner gave you, someone may be impersonating the server; otherwise give the "
                    + "owner's ca.pem with --ca" + way
            )
        case .system:
            return (
                "\(rejection); expected one by an authority that this system trusts, found the key \(found)",
                "if its owner says that it has such a certificate, someone may be impersonating the server; otherwise "
                    + "give the owner's ca.pem with --ca" + way
            )
        }
    }

    /// The command that joins the server by one of these keys; they are known from then on.
    private func joining(by pins: [String]) -> String {
        "snug --host \(ShellWord.quoted(host)) --port \(port)"
            + pins.map { " --pin \(ShellWord.quoted($0))" }.joined()
    }
}
