// SPDX-License-Identifier: Apache-2.0

/// Why certificates could not be made or written.
public enum CertificateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The validity asked for is not within ``LabCertificates/allowedDays``.
    case daysOutOfRange(Int)

    /// These files are there already, and it was not said that they may be replaced.
    case filesExist([String])

    /// The folder cannot be made, or a file cannot be written into it.
    case folderNotWritable(path: String, SystemError)

    /// An authority's own name is empty or longer than 64 bytes (ub-common-name, RFC 5280 appendix A.1).
    case invalidCommonName(String)

    /// Neither a host name nor an address.
    case invalidName(String)

    /// A certificate without any name would be for nobody.
    case noNames

    /// GnuTLS could not make a key or a certificate.
    case notMade(GnuTLSFailure)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .daysOutOfRange(let days):
            "\(days) days are not within \(LabCertificates.allowedDays.lowerBound) to "
                + "\(LabCertificates.allowedDays.upperBound)"
        case .filesExist(let paths) where paths.count == 1: "\(paths[0]) exists already"
        case .filesExist(let paths): "\(paths.joined(separator: ", ")) exist already"
        case .folderNotWritable(let path, let error):
            "the certificates cannot be written to \(path): \(error)"
        case .invalidCommonName(let name): "\(name.debugDescription) cannot be an authority's name"
        case .invalidName(let name): "\(name.debugDescription) is neither a host name nor an IP address"
        case .noNames: "no name was given for the certificate"
        case .notMade(let failure): "the certificate cannot be made: \(failure)"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch self {
        case .daysOutOfRange: "choose 90 days, and make new certificates before they end"
        case .filesExist:
            "to replace all four files and lock out everyone who trusts the old ca.pem, say --force; "
                + "to keep them, name another folder with --out"
        case .folderNotWritable:
            "name a folder with --out that you may write to and whose parent folder exists"
        case .invalidCommonName: "choose a name of 1 to 64 bytes"
        case .invalidName:
            "write host names in ASCII letters, digits, hyphens and dots (an international one as xn--…), "
                + "and addresses like 192.0.2.1 or 2001:db8::1"
        case .noNames: "name the server as clients will call it, such as localhost"
        case .notMade: "check this system's GnuTLS and its source of random numbers"
        }
    }
}
