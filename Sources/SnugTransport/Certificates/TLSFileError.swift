// SPDX-License-Identifier: Apache-2.0

/// A file with certificates or a key that cannot be used.
public struct TLSFileError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    public enum Cause: Equatable, Sendable {
        /// The file.
        case file(CertificateFileError)

        /// What is in it, or the algorithms that are to be used with it.
        case content(TLSConfigurationError)
    }

    /// What is wrong.
    public let cause: Cause

    /// One lower-case sentence without a full stop; it begins with the path of the file that is to blame.
    public let description: String
}

extension TLSFileError {
    init(_ error: CertificateFileError) {
        cause = .file(error)
        description = error.description
    }

    /// The error of a server that was given `files`.
    public init(_ error: TLSConfigurationError, _ files: ServerFiles) {
        cause = .content(error)
        description =
            switch error {
            case .certificate(let fault): "\(files.certificate) \(fault)"
            case .key(let fault): "\(files.key) \(fault)"
            case .library, .noSystemTrust, .policy: error.description
            }
    }

    /// The error of a client that was given the file at `path`.
    fileprivate init(_ error: TLSConfigurationError, authorities path: String) {
        cause = .content(error)
        guard case .certificate(let fault) = error else {
            description = error.description
            return
        }
        description = "\(path) \(fault)"
    }
}

extension TLSContext {
    /// A client's context that trusts the authorities in the PEM file at `path` and nobody else.
    public convenience init(
        trustingFile path: String,
        policy: TLSPolicy,
        applicationProtocols: [String] = [],
        clientKey: ClientKey? = nil
    ) throws(TLSFileError) {
        let pem: [UInt8]
        do throws(CertificateFileError) {
            pem = try CertificateFiles.readCertificates(path)
        } catch {
            throw TLSFileError(error)
        }
        do throws(TLSConfigurationError) {
            try self.init(
                trust: .authorities(pem: pem),
                policy: policy,
                applicationProtocols: applicationProtocols,
                clientKey: clientKey
            )
        } catch {
            throw TLSFileError(error, authorities: path)
        }
    }
}
