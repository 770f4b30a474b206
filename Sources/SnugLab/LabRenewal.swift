// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
internal import SnugTransport

extension LabCertificates {
    /// What a renewal made.
    public struct Renewal: Equatable, Sendable {
        /// The last second in which the new certificate is valid.
        public let expiry: UnixTime

        /// The host names and addresses that it is for.
        public let names: [String]

        /// The files that were written.
        public let files: [String]
    }

    /// Makes a new server certificate by the authority whose files are in a folder, so that nobody needs a new `ca.pem`.
    ///
    /// It is for the same key, so that what clients have pinned stays right and one file is all that changes; only where that key is
    /// missing, a new one is made. A missing `ca.pem` is written again from what the old `server.pem` holds of it.
    ///
    /// - Parameters:
    ///   - folder: with at least `ca-key.pem`.
    ///   - names: what the new certificate is for besides the names of the old one; without an old one they are all, or
    ///     ``defaultNames``.
    ///   - days: how long the new certificate is valid; it ends with the authority at the latest.
    ///   - now: the time from which the days are counted.
    public static func renew(
        in folder: String,
        names: [String] = [],
        days: Int = 90,
        now: UnixTime = .now
    ) throws(CertificateError) -> Renewal {
        guard allowedDays.contains(days) else { throw .daysOutOfRange(days) }
        let lab = LabFolder(path: folder)
        let old = try lab.oldServerCertificates()
        let authority = try lab.authority(or: old)
        guard now <= authority.expiry else { throw .authorityExpired(lab.path(.authority), authority.expiry) }
        if let old, !authority.hasIssued(old) { throw .foreignCertificate(lab.path(.server)) }
        let subjects = try subjects(of: old, names)
        let expiry = min(now + .seconds(days * secondsPerDay), authority.expiry)
        let isKeyNew = !lab.has(.serverKey)
        let key = try isKeyNew ? lab.newKey() : lab.serverKey()
        let chain = try lab.issue(subjects, by: authority, for: key, from: now + backdating, until: expiry)
        let keyPEM = try lab.export(key)
        let isAuthorityNew = !lab.has(.authority)
        do throws(SystemError) {
            var files = try StagedFiles(folder: folder)
            if isAuthorityNew { try files.stage(.authority, authority.certificatePEM) }
            if isKeyNew { try files.stage(.serverKey, keyPEM) }
            try files.stage(.server, chain)
            try files.publish(replacing: true)
        } catch {
            throw .folderNotWritable(path: folder, error)
        }
        let files =
            (isAuthorityNew ? [.authority] : []) + (isKeyNew ? [.serverKey] : []) + [LabFolder.File.server]
        return Renewal(expiry: expiry, names: subjects.map(\.text), files: files.map(\.rawValue))
    }

    private static func subjects(
        of old: CertificateList?,
        _ names: [String]
    ) throws(CertificateError) -> [SubjectName] {
        let known = old?.certificates[0].names.compactMap { SubjectName($0) } ?? []
        guard !(known.isEmpty && names.isEmpty) else { return try SubjectName.parse(defaultNames) }
        let added = names.isEmpty ? [] : try SubjectName.parse(names)
        return known + added.filter { !known.contains($0) }
    }
}

extension LabFolder {
    fileprivate func oldServerCertificates() throws(CertificateError) -> CertificateList? {
        has(.server) ? try certificates(.server) : nil
    }

    /// The authority whose key is here; its certificate may be missing if a server certificate has it behind itself.
    fileprivate func authority(or old: CertificateList?) throws(CertificateError) -> LabAuthority {
        guard has(.authorityKey) else { throw .noAuthority(path(.authorityKey)) }
        let key = try key(.authorityKey)
        guard let candidates = has(.authority) ? try certificates(.authority) : old else {
            throw .noAuthority(path(.authority))
        }
        guard let index = key.index(in: candidates.certificates) else {
            guard has(.authority) else { throw .noAuthority(path(.authority)) }
            throw .fileNotUsable(path(.authorityKey), .content(.key(.ofAnotherCertificate)))
        }
        do throws(GnuTLSFailure) {
            return try LabAuthority(certificate: candidates.certificates[index], key: key)
        } catch {
            throw .notMade(error)
        }
    }

    fileprivate func serverKey() throws(CertificateError) -> X509PrivateKey { try key(.serverKey) }

    fileprivate func newKey() throws(CertificateError) -> X509PrivateKey {
        do throws(GnuTLSFailure) { return try X509PrivateKey.generate(.p256) } catch {
            throw .notMade(error)
        }
    }

    fileprivate func export(_ key: borrowing X509PrivateKey) throws(CertificateError) -> SecretBytes {
        do throws(GnuTLSFailure) { return try key.exportPEM() } catch { throw .notMade(error) }
    }

    /// A chain that clients accept: whatever the authority and the key here are, that is made sure of.
    fileprivate func issue(
        _ names: [SubjectName],
        by authority: borrowing LabAuthority,
        for key: borrowing X509PrivateKey,
        from notBefore: UnixTime,
        until notAfter: UnixTime
    ) throws(CertificateError) -> [UInt8] {
        let pem: [UInt8]
        do throws(GnuTLSFailure) {
            pem = try authority.issue(names, for: key, notBefore, notAfter, .server)
        } catch {
            throw .notMade(error)
        }
        do throws(TLSConfigurationError) {
            let chain = try CertificateList.certificates(in: pem)
            try chain.judge(now: notBefore + backdating * -1)
            guard let trusted = TrustList(pem: authority.certificatePEM), chain.leads(to: trusted) else {
                throw .certificate(.notOfAuthority)
            }
        } catch {
            let isKeyToBlame =
                switch error {
                case .certificate(.keyKindNotOffered), .certificate(.keyTooShort): true
                default: false
                }
            throw .fileNotUsable(path(isKeyToBlame ? .serverKey : .authority), .content(error))
        }
        return pem
    }

    private func certificates(_ file: File) throws(CertificateError) -> CertificateList {
        let pem: [UInt8]
        do throws(CertificateFileError) { pem = try CertificateFiles.readCertificates(path(file)) } catch {
            throw .fileNotUsable(error.path, .file(error))
        }
        do throws(TLSConfigurationError) { return try .certificates(in: pem) } catch {
            throw .fileNotUsable(path(file), .content(error))
        }
    }

    private func key(_ file: File) throws(CertificateError) -> X509PrivateKey {
        let pem: SecretBytes
        do throws(CertificateFileError) { pem = try CertificateFiles.readPrivateKey(path(file)) } catch {
            throw .fileNotUsable(error.path, .file(error))
        }
        do throws(PrivateKeyFault) { return try X509PrivateKey.read(pem: pem) } catch {
            throw .fileNotUsable(path(file), .content(.key(error)))
        }
    }
}
