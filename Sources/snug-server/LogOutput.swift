// SPDX-License-Identifier: Apache-2.0

internal import ArgumentParser
internal import Logging
internal import SnugServer
internal import SnugSystem

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

/// Where log lines go: through swift-log to standard error, as text or as one JSON object a line.
struct LogOutput: Sendable {
    private let logger: Logger
    private let standardError = StandardError()

    init(format: LogFormat) {
        let handler = StandardErrorHandler(
            format: format,
            hasTime: !JournalStream.isStandardError,
            output: standardError
        )
        logger = Logger(label: "snug-server") { _ in handler }
    }

    /// Writes a line; to be called by the log's thread alone.
    func write(_ line: LogLine) throws(SystemError) {
        logger.log(
            level: Logger.Level(line.level),
            "\(line.text)",
            metadata: line.announcesAddress ? StandardErrorHandler.announcement : Logger.Metadata(line.fields)
        )
        try standardError.takeFailure()
    }
}

extension Logger.Metadata {
    fileprivate init(_ fields: LogFields) {
        self = [:]
        let words = [("peer", fields.peer), ("name", fields.name), ("reason", fields.reason)]
        for case (let key, let value?) in words { self[key] = .string(value) }
        let numbers = [("limit", fields.limit), ("bytes", fields.bytes)]
        for case (let key, let value?) in numbers { self[key] = .string("\(value)") }
    }
}

extension Logger.Level {
    fileprivate init(_ level: EventLevel) {
        switch level {
        case .debug: self = .debug
        case .info: self = .info
        case .notice: self = .notice
        case .warning: self = .warning
        case .error: self = .error
        }
    }
}

/// Standard error, and whether the last line went there, which a swift-log handler cannot tell its caller.
///
/// Unchecked Sendable: the log's thread alone uses it.
private final class StandardError: @unchecked Sendable {
    private let writer = LineWriter(to: 2)
    private var failure: SystemError?

    func write(_ line: String) {
        do throws(SystemError) { try writer.write(line) } catch { failure = error }
    }

    func takeFailure() throws(SystemError) {
        defer { failure = nil }
        if let failure { throw failure }
    }
}

private struct StandardErrorHandler: LogHandler {
    /// Scripts wait for the addresses: these lines come bare in text form, and are nothing to worry about in the other.
    static let announcement: Logger.Metadata = ["announces": "address"]

    let format: LogFormat
    /// Whether nobody else notes the time of each line.
    let hasTime: Bool
    let output: StandardError
    /// What is quieter was sorted out before.
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]

    init(format: LogFormat, hasTime: Bool, output: StandardError) {
        self.format = format
        self.hasTime = hasTime
        self.output = output
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let isAnnouncement = event.metadata == Self.announcement
        let level = isAnnouncement ? "info" : event.level.rawValue
        let text = "\(event.message)"
        switch format {
        case .json:
            let time = hasTime ? "\"time\":\"\(UnixTime.now)\"," : ""
            let fields = isAnnouncement ? "" : Self.fields(event.metadata ?? [:])
            output.write("{\(time)\"level\":\"\(level)\",\"message\":\"\(text.jsonEscaped)\"\(fields)}")
        case .text:
            let time = hasTime ? "\(UnixTime.now) " : ""
            output.write(isAnnouncement ? text : "\(time)\(level): \(text)")
        }
    }

    /// In one order, with a comma in front of each; the last two are numbers.
    private static func fields(_ metadata: Logger.Metadata) -> String {
        ["peer", "name", "reason", "limit", "bytes"].reduce(into: "") { text, key in
            guard let value = metadata[key].map({ "\($0)" }) else { return }
            let isNumber = key == "limit" || key == "bytes"
            text += ",\"\(key)\":" + (isNumber ? value : "\"\(value.jsonEscaped)\"")
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
