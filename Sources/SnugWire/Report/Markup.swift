// SPDX-License-Identifier: Apache-2.0

/// Text for a page, with nothing in it that a browser could take for anything else.
enum Markup {
    /// `text` between tags or in a quoted attribute; control characters are shown, not obeyed.
    static func escape(_ text: String) -> String {
        if CapturedText.isPrintableASCII(text, without: "&<>\"'") { return text }
        var escaped = ""
        for scalar in CapturedText.visible(text).unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }

    /// A table that can be scrolled by keyboard where it is wider than the page.
    ///
    /// - Parameters:
    ///   - columns: headings; one that begins with `#` stands above numbers.
    ///   - rows: cells that are markup already; the first of each row is its heading.
    ///   - style: what becomes of it on a narrow page: `stack` puts the cells below each other, `figures` puts those of a
    ///     row beside each other below its heading.
    ///   - foldedBehind: on a narrow page no more rows than that are shown until the others are asked for.
    static func table(
        caption: String,
        columns: [String],
        rows: [[String]],
        style: String = "",
        foldedBehind limit: Int = .max
    ) -> String {
        let titles = columns.map { escape($0.hasPrefix("#") ? String($0.dropFirst()) : $0) }
        let classes = columns.map { $0.hasPrefix("#") ? " class=\"number\"" : "" }
        let head = zip(titles, classes).map { "<th scope=\"col\"\($1)>\($0)</th>" }
        let body = rows.map { row in
            let cells = zip(row, zip(titles, classes)).enumerated().map { index, cell in
                index == 0
                    ? "<th scope=\"row\"\(cell.1.1)>\(cell.0)</th>"
                    : "<td data-of=\"\(cell.1.0)\"\(cell.1.1)>\(cell.0)</td>"
            }
            return "\(cells.joined())</tr>"
        }
        .enumerated().map { ($0 < limit ? "<tr>" : "<tr class=\"more\">") + $1 }
        let unfolding =
            rows.count > limit
            ? "<label class=\"unfold\"><input type=\"checkbox\"> all \(rows.count) rows</label>\n" : ""
        return """
            \(unfolding)<div class="scroll" role="region" tabindex="0" aria-label="\(escape(caption))">\
            <table class="\(style)"><caption>\(escape(caption))</caption>
            <thead><tr>\(head.joined())</tr></thead>
            <tbody>
            \(body.joined(separator: "\n"))
            </tbody></table></div>
            """
    }

    /// A table that waits behind a picture for those who cannot see it, or want the figures.
    static func details(_ summary: String, _ table: String) -> String {
        "<details><summary>\(escape(summary))</summary>\(table)</details>"
    }

    /// A picture with a name and a description for those who cannot see it.
    static func picture(
        _ id: String,
        width: Int,
        height: Int,
        title: String,
        description: String,
        _ shapes: [String]
    ) -> String {
        """
        <svg viewBox="0 0 \(width) \(height)" width="\(width)" height="\(height)" role="img" \
        aria-labelledby="\(id)-t \(id)-d"><title id="\(id)-t">\(escape(title))</title>\
        <desc id="\(id)-d">\(escape(description))</desc>
        \(shapes.joined(separator: "\n"))
        </svg>
        """
    }
}
