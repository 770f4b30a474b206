// SPDX-License-Identifier: Apache-2.0

/// The four files that a lab's TLS server and its clients need.
public enum LabCertificates {
    /// A server on this machine, under each of the names it can be called by.
    public static let defaultNames = ["localhost", "127.0.0.1", "::1"]

    /// How many days a server certificate can be valid: no longer than its authority.
    public static let allowedDays = 1...3_650

    /// The files' names: two certificates for everybody, two keys for nobody else.
    public static let fileNames = [authorityFile, authorityKeyFile, serverFile, serverKeyFile]

    /// Makes an authority and a server certificate signed by it, and writes them and their keys to a folder.
    ///
    /// `ca.pem` is what clients are to trust; `server.pem` (the server's certificate, then the authority's) and
    /// `server-key.pem` are for the server; `ca-key.pem` signs further certificates and is best moved elsewhere. Keys
    /// are made for this process's user alone (mode 0600). All four files appear, or none does.
    ///
    /// - Parameters:
    ///   - folder: made if it is missing, for its owner alone; its parent has to exist.
    ///   - names: host names and addresses that clients will call the server by.
    ///   - days: how long the server's certificate is valid; the authority's is valid for ten years.
    ///   - replacing: existing files may be replaced. Otherwise a single one is an error.
    ///   - now: the time from which the days are counted.
    public static func write(
        to folder: String,
        names: [String] = defaultNames,
        days: Int = 90,
        replacing: Bool = false,
        now: UnixTime = .now
    ) throws(CertificateError) {
        guard allowedDays.contains(days) else { throw .daysOutOfRange(days) }
        let notBefore = now + backdating
        let authority = try LabAuthority(
            notBefore: notBefore,
            notAfter: now + .seconds(allowedDays.upperBound * secondsPerDay)
        )
        let server = try authority.issue(
            names: names,
            notBefore: notBefore,
            notAfter: now + .seconds(days * secondsPerDay)
        )
        let existing: [String]
        do throws(SystemError) {
            var files = try StagedFiles(folder: folder)
            existing = replacing ? [] : try files.existing(of: fileNames)
            if existing.isEmpty {
                try stage(authority, server, in: &files)
                try files.publish(replacing: replacing)
            }
        } catch {
            throw .folderNotWritable(path: folder, error)
        }
        guard existing.isEmpty else { throw .filesExist(existing.map { "\(folder)/\($0)" }) }
    }

    private static func stage(
        _ authority: borrowing LabAuthority,
        _ server: borrowing IssuedCertificate,
        in files: inout StagedFiles
    ) throws(SystemError) {
        try files.stage(authorityFile, isForEverybody: true, authority.certificatePEM.span.bytes)
        try authority.privateKeyPEM.withBytes { (pem) throws(SystemError) in
            try files.stage(authorityKeyFile, isForEverybody: false, pem.bytes)
        }
        try files.stage(serverFile, isForEverybody: true, server.certificateChainPEM.span.bytes)
        try server.privateKeyPEM.withBytes { (pem) throws(SystemError) in
            try files.stage(serverKeyFile, isForEverybody: false, pem.bytes)
        }
    }
}

private let authorityFile = "ca.pem"
private let authorityKeyFile = "ca-key.pem"
private let serverFile = "server.pem"
private let serverKeyFile = "server-key.pem"
private let secondsPerDay = 86_400
