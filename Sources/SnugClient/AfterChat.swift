// SPDX-License-Identifier: Apache-2.0

internal import SnugRooms
internal import SnugTerminal

/// What is said to somebody at a keyboard when the chat is over.
///
/// Enter behind words never leaves: who types without looking would type the next line into the shell.
enum AfterChat {
    private static let wayOut = "(Enter on an empty line leaves)"

    static func keptLine(_ style: ConversationOptions.Style) -> StyledText {
        Phrasing(style: style).remark("not sent \(wayOut)")
    }

    static func notice(_ reason: String, _ style: ConversationOptions.Style) -> StyledText {
        Phrasing(style: style).remark("disconnected: \(SafeText.clean(reason)) \(wayOut)")
    }
}
