// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
public import SnugTransport

/// Why certificates could not be made or written.
public enum CertificateError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The validity asked for is not within ``LabCertificates/allowedDays``.
    case daysOutOfRange(Int)

    /// The authority that was to issue another certificate is past its dates.
    case authorityExpired(String, UnixTime)

    /// A file that a renewal needs cannot be used.
    case fileNotUsable(String, TLSFileError.Cause)

    /// These files are in the folder already, and it was not said that they may be replaced.
    case filesExist(folder: String, [String])

    /// The folder cannot be made, or a file cannot be written into it.
    case folderNotWritable(path: String, SystemError)

    /// The certificate that was to be renewed is not one by the authority that is there.
    case foreignCertificate(String)

    /// An authority's own name is empty or longer than 64 bytes (ub-common-name, RFC 5280 appendix A.1).
    case invalidCommonName(String)

    /// Neither a host name nor an address.
    case invalidName(String)

    /// A file of the authority that was to issue another certificate is missing.
    case noAuthority(String)

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
        case .authorityExpired(let path, let date): "the authority in \(path) has expired on \(date)"
        case .fileNotUsable(_, .file(let error)): error.description
        case .fileNotUsable(let path, .content(.certificate(let fault))): "\(path) \(fault)"
        case .fileNotUsable(let path, .content(.key(let fault))): "\(path) \(fault)"
        case .fileNotUsable(let path, .content(let error)): "\(path) cannot be used: \(error)"
        case .filesExist(let folder, let names):
            names.map { LabFolder(path: folder).path + "/" + $0 }.joined(separator: ", ")
                + " exist\(names.count == 1 ? "s" : "") already"
        case .folderNotWritable(let path, let error):
            "the certificates cannot be written to \(path): \(error)"
        case .foreignCertificate(let path): "\(path) is by another authority than the one beside it"
        case .invalidCommonName(let name): "\(name.debugDescription) cannot be an authority's name"
        case .invalidName(let name): "\(name.debugDescription) is neither a host name nor an IP address"
        case .noAuthority(let path): "\(path) does not exist, and without it there is no renewal"
        case .noNames: "no name was given for the certificate"
        case .notMade(let failure): "the certificate cannot be made: \(failure)"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch self {
        case .daysOutOfRange: "choose 90 days, and renew the certificate with --renew before they end"
        case .authorityExpired:
            "make everything anew in another folder with --out, and give everybody the new ca.pem"
        case .fileNotUsable(_, .file(let error)): error.hint
        case .fileNotUsable(let path, .content):
            "bring back the file that belongs there, or move \(path) elsewhere to have it made anew"
        case .filesExist(let folder, let names):
            Self.renewal(LabFolder(path: folder), names) + "name another folder with --out"
        case .folderNotWritable:
            "name a folder with --out that you may write to and whose parent folder exists"
        case .foreignCertificate(let path):
            "move \(path) and its key elsewhere if they are not needed, or name another folder with --out"
        case .invalidCommonName: "choose a name of 1 to 64 bytes"
        case .invalidName:
            "write host names in ASCII letters, digits, hyphens, underscores and dots (an international one as xn--…), "
                + "and addresses like 192.0.2.1 or 2001:db8::1"
        case .noAuthority:
            "bring it back for as long as the renewal takes, or make everything anew in another folder with --out"
        case .noNames: "name the server as clients will call it, such as localhost"
        case .notMade: "check this system's GnuTLS and its source of random numbers"
        }
    }

    private static func renewal(_ folder: LabFolder, _ existing: [String]) -> String {
        guard existing.contains(LabFolder.File.authorityKey.rawValue) else { return "" }
        return
            "for a new server certificate by the authority that is there say --renew; for another authority "
    }
}
