// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc
public import SnugSystem

/// A room's passphrase: 1 to 8192 bytes of UTF-8 without NUL.
///
/// It is bytes and not text: two spellings of the same character (Unicode normal forms) are two passphrases.
public struct Passphrase: ~Copyable, Sendable {
    private let secret: SecretBytes

    /// What one frame can carry.
    public static let limitBytes = 8_192

    /// Takes the passphrase from `CHAT_SECRET`, or from the file that `CHAT_SECRET_FILE` names.
    ///
    /// The value of `CHAT_SECRET` is overwritten in the process's environment and the variable removed, even when an
    /// error is thrown, so that neither /proc/PID/environ nor a child process shows it. The file is judged like a
    /// private key's; one newline at its end does not belong to the passphrase.
    ///
    /// Call it before other threads start: the environment is nobody's (getenv(3)).
    ///
    /// - Returns: nil if neither variable is set.
    public static func fromEnvironment() throws(PassphraseError) -> Passphrase? {
        let value = takeVariable("CHAT_SECRET")
        let path = getenv("CHAT_SECRET_FILE").map { String(cString: $0) }
        if let path {
            guard value == nil else { throw .bothVariablesSet }
            guard !path.isEmpty else { throw .empty(.variable("CHAT_SECRET_FILE")) }
            return try Passphrase(contentsOfFile: path)
        }
        guard let value else { return nil }
        return try Passphrase(value, from: .variable("CHAT_SECRET"))
    }

    /// Takes the passphrase from a file, or a pipe, to which nobody but this process's user and root has any right.
    public init(contentsOfFile path: String) throws(PassphraseError) {
        var content: SecretBytes
        do throws(FileFault) {
            let limit = Self.limitBytes + Self.longestNewline
            content = try InputFile(path: path, limitBytes: limit, protection: .secret).readSecret()
        } catch {
            switch error {
            case .empty: throw .empty(.file(path))
            case .tooLarge: throw .tooLong(.file(path), limitBytes: Self.limitBytes)
            default: throw .unusableFile(path: path, error)
            }
        }
        let newline = content.withBytes { $0.newlineLength }
        content.removeLast(newline)
        try self.init(content, from: .file(path))
    }

    /// Takes bytes that came from `source`, if they can be a passphrase.
    public init(_ secret: consuming SecretBytes, from source: PassphraseSource) throws(PassphraseError) {
        guard secret.count > 0 else { throw .empty(source) }
        guard secret.count <= Self.limitBytes else { throw .tooLong(source, limitBytes: Self.limitBytes) }
        let (hasNUL, isUTF8) = secret.withBytes { ($0.contains(0), $0.isUTF8) }
        guard !hasNUL else { throw .containsNUL(source) }
        guard isUTF8 else { throw .notUTF8(source) }
        self.secret = secret
    }

    /// Lends the bytes to `body`, which MUST NOT keep the pointer nor copy what it points to.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try secret.withBytes(body)
    }

    /// CR LF.
    private static let longestNewline = 2

    private static func takeVariable(_ name: String) -> SecretBytes? {
        guard let value = getenv(name) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: value, count: strlen(value))
        let secret = SecretBytes(copying: bytes.bytes)
        wipe_environment_variable(name)
        return secret
    }
}

/// Where a passphrase came from.
public enum PassphraseSource: Equatable, Sendable, CustomStringConvertible {
    /// The file with this path.
    case file(String)

    /// Chance; see ``Passphrase/random()``.
    case random

    /// The script of a lab, where it is no secret.
    case script

    /// A person at the terminal.
    case terminal

    /// The environment variable with this name.
    case variable(String)

    /// A noun for error messages.
    public var description: String {
        switch self {
        case .file(let path): "the passphrase file \(path)"
        case .random: "the new passphrase"
        case .script: "the script's passphrase"
        case .terminal: "what was typed"
        case .variable(let name): name
        }
    }
}

extension UnsafeRawBufferPointer {
    fileprivate var newlineLength: Int {
        guard last == UInt8(ascii: "\n") else { return 0 }
        return dropLast().last == UInt8(ascii: "\r") ? 2 : 1
    }

    /// Judged in place: a String would be a copy that nobody overwrites.
    fileprivate var isUTF8: Bool {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bindMemory(to: UInt8.self).span)
            return true
        } catch {
            return false
        }
    }
}
