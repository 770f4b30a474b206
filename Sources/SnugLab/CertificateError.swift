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
}
