// SPDX-License-Identifier: Apache-2.0

public import SnugSystem
public import SnugTransport

/// The file that says who may moderate: a key on each line, as `snug identity` prints it, and behind it what people want
/// to remember of it.
///
/// Empty lines and those that begin with `#` say nothing.
public struct OperatorsFile: Equatable, Sendable {
    /// Room for ten thousand keys with names behind them.
    static let limitBytes = 1_048_576

    /// Where it is.
    public let path: String

    /// The file at `path`.
    public init(path: String) {
        self.path = path
    }

    /// Reads all keys, in the order of the file; one that is there twice comes twice.
    ///
    /// The file must belong to this process's user or to root, and nobody else may have a right to change it: who can
    /// add a line can ban everybody. All may read it. Empty, it names nobody.
    public func read() throws(OperatorsFileError) -> [KeyFingerprint] {
        let bytes: [UInt8]
        do throws(FileFault) {
            let file = try InputFile(path: path, limitBytes: Self.limitBytes, protection: .fromChange)
            bytes = try file.readAll()
        } catch .empty {
            return []
        } catch { throw .unusableFile(path: path, error) }
        return try keys(in: bytes)
    }

    private func keys(in bytes: [UInt8]) throws(OperatorsFileError) -> [KeyFingerprint] {
        // Editors of Windows begin a file with a byte order mark.
        let bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        var keys: [KeyFingerprint] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let line = String(validating: line, as: UTF8.self) else {
                throw .unusableLine(path: path, number: index + 1, .notUTF8)
            }
            guard let word = line.split(whereSeparator: \.isWhitespace).first, !word.hasPrefix("#") else {
                continue
            }
            guard let key = KeyFingerprint(String(word)) else {
                throw .unusableLine(path: path, number: index + 1, OperatorsFileError.LineFault(of: word))
            }
            keys.append(key)
        }
        return keys
    }
}

/// Why nobody can be told from an ``OperatorsFile`` who may moderate.
public enum OperatorsFileError: Error, Equatable, Sendable {
    /// The file cannot be read, or others can change it.
    case unusableFile(path: String, FileFault)

    /// A line is none of the file's form; the first one has number 1.
    case unusableLine(path: String, number: Int, LineFault)

    /// What a line has in place of a key's fingerprint.
    ///
    /// It is not quoted anywhere: it may be a secret.
    public enum LineFault: Equatable, Sendable {
        /// A key of OpenSSH's, or its fingerprint.
        case ofOpenSSH
        /// Text in PEM.
        case pem
        case notUTF8
        case other

        init(of word: some StringProtocol) {
            if word.hasPrefix("-----") {
                self = .pem
            } else if word.hasPrefix("SHA256:") || word.hasPrefix("ssh-") {
                self = .ofOpenSSH
            } else {
                self = .other
            }
        }
    }
}

extension OperatorsFileError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .unusableFile(let path, let fault): "\(path) \(fault)"
        case .unusableLine(let path, let number, .notUTF8): "line \(number) of \(path) is not UTF-8"
        case .unusableLine(let path, let number, .ofOpenSSH):
            "line \(number) of \(path) begins with what OpenSSH knows a key by"
        case .unusableLine(let path, let number, .pem):
            "line \(number) of \(path) begins a key or certificate in PEM"
        case .unusableLine(let path, let number, .other):
            "line \(number) of \(path) does not begin with a key's fingerprint"
        }
    }

    /// What to do about it, one sentence.
    public var hint: String {
        switch self {
        case .unusableFile(let path, let fault): fault.hint(forFileAt: path)
        case .unusableLine(_, _, .notUTF8): "save the file as UTF-8"
        case .unusableLine:
            "begin each line with sha256: and 44 characters, as snug identity prints them, and comments with #"
        }
    }
}
