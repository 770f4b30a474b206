// SPDX-License-Identifier: Apache-2.0

/// Names and texts that are made of what could make one row look like another.
enum HostileWords {
    private static let pieces = [
        "ben", "carla", "aisha", "an operator", "you", "snug", "the server", "#ops", "#", "＃", "ops room",
        "in #ops",
        " ", "  ", "*", "* ", " *", "*> ", "> ", "*! ", "! ", "*-- ", "-- new --", ">> (only to ben): ", ": ",
        ":",
        "：", "∶", "∗", "＊", ", ", "،", "; ", " says", " says to you only", " does", "you said",
        "to ben, you said",
        " room", "12:01 ", "12.01", " joined the chat", " joined", " left", " and came back", " is now ",
        "left; dan",
        " and 3 more", " (only to you)", " was kicked by ", " set the topic: ", "topic of ",
        "you are in #ops",
        "\u{1B}[31m", "\u{1B}]0;x\u{7}", "\u{9B}2J", "\r", "\n", "\r\n", "\t", "\u{0}", "\u{8}", "\u{7F}",
        "\u{200B}", "\u{200D}", "\u{202E}", "\u{2066}", "\u{2028}", "\u{FEFF}", "\u{301}", "\u{20E3}",
        "\u{FE0F}",
        "\u{115F}", "\u{3164}", "\u{2800}", "é", "ß", "ﬁ", "한", "ก็", "👩‍👩‍👧", "🇩🇪", "\u{E0041}", "/", "//",
        "/quit",
        "a", "B", "1", ".", "-", "'", "\"", "(", ")", "[", "]", "|", "~",
    ]

    static func any(upTo most: Int, using random: inout some RandomNumberGenerator) -> String {
        let count = Int.random(in: 0...most, using: &random)
        return (0..<count).reduce(into: "") { text, _ in text += pieces.randomElement(using: &random) ?? "" }
    }
}
