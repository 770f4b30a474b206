// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import SnugServer

/// The head of a request, by whoever can connect.
@Suite struct MetricsRequestTests {
    private let whole = Array(
        "GET /metrics?a=b HTTP/1.1\r\nHost: a\r\naCCept: x/y \r\nAccept:\tz\r\n\r\n".utf8
    )

    private func reading(_ text: String) -> MetricsRequest.Reading { MetricsRequest.read(Array(text.utf8)) }

    private func refusal(_ text: String) -> MetricsRefusal? {
        if case .refused(let refusal) = reading(text) { refusal } else { nil }
    }

    @Test func aRequestIsOneOnceItsHeadIsThereAndNotBefore() throws {
        for count in 0..<whole.count {
            #expect(MetricsRequest.read(Array(whole.prefix(count))) == .incomplete, "\(count)")
        }
        guard case .request(let request) = MetricsRequest.read(whole) else {
            Issue.record("no request")
            return
        }
        #expect(request.path == "/metrics" && request.accept == ["x/y", "z"])
        #expect(MetricsRequest.read(whole + Array("GET / HTTP".utf8)) == .request(request))
    }

    @Test func aLineMayEndWithoutACarriageReturn() {
        guard case .request(let request) = reading("GET /healthz HTTP/1.0\n\n") else {
            Issue.record("no request")
            return
        }
        #expect(request.path == "/healthz" && request.accept == [])
    }

    @Test(arguments: [
        "\r\n\r\n\r\n", "GET\r\n\r\n", "GET /metrics\r\n\r\n", "GET  /metrics HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET metrics HTTP/1.1\r\nHost: a\r\n\r\n", "GET /metrics HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET http://a/metrics HTTP/1.1\r\nHost: a\r\n\r\n", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nnothing\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\u{0}b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "GET /\t HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /é HTTP/1.1\r\nHost: a\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
    ])
    func whatIsNoRequestIsRefused(_ text: String) {
        #expect(refusal(text) == .malformed)
    }

    @Test func figuresAreOnlyReadAndByHTTPOfVersionOne() {
        for method in ["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "get"] {
            #expect(refusal("\(method) /metrics HTTP/1.1\r\nHost: a\r\n\r\n") == .method)
        }
        #expect(refusal("GET /metrics HTTP/2.0\r\nHost: a\r\n\r\n") == .version)
    }

    @Test func aHeadThatIsTooLongIsRefusedBeforeItsEnd() {
        let long = "GET / HTTP/1.1\r\nHost: a\r\nX: "
        let room = MetricsRequest.maximumBytes - long.utf8.count
        #expect(reading(long + String(repeating: "x", count: room - 1)) == .incomplete)
        #expect(refusal(long + String(repeating: "x", count: room)) == .tooLarge)
        #expect(refusal(long + String(repeating: "x", count: room) + "\r\n\r\n") == .tooLarge)
        let fields = String(repeating: "A: b\r\n", count: MetricsRequest.maximumFields - 1)
        let fitting = "GET / HTTP/1.1\r\nHost: a\r\n\(fields)"
        if case .request = reading(fitting + "\r\n") {} else { Issue.record("refused") }
        #expect(refusal(fitting + "A: b\r\n\r\n") == .tooLarge)
    }

    /// Whatever comes, it is one of three things, and nothing traps.
    @Test func anyBytesAreAnswered() {
        var random = SeededGenerator(seed: 9)
        for _ in 0..<20_000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let place = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.remove(at: place)
                default: bytes.insert([0x0D, 0x0A, 0x20, 0x3A].randomElement(using: &random) ?? 0, at: place)
                }
            }
            switch MetricsRequest.read(bytes) {
            case .request(let request): #expect(request.path.hasPrefix("/"))
            case .incomplete, .refused: break
            }
        }
    }

    @Test func anAnswerSaysHowLongItIsAndThatTheConnectionEnds() {
        let answer = String(decoding: MetricsAnswer(.method).bytes, as: UTF8.self)
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        let head = parts[0].split(separator: "\r\n")
        #expect(head.first == "HTTP/1.1 405 Method Not Allowed")
        #expect(head.contains("Content-Length: \(parts[1].utf8.count)"))
        #expect(head.contains("Connection: close") && head.contains("Allow: GET"))
    }
}
