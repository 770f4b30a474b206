// SPDX-License-Identifier: Apache-2.0

/// A request for the server's figures, read from the bytes of an HTTP/1.1 request (RFC 9112).
///
/// Only what a scraper or a person with curl sends is understood: one GET without a body.
struct MetricsRequest: Equatable, Sendable {
    /// The path that was asked for, without a query.
    let path: String

    /// All values of `Accept`.
    let accept: [String]

    /// A longer head is refused.
    static let maximumBytes = 8_192

    /// More lines of a head are refused.
    static let maximumFields = 64

    /// What the bytes that came so far are.
    enum Reading: Equatable, Sendable {
        /// More have to come.
        case incomplete
        case refused(MetricsRefusal)
        case request(MetricsRequest)
    }

    /// Reads the head of a request; what comes behind it is left alone.
    static func read(_ bytes: [UInt8]) -> Reading {
        guard let end = endOfHead(in: bytes) else {
            return bytes.count < maximumBytes ? .incomplete : .refused(.tooLarge)
        }
        guard end <= maximumBytes else { return .refused(.tooLarge) }
        // Nothing else belongs into a head (RFC 9110 section 5.5), and nothing of it is shown to anybody.
        let rows = bytes[..<end].split(separator: 0x0A).map { $0.last == 0x0D ? $0.dropLast() : $0 }
        guard rows.joined().allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
            return .refused(.malformed)
        }
        var lines = rows.map { String(decoding: $0, as: UTF8.self) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count <= maximumFields + 1 else { return .refused(.tooLarge) }
        do throws(MetricsRefusal) { return .request(try MetricsRequest(lines)) } catch {
            return .refused(error)
        }
    }

    /// Behind the empty line that ends the head; a line may end without a carriage return (section 2.2).
    private static func endOfHead(in bytes: [UInt8]) -> Int? {
        var isAtStart = true
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case 0x0A where isAtStart && index > 1: return index + 1
            case 0x0A: isAtStart = true
            case 0x0D: break
            default: isAtStart = false
            }
        }
        return nil
    }

    private init(_ lines: [String]) throws(MetricsRefusal) {
        guard let first = lines.first else { throw .malformed }
        let words = first.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard words.count == 3, Self.isToken(words[0]), Self.isPath(words[1]) else { throw .malformed }
        guard ["HTTP/1.0", "HTTP/1.1"].contains(words[2]) else {
            throw words[2].hasPrefix("HTTP/") ? .version : .malformed
        }
        guard words[0] == "GET" else { throw .method }
        let fields = try Self.fields(lines.dropFirst())
        let hosts = fields.count { $0.name == "host" }
        guard hosts == 1 || hosts == 0 && words[2] == "HTTP/1.0" else { throw .malformed }
        let hasBody = fields.contains {
            $0.name == "transfer-encoding" || $0.name == "content-length" && $0.value != "0"
        }
        guard !hasBody else { throw .malformed }
        path = String(words[1].prefix { $0 != "?" })
        accept = fields.filter { $0.name == "accept" }.map(\.value)
    }

    private static func fields(
        _ lines: ArraySlice<String>
    ) throws(MetricsRefusal) -> [(name: String, value: String)] {
        var fields: [(name: String, value: String)] = []
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            // A line that goes on with the one before, too, which is obsolete (section 5.2).
            guard parts.count == 2, isToken(parts[0]) else { throw .malformed }
            let value = parts[1].drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }
            fields.append((parts[0].lowercased(), String(String(value.reversed()))))
        }
        return fields
    }

    /// RFC 9112 section 3.2.1; what is no ASCII has to be written in another way.
    private static func isPath(_ text: String) -> Bool {
        text.hasPrefix("/") && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ text: some StringProtocol) -> Bool {
        let others = "!#$%&'*+-.^_`|~"
        return !text.isEmpty
            && text.unicodeScalars.allSatisfy {
                $0.isASCII && ($0.properties.isAlphabetic || ("0"..."9").contains($0))
                    || others.unicodeScalars.contains($0)
            }
    }
}

/// Why a request for figures is not answered with any.
enum MetricsRefusal: Error, Equatable, Sendable {
    case malformed
    case method
    case notFound
    case tooLarge
    case version

    /// Status and reason (RFC 9110 section 15).
    var status: String {
        switch self {
        case .malformed: "400 Bad Request"
        case .method: "405 Method Not Allowed"
        case .notFound: "404 Not Found"
        case .tooLarge: "431 Request Header Fields Too Large"
        case .version: "505 HTTP Version Not Supported"
        }
    }

    /// One line for whoever has asked.
    var sentence: String {
        switch self {
        case .malformed: "this is no request that HTTP/1.1 knows"
        case .method: "figures are only to be read: GET"
        case .notFound: "there are /metrics, /healthz and /readyz"
        case .tooLarge: "the request is too long"
        case .version: "this server speaks HTTP/1.1"
        }
    }
}

/// An answer over HTTP/1.1, after which the connection ends.
struct MetricsAnswer: Equatable, Sendable {
    let status: String
    let mediaType: String
    let body: String
    private var extra: [String] = []

    init(_ status: String, _ body: String, _ mediaType: String = "text/plain; charset=utf-8") {
        self.status = status
        self.mediaType = mediaType
        self.body = body
    }

    init(_ refusal: MetricsRefusal) {
        self.init(refusal.status, refusal.sentence + "\n")
        if refusal == .method { extra = ["Allow: GET"] }
    }

    /// All of it, as it is sent.
    var bytes: [UInt8] {
        let head =
            [
                "HTTP/1.1 \(status)", "Content-Type: \(mediaType)", "Content-Length: \(body.utf8.count)",
                "Cache-Control: no-store", "X-Content-Type-Options: nosniff", "Connection: close",
            ] + extra
        return Array((head.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }
}
