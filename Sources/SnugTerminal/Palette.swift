// SPDX-License-Identifier: Apache-2.0

/// What a part of a message looks like in a terminal, by its role.
///
/// Colours only add: everything they say is said by marks, by bold, by dim or by reverse as well.
public struct Palette: Equatable, Sendable {
    /// How much a terminal can show.
    public enum Depth: Sendable {
        /// Nothing but text.
        case plain
        /// Bold, dim and reverse.
        case monochrome
        /// The 16 colours that its user may have chosen.
        case sixteen
        /// The 256 colours of xterm.
        case many
    }

    private let depth: Depth

    /// The looks of a terminal that can show so much.
    public init(_ depth: Depth) { self.depth = depth }

    /// What the variables of these names say of the terminal.
    ///
    /// - Parameters:
    ///   - noColor: see https://no-color.org: set and not empty means no colour, whatever the value.
    ///   - term: the terminal's name in terminfo(5).
    ///   - colorTerm: what terminals with more colours than any name says put there.
    public init(noColor: String, term: String, colorTerm: String) {
        if !noColor.isEmpty || term.isEmpty || term == "dumb" {
            depth = .plain
        } else if !colorTerm.isEmpty || Self.hasManyColours(term) {
            depth = .many
        } else {
            depth =
                term.hasPrefix("vt") || term.hasSuffix("-m") || term.hasSuffix("-mono")
                ? .monochrome : .sixteen
        }
    }

    private static func hasManyColours(_ term: String) -> Bool {
        term.hasSuffix("-256color") || term.hasSuffix("-direct")
            || ["alacritty", "contour", "foot", "ghostty", "kitty", "wezterm"].contains {
                term == $0 || term.hasPrefix("\($0)-") || term == "xterm-\($0)"
            }
    }

    /// Whether anything looks other than text.
    package var isPlain: Bool { depth == .plain }

    /// What is sent in front of a part with this role (SGR, ECMA-48 section 8.3.117); empty for no look of its own.
    package func look(of role: StyledText.Role) -> String {
        switch (role, depth) {
        case (_, .plain), (.speech, _): ""
        case (.mention, _): TerminalSequence.boldReverse
        case (.name, .monochrome), (.own, _), (.room, _): TerminalSequence.bold
        case (.name(let name), .sixteen):
            "\u{1B}[\(Self.sixteenColours[Self.number(of: name, in: Self.sixteenColours)])m"
        case (.name(let name), .many):
            "\u{1B}[38;5;\(Self.manyColours[Self.number(of: name, in: Self.manyColours)])m"
        case (.notice, _), (.program, _), (.time, _): TerminalSequence.dim
        }
    }

    /// Those of xterm's first 16 that are readable on black and on white, as the SGR parameters that choose them.
    package static let sixteenColours = [31, 35, 91, 94]

    /// Those of xterm's 256 that are readable on black and on white, and can be told apart.
    package static let manyColours = [
        27, 28, 30, 31, 63, 64, 97, 98, 129, 130, 131, 132, 133, 161, 162, 163, 164,
    ]

    /// The same for a name each time, in every run of every client (FNV-1a).
    private static func number(of name: String, in colours: [Int]) -> Int {
        var hash: UInt32 = 2_166_136_261
        for byte in name.utf8 { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        return Int(hash % UInt32(colours.count))
    }
}
