// SPDX-License-Identifier: Apache-2.0

/// Words of commands that people are told to type.
package enum ShellWord {
    /// `text` as one word for sh(1).
    package static func quoted(_ text: String) -> String {
        let safe = text.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                || (UInt8(ascii: "-")...UInt8(ascii: ":")).contains(byte) || byte == UInt8(ascii: "_")
        }
        // What begins with a hyphen would be taken for an option.
        let word = text.hasPrefix("-") ? "./" + text : text
        guard !safe || text.isEmpty else { return word }
        return "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
            + "'"
    }
}
