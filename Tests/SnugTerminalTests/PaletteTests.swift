// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugTerminal

/// Everybody can tell the parts of a message apart, on a dark terminal and on a light one, with colours and without.
@Suite struct PaletteTests {
    private static let roles: [StyledText.Role] = [
        .speech, .mention, .name("ben"), .notice, .own, .program, .room, .time,
    ]

    @Test(arguments: [
        ("1", "xterm-256color", "truecolor", Palette.Depth.plain), ("", "dumb", "truecolor", .plain),
        ("", "", "", .plain), ("", "vt220", "", .monochrome), ("", "xterm-mono", "", .monochrome),
        ("", "xterm", "", .sixteen), ("", "linux", "", .sixteen), ("", "screen", "", .sixteen),
        ("", "xterm", "24bit", .many), ("", "screen-256color", "", .many), ("", "xterm-kitty", "", .many),
        ("", "alacritty", "", .many), ("", "foot-extra", "", .many), ("", "xterm-direct", "", .many),
        ("", "footnote", "", .sixteen),
    ])
    func aTerminalIsSentWhatItSaysThatItShows(
        noColor: String,
        term: String,
        colorTerm: String,
        depth: Palette.Depth
    ) {
        #expect(Palette(noColor: noColor, term: term, colorTerm: colorTerm) == Palette(depth))
    }

    @Test func whereNoSequencesAreWantedThereAreNone() {
        for role in Self.roles { #expect(Palette(.plain).look(of: role).isEmpty) }
    }

    @Test(arguments: [Palette.Depth.monochrome, .sixteen, .many])
    func ownLinesNoticesAndMentionsAreToldApartWithoutColour(depth: Palette.Depth) {
        let palette = Palette(depth)
        let looks = [StyledText.Role.speech, .mention, .notice, .own].map { palette.look(of: $0) }
        #expect(looks == ["", "\u{1B}[1;7m", "\u{1B}[2m", "\u{1B}[1m"])
    }

    @Test func aNameHasItsColourInEveryRunAndNamesShareTheColoursEvenly() {
        let palette = Palette(.many)
        #expect(palette.look(of: .name("ben")) == "\u{1B}[38;5;131m")
        #expect(palette.look(of: .name("aisha")) == "\u{1B}[38;5;98m")
        var uses: [String: Int] = [:]
        for number in 0..<1_700 { uses[palette.look(of: .name("member \(number)")), default: 0] += 1 }
        #expect(uses.count == Palette.manyColours.count)
        #expect(uses.values.allSatisfy { (50...170).contains($0) }, "\(uses)")
        let few = Set((0..<100).map { Palette(.sixteen).look(of: .name("member \($0)")) })
        #expect(few.count == Palette.sixteenColours.count)
        #expect(Palette(.monochrome).look(of: .name("ben")) == TerminalSequence.bold)
    }

    /// By the measure of WCAG 2, in xterm's own colours; more than 4.58 against both is impossible.
    @Test func everyColourOfANameIsReadableOnBlackAndOnWhite() throws {
        let many = Palette.manyColours.map { Self.contrasts(Self.cubeColour($0)).min() ?? 0 }
        #expect(try #require(many.min()) >= 4.05)
        let sixteen = try Palette.sixteenColours.map { parameter in
            Self.contrasts(try #require(Self.xtermColours[parameter])).min() ?? 0
        }
        #expect(try #require(sixteen.min()) >= 3.5)
    }

    @Test func coloursOfNamesCanBeToldApart() {
        for (index, colour) in Palette.manyColours.enumerated() {
            for other in Palette.manyColours[..<index] {
                let difference = zip(Self.cubeColour(colour), Self.cubeColour(other)).map { abs($0 - $1) }
                #expect(difference.reduce(0, +) >= 40, "\(colour), \(other)")
            }
        }
    }

    /// Against black and against white.
    private static func contrasts(_ colour: [Double]) -> [Double] {
        let light = colour.map { channel -> Double in
            let part = channel / 255
            return part <= 0.04045 ? part / 12.92 : Self.power((part + 0.055) / 1.055)
        }
        let luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        return [(luminance + 0.05) / 0.05, 1.05 / (luminance + 0.05)]
    }

    /// To the power of 2.4, which is the fifth root of the twelfth power; by Newton's method.
    private static func power(_ base: Double) -> Double {
        let twelfth = (0..<12).reduce(1.0) { product, _ in product * base }
        var root = base
        for _ in 0..<60 {
            root -= (root * root * root * root * root - twelfth) / (5 * root * root * root * root)
        }
        return root
    }

    /// The cube of six by six by six colours that begins with number 16.
    private static func cubeColour(_ number: Int) -> [Double] {
        let levels: [Double] = [0, 95, 135, 175, 215, 255]
        let index = number - 16
        return [levels[index / 36], levels[index / 6 % 6], levels[index % 6]]
    }

    /// xterm's resources color1, color5, color9 and color12.
    private static let xtermColours: [Int: [Double]] = [
        31: [205, 0, 0], 35: [205, 0, 205], 91: [255, 0, 0], 94: [92, 92, 255],
    ]
}
