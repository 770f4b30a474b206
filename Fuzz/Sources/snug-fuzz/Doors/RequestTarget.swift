// SPDX-License-Identifier: Apache-2.0

@testable internal import SnugServer

/// Whatever is said where figures are told, it is a request, refused, or not whole yet, however it is cut.
func fuzzRequests(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let cuts = (0..<input.number(below: 16)).map { _ in Int(input.byte()) << 8 | Int(input.byte()) }
    let stream = input.remaining()
    let whole = MetricsRequest.read(stream)
    for cut in cuts + [1, 2, 3] where cut < stream.count {
        let part = MetricsRequest.read(Array(stream[..<cut]))
        promise(part == .incomplete || part == whole, "a request depends on how it was cut")
    }
    switch whole {
    case .incomplete:
        promise(stream.count < MetricsRequest.maximumBytes, "a head of \(stream.count) bytes is waited for")
        promise(headEnd(of: stream) == nil, "a head that is whole is waited for")
    case .refused(let refusal): check(MetricsAnswer(refusal))
    case .request(let request):
        check(request, of: stream)
        check(MetricsAnswer("200 OK", request.path + "\r\n\r\n"))
    }
}

/// What is taken is what a plain reader finds, and all of it is harmless.
private func check(_ request: MetricsRequest, of stream: [UInt8]) {
    guard let end = headEnd(of: stream) else { fatalError("a head without an end was taken") }
    promise(end <= MetricsRequest.maximumBytes, "a head of \(end) bytes was taken")
    let alone = MetricsRequest.read(Array(stream[..<end]))
    promise(alone == .request(request), "what is behind a head changes it")
    let rows = stream[..<end].split(separator: 0x0A).map { row in
        String(decoding: row.last == 0x0D ? row.dropLast() : row, as: UTF8.self)
    }
    let first = rows.first ?? ""
    promise(first.hasPrefix("GET /"), "another method was taken")
    promise(first.hasSuffix(" HTTP/1.1") || first.hasSuffix(" HTTP/1.0"), "another version was taken")
    let target = first.dropFirst(4).dropLast(9)
    promise(request.path == target.prefix { $0 != "?" }, "the path became \(request.path)")
    promise(request.path.utf8.allSatisfy { (0x21...0x7E).contains($0) }, "a path no one can show was taken")
    promise(rows.count <= MetricsRequest.maximumFields + 2, "\(rows.count) rows were taken")
    let names = rows.dropFirst().compactMap { $0.split(separator: ":").first?.lowercased() }
    promise(names.count { $0 == "host" } <= 1, "a request with two hosts was taken")
    promise(!names.contains("transfer-encoding"), "a request with a body was taken")
    promise(request.accept.count == names.count { $0 == "accept" }, "a value was left out")
    for value in request.accept {
        let isClean = value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F || $0 == "\t" }
        promise(isClean, "a value with control characters was taken")
    }
}

/// Any client finds its end: lines of ASCII, an empty one, and as many bytes as were said.
private func check(_ answer: MetricsAnswer) {
    let bytes = answer.bytes
    guard let end = headEnd(of: bytes) else { fatalError("an answer without an end") }
    let head = String(decoding: bytes[..<end], as: UTF8.self)
    promise(head.hasPrefix("HTTP/1.1 \(answer.status)\r\n"), "an answer begins with \(head.prefix(20))")
    promise(head.contains("\r\nContent-Length: \(bytes.count - end)\r\n"), "an answer lies about its length")
    promise(answer.body.utf8.elementsEqual(bytes[end...]), "an answer is changed")
}

/// Behind the first empty line that is not in front of everything, found by looking at all places.
private func headEnd(of bytes: [UInt8]) -> Int? {
    guard bytes.count > 2 else { return nil }
    return (2..<bytes.count).first { last in
        guard bytes[last] == 0x0A else { return false }
        let before = bytes[..<last].reversed().first { $0 != 0x0D }
        return before == nil || before == 0x0A
    }
    .map { $0 + 1 }
}

let requestSeeds: [[UInt8]] = [
    "GET /metrics HTTP/1.1\r\nHost: a:9464\r\nAccept: application/openmetrics-text,*/*;q=0.1\r\n\r\n",
    "GET /healthz?a=b HTTP/1.0\n\nbehind",
    "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "\r\nGET /\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX:\t y \r\nTransfer-Encoding: chunked\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 70) + "\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 8_200),
].map { [2, 0, 9, 1, 0] + Array($0.utf8) }
