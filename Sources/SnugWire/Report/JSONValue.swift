// SPDX-License-Identifier: Apache-2.0

/// A value of JSON (RFC 8259), with the members of objects in the order given.
enum JSONValue: Equatable, Sendable {
    case array([JSONValue])
    case bool(Bool)
    case integer(Int)
    case null
    case number(Double)
    case object([Member])
    case string(String)

    struct Member: Equatable, Sendable {
        let name: String
        let value: JSONValue
    }

    /// Written over several lines, indented by two spaces a level.
    var text: String {
        var text = ""
        append(to: &text, indent: "\n")
        return text
    }

    /// - Parameter indent: a line break, and what the line behind it begins with.
    private func append(to text: inout String, indent: String) {
        switch self {
        case .array(let values):
            Self.appendBlock("[", values, "]", to: &text, indent) { value, text, indent in
                value.append(to: &text, indent: indent)
            }
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        case .null: text += "null"
        // JSON has no way to write what is not finite.
        case .number(let value): text += value.isFinite ? "\(value)" : "null"
        case .object(let members):
            Self.appendBlock("{", members, "}", to: &text, indent) { member, text, indent in
                text += Self.quoted(member.name)
                text += ": "
                member.value.append(to: &text, indent: indent)
            }
        case .string(let value): text += Self.quoted(value)
        }
    }

    private static func appendBlock<Item>(
        _ open: String,
        _ items: [Item],
        _ close: String,
        to text: inout String,
        _ indent: String,
        _ append: (Item, inout String, String) -> Void
    ) {
        text += open
        let inner = indent + "  "
        for (index, item) in items.enumerated() {
            text += index == 0 ? inner : "," + inner
            append(item, &text, inner)
        }
        if !items.isEmpty { text += indent }
        text += close
    }

    private static func quoted(_ text: String) -> String {
        if CapturedText.isPrintableASCII(text, without: "\"\\") { return "\"" + text + "\"" }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            // A terminal that shows the file must not obey it, nor people be misled by what they cannot see.
            case _ where !CapturedText.isVisible(scalar):
                for unit in String(scalar).utf16 {
                    let digits = String(unit, radix: 16)
                    quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                }
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension JSONValue: ExpressibleByDictionaryLiteral {
    init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { Member(name: $0, value: $1) })
    }
}

extension JSONValue: ExpressibleByStringLiteral {
    init(stringLiteral value: String) { self = .string(value) }
}

extension JSONValue {
    /// An array of what `items` become.
    static func list<Item>(_ items: some Sequence<Item>, _ value: (Item) -> JSONValue) -> JSONValue {
        .array(items.map(value))
    }

    /// `null` where there is nothing.
    static func optional<Value>(_ value: Value?, _ json: (Value) -> JSONValue) -> JSONValue {
        value.map(json) ?? .null
    }
}
