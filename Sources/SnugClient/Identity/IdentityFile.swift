// SPDX-License-Identifier: Apache-2.0

internal import Glibc
public import SnugSystem
public import SnugTransport

/// The file in which a person's ``ClientKey`` is kept: a private key in PEM, for this user alone.
public struct IdentityFile: Equatable, Sendable {
    /// No key of Ed25519 needs more: it has 119 bytes, and there may be notes around it.
    static let limitBytes = 16_384

    /// Where it is.
    public let path: String

    /// The file at `path`.
    public init(path: String) {
        self.path = path
    }

    /// `$XDG_DATA_HOME/snug/identity.pem` (XDG Base Directory Specification); without that variable
    /// `$HOME/.local/share/snug/identity.pem`; nil without either.
    public static var standard: IdentityFile? {
        UserFolder.data.path.map { IdentityFile(path: $0 + "/identity.pem") }
    }

    /// Whether anything has that path, if only a link that leads nowhere.
    ///
    /// What cannot be found out counts as there: a key that cannot be reached is not the same as none.
    public var exists: Bool { FilePath.mayExist(path) }

    /// Whether this user may not even see whether it is there, as in another user's home.
    public var isOutOfSight: Bool { exists && !FilePath.isTaken(path) }

    /// Reads the key.
    ///
    /// The file must belong to this process's user or to root, and nobody else may have any right to it. It may be a
    /// pipe.
    public func read() throws(IdentityError) -> ClientKey {
        let pem: SecretBytes
        do throws(FileFault) {
            pem = try InputFile(path: path, limitBytes: Self.limitBytes, protection: .secret).readSecret()
        } catch { throw .unusableFile(path: path, error) }
        do throws(ClientKeyFault) { return try ClientKey(pem: pem) } catch {
            throw .unusableContent(path: path, error)
        }
    }

    /// Makes a key and writes it, whole or not at all, and never over something that is there.
    ///
    /// The file is for this user alone (mode 0600), and so are the folders above it that were missing (0700).
    public func create() throws(IdentityError) -> ClientKey {
        let key: ClientKey
        let pem: SecretBytes
        do throws(GnuTLSFailure) {
            key = try .random()
            pem = try key.exportPEM()
        } catch { throw .notMade(error) }
        do throws(SystemError) {
            try FilePath.makeFolders(above: path)
            try pem.withBytes { (pem) throws(SystemError) in
                try StagedFiles.create(path, isForEverybody: false, pem.bytes)
            }
        } catch {
            throw error.code == EEXIST ? .exists(path: path) : .unwritable(path: path, error)
        }
        return key
    }
}

/// Why there is no key to be had from an ``IdentityFile``.
public enum IdentityError: Error, Equatable, Sendable {
    /// Something has that path already.
    case exists(path: String)

    /// GnuTLS could not make a key.
    case notMade(GnuTLSFailure)

    /// There is no key of ours in the file.
    case unusableContent(path: String, ClientKeyFault)

    /// The file cannot be read, or others can read it as well.
    case unusableFile(path: String, FileFault)

    /// The file cannot be written.
    case unwritable(path: String, SystemError)
}

extension IdentityError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .exists(let path): "\(path) is there already, and is not replaced"
        case .notMade(let failure): "no key can be made: \(failure)"
        case .unusableContent(let path, let fault): "\(path) \(fault)"
        case .unusableFile(let path, let fault): "\(path) \(fault)"
        case .unwritable(let path, let error): "\(path) cannot be written: \(error)"
        }
    }

    /// What to do about it, one sentence; a command is behind a colon, at its end.
    public var hint: String {
        switch self {
        case .exists: "use that one, or move it away first"
        case .notMade: "check this system's GnuTLS, and whether there is memory left"
        case .unusableContent(let path, _):
            "bring back the key that was there, or move the file away and make a new key, by which nobody knows you "
                + "yet: mv \(ShellWord.quoted(path)) \(ShellWord.quoted(path + ".old")) && snug identity"
        case .unusableFile(let path, let fault): fault.hint(forFileAt: path)
        case .unwritable(_, let error):
            error.isNotPermitted
                ? "give the user that runs this (uid \(geteuid())) the right to write there, or choose another file"
                : "check the path, and the disk that it is on, or choose another file"
        }
    }
}
