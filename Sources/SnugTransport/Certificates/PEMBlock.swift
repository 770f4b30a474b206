// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// One block of a text in PEM (RFC 7468): a label, and where the block is in the text.
///
/// The content is not decoded: of a private key nothing is copied.
struct PEMBlock {
    /// Such as `CERTIFICATE`.
    let label: String

    /// From the first byte of its BEGIN line to the end of its END line, or to the next block if it has none.
    let range: Range<Int>

    /// The block's text has a header that says that its content is encrypted (RFC 1421 section 4.6.1.1).
    let isEncrypted: Bool

    /// Whether a certificate is in it; `X509` is an old spelling that GnuTLS takes as well.
    var isCertificate: Bool { label == "CERTIFICATE" || label == "X509 CERTIFICATE" }

    /// Whether a private key is in it that can be read without a password.
    var isPrivateKey: Bool {
        ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"].contains(label)
            && !isEncrypted
    }

    /// All blocks in `text`, in its order.
    static func all(in text: UnsafeRawBufferPointer) -> [PEMBlock] {
        var blocks: [PEMBlock] = []
        var start = text.find(begin, from: 0)
        while let begin = start {
            let next = text.find(Self.begin, from: begin + Self.begin.count)
            let end = text.endOfBlock(from: begin, before: next ?? text.count)
            if let label = text.label(from: begin + Self.begin.count, before: end) {
                let content = UnsafeRawBufferPointer(rebasing: text[begin..<end])
                let isEncrypted = content.find(encryptionHeader, from: 0) != nil
                blocks.append(PEMBlock(label: label, range: begin..<end, isEncrypted: isEncrypted))
            }
            start = next
        }
        return blocks
    }

    fileprivate static let dashes = Array("-----".utf8)
    fileprivate static let end = Array("-----END ".utf8)
    private static let begin = Array("-----BEGIN ".utf8)
    private static let encryptionHeader = Array("Proc-Type: 4,ENCRYPTED".utf8)
}

extension UnsafeRawBufferPointer {
    /// Where `pattern` begins for the first time at or behind `offset`.
    fileprivate func find(_ pattern: [UInt8], from offset: Int) -> Int? {
        guard let base = baseAddress, let first = pattern.first else { return nil }
        var position = offset
        while position + pattern.count <= count {
            let candidates = count - pattern.count + 1 - position
            guard let candidate = memchr(base + position, Int32(first), candidates) else { return nil }
            position = UnsafeRawPointer(candidate) - base
            if memcmp(base + position, pattern, pattern.count) == 0 { return position }
            position += 1
        }
        return nil
    }

    /// The end of the line with END, or `limit` if that is missing.
    fileprivate func endOfBlock(from begin: Int, before limit: Int) -> Int {
        guard let end = find(PEMBlock.end, from: begin), end < limit,
            let close = find(PEMBlock.dashes, from: end + PEMBlock.end.count), close < limit
        else { return limit }
        return close + PEMBlock.dashes.count
    }

    fileprivate func label(from start: Int, before limit: Int) -> String? {
        guard let end = find(PEMBlock.dashes, from: start), end < limit, end - start <= 64 else { return nil }
        return String(decoding: self[start..<end], as: UTF8.self)
    }
}
