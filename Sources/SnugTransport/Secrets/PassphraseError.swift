// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Why there is no usable passphrase; it never holds a part of one.
public enum PassphraseError: Error, Equatable, Sendable, CustomStringConvertible {
    /// `CHAT_SECRET` and `CHAT_SECRET_FILE` are both set, and nobody knows which is meant.
    case bothVariablesSet

    /// A NUL byte ends a value in the environment, so such a passphrase could be given in a file alone.
    case containsNUL(PassphraseSource)

    /// Set, but empty: taken for "no passphrase", a forgotten value would open the room to everyone.
    case empty(PassphraseSource)

    /// A new passphrase replaces nothing that is there.
    case fileExists(String)

    /// Not UTF-8 (RFC 3629), which every frame has to be.
    case notUTF8(PassphraseSource)

    /// More than a frame can carry.
    case tooLong(PassphraseSource, limitBytes: Int)

    /// The file cannot be read, or others can read it too.
    case unusableFile(path: String, FileFault)

    /// A new passphrase could not be shown or kept.
    case unwritable(SystemError)

    /// GnuTLS could not make what guesses are compared with.
    case verifierFailed(GnuTLSFailure)

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .bothVariablesSet: "CHAT_SECRET and CHAT_SECRET_FILE are both set"
        case .containsNUL(let source): "\(source) contains a NUL byte"
        case .empty(.variable(let name)): "\(name) is set but empty"
        case .empty(let source): "\(source) is empty"
        case .fileExists(let path): "\(path) exists already"
        case .notUTF8(let source): "\(source) is not UTF-8 text"
        case .tooLong(let source, let limit): "\(source) is longer than \(limit) bytes"
        case .unusableFile(let path, let fault): "\(PassphraseSource.file(path)) \(fault)"
        case .unwritable(let error): "the new passphrase cannot be written: \(error)"
        case .verifierFailed(let failure): "the passphrase cannot be prepared: \(failure)"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch self {
        case .bothVariablesSet: "unset one of them"
        case .containsNUL, .notUTF8:
            "choose a passphrase of printable characters, and save a file that holds it in UTF-8"
        case .empty(.variable("CHAT_SECRET_FILE")):
            "name the file that holds the passphrase, or unset CHAT_SECRET_FILE to do without one"
        case .empty(.variable(let name)): "give it a passphrase, or unset \(name) to do without one"
        case .empty(.file): "write the passphrase into it, or unset CHAT_SECRET_FILE to do without one"
        case .empty(.random), .empty(.script): "write the passphrase into it"
        case .empty(.terminal): "type the room's passphrase"
        case .fileExists(let path): "name another file, or move \(path) away: a passphrase is never replaced"
        case .tooLong(_, let limit): "choose a passphrase of at most \(limit) bytes"
        case .unusableFile(let path, let fault): fault.hint(forFileAt: path)
        case .unwritable: "name a file in a folder you may write to"
        case .verifierFailed: "check this system's GnuTLS and its source of random numbers"
        }
    }
}
