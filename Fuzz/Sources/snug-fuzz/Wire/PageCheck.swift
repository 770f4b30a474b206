// SPDX-License-Identifier: Apache-2.0

/// A page whose every tag and attribute is one that the report is made of: nothing recorded has become one.
func checkPage(_ page: String) {
    var scanner = PageScanner(page)
    scanner.scan()
}

/// Goes through a page as a browser does: tags and their quoted attributes.
private struct PageScanner {
    private let bytes: [UInt8]
    private var position = 0

    /// By their bytes, so that no string is made of what is looked up.
    private static let tags = words([
        "!doctype", "a", "abbr", "b", "body", "br", "caption", "circle", "code", "dd", "desc", "details",
        "div", "dl", "dt",
        "em", "figcaption", "figure", "footer", "g", "h1", "h2", "h3", "head", "header", "html", "i", "li",
        "line",
        "main", "mark", "meta", "nav", "ol", "p", "path", "pre", "rect", "section", "small", "span", "strong",
        "style",
        "summary", "svg", "table", "tbody", "td", "text", "th", "thead", "title", "tr", "ul",
    ])
    private static let attributes = words([
        "aria-hidden", "aria-label", "aria-labelledby", "charset", "class", "content", "cx", "cy", "d",
        "data-of", "dx",
        "dy", "fill", "height", "href", "http-equiv", "id", "lang", "name", "r", "role", "rx", "scope",
        "stroke", "tabindex",
        "text-anchor", "title", "transform", "viewbox", "width", "x", "x1", "x2", "y", "y1", "y2", "html",
    ])

    private static func words(_ words: [String]) -> Set<ArraySlice<UInt8>> {
        Set(words.map { Array($0.utf8)[...] })
    }

    init(_ page: String) { bytes = Array(page.utf8) }

    mutating func scan() {
        while position < bytes.count {
            let byte = bytes[position]
            promise(byte >= 0x20 || byte == 0x0A, "a control character in the page")
            position += 1
            if byte == UInt8(ascii: "<") { scanTag() }
        }
    }

    private mutating func scanTag() {
        if peek == UInt8(ascii: "/") { position += 1 }
        let name = word()
        promise(Self.tags.contains(lowercased(name)), "a tag that is no tag of ours: <\(text(name))")
        while position < bytes.count, peek != UInt8(ascii: ">") {
            if isSpace(peek) || peek == UInt8(ascii: "/") {
                position += 1
                continue
            }
            let attribute = word()
            promise(
                Self.attributes.contains(lowercased(attribute)),
                "an attribute that is not ours: \(text(attribute)) in <\(text(name))"
            )
            guard peek == UInt8(ascii: "=") else { continue }
            position += 1
            promise(peek == UInt8(ascii: "\""), "an attribute without quotes: \(text(attribute))")
            repeat { position += 1 } while position < bytes.count && peek != UInt8(ascii: "\"")
            position += 1
        }
        position += 1
        // What is between these is not markup, and none of it was recorded.
        if name.elementsEqual("style".utf8), bytes[..<position].last == UInt8(ascii: ">") { skipStyle() }
    }

    private mutating func skipStyle() {
        while position < bytes.count, peek != UInt8(ascii: "<") { position += 1 }
    }

    private var peek: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A }

    private mutating func word() -> ArraySlice<UInt8> {
        let start = position
        while position < bytes.count, !isSpace(peek), !"=>/\"<".utf8.contains(peek) { position += 1 }
        promise(position > start, "markup that is broken")
        return bytes[start..<position]
    }

    /// As markup is compared: without a difference between "viewBox" and "viewbox".
    private func lowercased(_ word: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        word.contains { (65...90).contains($0) }
            ? word.map { (65...90).contains($0) ? $0 + 32 : $0 }[...] : word
    }

    private func text(_ word: ArraySlice<UInt8>) -> String { String(decoding: word, as: UTF8.self) }
}
