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
    var text: String { text(indent: "") }

    private func text(indent: String) -> String {
        switch self {
        case .array(let values):
            Self.block("[", values.map { $0.text(indent: indent + "  ") }, "]", indent)
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .null: "null"
        // JSON has no way to write what is not finite.
        case .number(let value): value.isFinite ? "\(value)" : "null"
        case .object(let members):
            Self.block(
                "{",
                members.map { Self.quoted($0.name) + ": " + $0.value.text(indent: indent + "  ") },
                "}",
                indent
            )
        case .string(let value): Self.quoted(value)
        }
    }

    private static func block(_ open: String, _ items: [String], _ close: String, _ indent: String) -> String
    {
        guard !items.isEmpty else { return open + close }
        return open + "\n" + items.map { indent + "  " + $0 }.joined(separator: ",\n") + "\n" + indent + close
    }

    private static func quoted(_ text: String) -> String {
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
