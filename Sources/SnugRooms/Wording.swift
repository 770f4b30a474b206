// SPDX-License-Identifier: Apache-2.0

/// Everything that level 0 says in words of its own, in one list.
///
/// `{}` stands for a name or another text, `{#}` for a number. `NoticeWords` keeps all of these words out of names:
/// that a notice cannot be said without a case here is what keeps a new one from being forgotten.
package enum Wording: String, CaseIterable {
    // What everyone is told.
    case joined = "{} joined the chat"
    case left = "{} left"
    case renamed = "{} is now {}"

    // What one member is told.
    case help = "commands: /who, /nick NAME, /quit, /help - anything else is said to everyone, //x as /x"
    case idle = "nothing came in for {#} seconds; the connection ends"
    case keylogActive = "warning: this server writes its session keys to a file; nothing here is private"
    case lineChanged = "your line was {}"
    case linesNotSaid = "{#} of your lines were not said: your stay had ended"
    case nameCleaned =
        "\"{}\" is not fit for a name ({#} characters, all visible, none of * : , and no words of a notice); you are {}"
    case nameGiven = "no name was left to show; you are {}"
    case nameTaken = "{} is taken or looks like a taken name; you are {}"
    case nickIsTheSame = "you are {} already"
    case nickNotFit = "\"{}\" cannot be a name; you keep yours"
    case nickTaken = "{} is taken or looks like a taken name; you keep yours"
    case nickUsage = "usage: /nick NAME"
    case online = "online: {}"
    case onlineAndMore = "online: {} and {#} more"
    case plainTransport = "warning: this connection is NOT encrypted; anyone on its way can read along"
    case roomIsFull = "the room is full ({#} members); try again later"
    case unknownCommand = "{} is no command; /help lists them"

    // What can have become of a line.
    case lineFreedOfInvisibles = "freed of invisible characters"
    case lineFreedOfMarks = "freed of combining marks ({#} a character are kept)"
    case lineShortened = "cut to {#} characters ({#} bytes; {#} code points in one character)"

    /// The words with `values` in the places that were left for them, in their order.
    package func filled(with values: [any CustomStringConvertible]) -> String {
        var text = ""
        for (index, piece) in (Self.pieces[self] ?? []).enumerated() {
            if index > 0, index <= values.count { text += values[index - 1].description }
            text += piece
        }
        return text
    }

    /// What stands between the places.
    private static let pieces = Dictionary(
        uniqueKeysWithValues: allCases.map { wording in
            let parts = wording.rawValue.split(separator: "{", omittingEmptySubsequences: false)
            return (wording, parts.map { part in String(part.split(separator: "}").last ?? "") })
        }
    )
}
