// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

extension StoredLine {
    /// The line as one JSON object (RFC 8259) without a line break.
    ///
    /// Characters that a terminal obeys, or that nobody sees, are written as escapes. The token's digest is left out:
    /// it says nothing to anybody but a server.
    public var json: String {
        var members = [
            "\"seq\":\(sequence)", "\"time\":\(time.milliseconds)", "\"room\":\(roomName.text.asJSON)",
            "\"name\":\(author.name.text.asJSON)",
        ]
        if let key = author.key { members.append("\"key\":\"\(key)\"") }
        members.append("\"text\":\(text.asJSON)")
        if isAction { members.append("\"action\":true") }
        if let ref { members.append("\"ref\":\(ref.text.asJSON)") }
        return "{\(members.joined(separator: ","))}"
    }
}

extension String {
    /// The text as a JSON string.
    fileprivate var asJSON: String {
        var json = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": json += "\\\""
            case "\\": json += "\\\\"
            default:
                if scalar.mustBeEscaped {
                    for unit in UTF16.encode(scalar) ?? UTF16.EncodedScalar() {
                        let digits = String(unit, radix: 16)
                        json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                } else {
                    json.unicodeScalars.append(scalar)
                }
            }
        }
        return json + "\""
    }
}

extension Unicode.Scalar {
    fileprivate var mustBeEscaped: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }
}
