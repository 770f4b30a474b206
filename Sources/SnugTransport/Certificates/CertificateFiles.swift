// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Reads the files that TLS needs: only what can be such a file, and never more than it can be.
public enum CertificateFiles {
    /// No chain of certificates needs more.
    public static let certificateLimitBytes = 1 << 20

    /// No private key needs more: one of RSA with 16,384 bits has 13 KB in PEM.
    public static let privateKeyLimitBytes = 64 << 10

    /// Reads the certificates in the PEM file at `path`, as they are.
    ///
    /// The file may be a symbolic link, and anybody may read it: certificates are public.
    public static func readCertificates(_ path: String) throws(CertificateFileError) -> [UInt8] {
        do throws(FileFault) {
            return try InputFile(path: path, limitBytes: certificateLimitBytes, protection: .none).readAll()
        } catch {
            throw CertificateFileError(path: path, fault: error)
        }
    }

    /// Reads the private key in the PEM file at `path`, as it is.
    ///
    /// The file must belong to this process's user or to root, and nobody else may have any right to it. Of a
    /// symbolic link the target is judged.
    public static func readPrivateKey(_ path: String) throws(CertificateFileError) -> SecretBytes {
        do throws(FileFault) {
            return try InputFile(path: path, limitBytes: privateKeyLimitBytes, protection: .secret)
                .readSecret()
        } catch {
            throw CertificateFileError(path: path, fault: error)
        }
    }
}

/// A certificate or key file that cannot be used.
public struct CertificateFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The path as it was given.
    public let path: String

    /// What is wrong with the file.
    public let fault: FileFault

    /// One lower-case sentence without a full stop; it begins with the path.
    public var description: String { "\(path) \(fault)" }

    /// What to do about it.
    public var hint: String { fault.hint(forFileAt: path) }
}
