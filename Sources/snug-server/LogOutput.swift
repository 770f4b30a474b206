// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import SnugServer
internal import SnugTransport

enum LogFormat: String, CaseIterable, ExpressibleByArgument {
    case json
    case text
}

enum LogLevel: String, CaseIterable, ExpressibleByArgument {
    case debug
    case info
    case notice
    case warning
    case error

    /// The quietest events that are logged.
    var minimum: EventLevel {
        switch self {
        case .debug: .debug
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Where log lines go: to standard error, as text or as one JSON object a line.
struct LogOutput: Sendable {
    private let format: LogFormat
    /// Belongs to the log's thread, which alone calls ``write(_:)``.
    private let standardError = HandedOver(LineWriter(to: 2))

    init(format: LogFormat) { self.format = format }

    func write(_ line: LogLine) throws(SystemError) {
        try standardError.value.write(text(for: line))
    }

    private func text(for line: LogLine) -> String {
        // Scripts wait for the addresses: these lines come bare in text form, and are nothing to worry about in the other.
        let level = line.announcesAddress ? "info" : "\(line.level)"
        return switch format {
        case .json:
            "{\"time\":\"\(UnixTime.now)\",\"level\":\"\(level)\",\"message\":\"\(line.text.jsonEscaped)\"}"
        case .text: line.announcesAddress ? line.text : "\(UnixTime.now) \(level): \(line.text)"
        }
    }
}

extension String {
    /// For a JSON string (RFC 8259 section 7); control characters are gone already.
    ///
    /// By scalars: a quotation mark with an accent on it is another `Character`, and still ends the string.
    fileprivate var jsonEscaped: String {
        String(
            unicodeScalars.reduce(into: UnicodeScalarView()) { result, scalar in
                if scalar == "\"" || scalar == "\\" { result.append("\\") }
                result.append(scalar)
            }
        )
    }
}
