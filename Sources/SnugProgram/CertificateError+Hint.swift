// SPDX-License-Identifier: Apache-2.0

public import SnugLab
internal import SnugTransport

extension CertificateError {
    /// What to do about it.
    public var hint: String {
        switch self {
        case .daysOutOfRange: "choose 90 days, and renew the certificate with --renew before they end"
        case .authorityExpired:
            "make everything anew in another folder with --out, and give everybody the new ca.pem"
        case .fileNotUsable(_, .file(let error)): error.hint
        case .fileNotUsable(_, .content(.certificate(.notYetValid))):
            "set this machine's clock if it is wrong"
        case .fileNotUsable(let path, .content) where LabFolder(containing: path).path(.server) == path:
            "bring back the file that belongs there, or move \(path) elsewhere and name each host with --name"
        case .fileNotUsable(_, .content):
            "bring back the file that belongs there, as make-certs wrote it: people know no other"
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
