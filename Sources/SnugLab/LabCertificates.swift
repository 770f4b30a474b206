// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// The four files that a lab's TLS server and its clients need.
public enum LabCertificates {
    /// A server on this machine, under each of the names it can be called by.
    public static let defaultNames = ["localhost", "127.0.0.1", "::1"]

    /// How many days a server certificate can be valid: no longer than its authority.
    public static let allowedDays = 1...3_650

    /// The files' names: two certificates for everybody, two keys for nobody else.
    public static let fileNames = LabFolder.File.allCases.map(\.rawValue)

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
    /// - Returns: the names under which the files that were replaced are still there.
    @discardableResult
    public static func write(
        to folder: String,
        names: [String] = defaultNames,
        days: Int = 90,
        replacing: Bool = false,
        now: UnixTime = .now
    ) throws(CertificateError) -> [String] {
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
        var existing: [String] = []
        var kept: [String] = []
        do throws(SystemError) {
            var files = try StagedFiles(folder: folder)
            existing = try files.existing(of: fileNames)
            if existing.isEmpty || replacing {
                try files.stage(.authority, authority.certificatePEM)
                try files.stage(.authorityKey, authority.privateKeyPEM)
                try files.stage(.server, server.certificateChainPEM)
                try files.stage(.serverKey, server.privateKeyPEM)
                kept = try files.keep(existing)
                try files.publish(replacing: replacing)
            }
        } catch {
            throw .folderNotWritable(path: folder, error)
        }
        guard existing.isEmpty || replacing else {
            throw .filesExist(folder: folder, existing)
        }
        return kept
    }
}

extension StagedFiles {
    mutating func stage(_ file: LabFolder.File, _ pem: [UInt8]) throws(SystemError) {
        try stage(file.rawValue, isForEverybody: file.isForEverybody, pem.span.bytes)
    }

    mutating func stage(_ file: LabFolder.File, _ pem: borrowing SecretBytes) throws(SystemError) {
        try pem.withBytes { (pem) throws(SystemError) in
            try stage(file.rawValue, isForEverybody: file.isForEverybody, pem.bytes)
        }
    }
}

let secondsPerDay = 86_400
