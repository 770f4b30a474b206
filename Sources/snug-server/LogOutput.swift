// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Glibc
internal import Logging
internal import SnugProgram
internal import SnugServer

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

    /// The quietest events that are logged; there are none below `info` yet.
    var minimum: EventLevel {
        switch self {
        case .debug, .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

/// Where log lines go: through swift-log to standard error, as text or as one JSON object a line.
struct LogOutput: Sendable {
    private let logger: Logger

    init(format: LogFormat) {
        logger = Logger(label: "snug-server") { _ in StandardErrorHandler(format: format) }
    }

    func write(_ line: LogLine) {
        // Scripts wait for the addresses: these lines come bare in text form.
        logger.log(
            level: Self.level(of: line),
            "\(line.text)",
            metadata: line.announcesAddress ? ["announces": "address"] : nil
        )
    }

    private static func level(of line: LogLine) -> Logger.Level {
        switch line.level {
        case .info: .info
        case .notice: .notice
        case .warning: .warning
        case .error: .error
        }
    }
}

private struct StandardErrorHandler: LogHandler {
    let format: LogFormat
    var logLevel = Logger.Level.info
    var metadata: Logger.Metadata = [:]

    init(format: LogFormat) { self.format = format }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let isBare = event.metadata?["announces"] != nil
        let level = isBare ? "info" : event.level.rawValue
        switch format {
        case .json:
            let text = "\(event.message)".jsonEscaped
            standardError("{\"time\":\"\(Self.timestamp)\",\"level\":\"\(level)\",\"message\":\"\(text)\"}")
        case .text:
            standardError(isBare ? "\(event.message)" : "\(Self.timestamp) \(level): \(event.message)")
        }
    }

    /// RFC 3339, UTC.
    private static var timestamp: String {
        var now = time(nil)
        var parts = tm()
        gmtime_r(&now, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
