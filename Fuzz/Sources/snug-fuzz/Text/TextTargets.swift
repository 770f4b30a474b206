// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

@testable internal import SnugProtocol

/// Whatever is said, what the others see is harmless, within its limits, and the same if it is said again.
func fuzzText(_ bytes: [UInt8]) {
    let raw = String(decoding: bytes, as: UTF8.self)
    let clean = SafeText.clean(raw)
    promise(clean.isHarmless, "harmful after cleaning: \(clean.visible)")
    promise(SafeText.clean(clean) == clean, "cleaning twice is not cleaning once: \(clean.visible)")

    guard let line = ChatLine(raw) else { return }
    promise(line.text.isHarmless, "a harmful line: \(line.text.visible)")
    promise(!line.text.isEmpty && line.text.isTrimmed, "a line with space at its ends: \(line.text.visible)")
    promise(line.text.count <= ChatLine.maximumCharacters, "a line of \(line.text.count) characters")
    promise(line.text.utf8.count <= ChatLine.maximumBytes, "a line of \(line.text.utf8.count) bytes")
    let again = ChatLine(line.text)
    promise(again?.text == line.text && again?.changes == [], "a line that was taken is changed again")
}

/// Whatever is asked for as a name, what comes of it is fit, and how two names compare does not depend on the side.
func fuzzNames(_ bytes: [UInt8]) {
    let halves = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
    let requests = halves.map { NameRequest(String(decoding: $0, as: UTF8.self)) }
    for request in requests {
        promise(request.given.isHarmless, "a harmful request is shown: \(request.given.visible)")
        promise(request.given.count <= 40, "a request is shown with \(request.given.count) characters")
        guard let name = request.name else { continue }
        checkName(name)
        let again = NameRequest(name.text)
        promise(
            again.name == name && !again.isChanged,
            "a name that was taken is changed: \(name.text.visible)"
        )
    }
    guard requests.count == 2, let left = requests[0].name, let right = requests[1].name else { return }
    promise(left.looksLike(right) == right.looksLike(left), "looks depend on who is compared with whom")
    if left.text == right.text || left.text.lowercased() == right.text.lowercased() {
        promise(left.looksLike(right), "the same name twice: \(left.text.visible), \(right.text.visible)")
    }
}

func checkName(_ name: MemberName) {
    let text = name.text
    promise(text.isHarmless, "a harmful name: \(text.visible)")
    promise(!text.isEmpty && text.isTrimmed, "a name with space at its ends: \(text.visible)")
    promise(text.count <= MemberName.maximumCharacters, "a name of \(text.count) characters")
    promise(text.utf8.count <= MemberName.maximumBytes, "a name of \(text.utf8.count) bytes")
    promise(!text.contains { "*:,".contains($0) }, "a name with a sign of the room's: \(text.visible)")
    promise(text.utf8.first != UInt8(ascii: "/"), "a name like a command: \(text.visible)")
    promise(!text.unicodeScalars.contains { $0.isJoiner }, "a name with a joiner: \(text.visible)")
    promise(name.looksLike(name), "a name does not look like itself: \(text.visible)")
}

/// Every text is a line, a command of the table, or refused; nothing that looks like a command is said to everyone but
/// what begins with `//`.
func fuzzInputs(_ bytes: [UInt8]) {
    let raw = String(decoding: bytes, as: UTF8.self)
    let input = Input.parse(raw)
    let start = raw.unicodeScalars.drop { $0.properties.isWhitespace }
    let first = String(start.prefix { !$0.properties.isWhitespace })
    let command = commandsByWord[first.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }]
    switch input {
    case .request(.say(let speech, to: nil, ref: nil)) where !speech.isAction:
        promise(command == nil, "\(raw.visible) is said")
        let line = speech.line
        let said = ChatLine(raw)
        let isEscaped = said.map { $0.text.utf8.starts(with: "//".utf8) } ?? false
        promise(
            (line.text.utf8.first == UInt8(ascii: "/")) == isEscaped,
            "a command is said, or a path is not: \(line.text.visible)"
        )
        promise(isEscaped || said == line, "a line is not what was said")
    case .request(.rename(let request)):
        promise(command == .nick, "\(raw.visible) is taken for a name")
        if let name = request.name { checkName(name) }
    case .nothing:
        promise(ChatLine(raw) == nil, "a line is left out: \(raw.visible)")
    case .quit: promise(command == .quit, "\(raw.visible) ends a stay")
    case .refused(.unknownCommand(let word)):
        promise(command == nil, "\(raw.visible) is no command")
        promise(word.utf8.first == UInt8(ascii: "/"), "a line is refused: \(word.visible)")
        promise(word.isHarmless && word.count <= 20, "a refusal repeats too much: \(word.visible)")
    case .named(let named):
        promise(command == named.command, "\(raw.visible) is taken for \(named.command.rawValue)")
        for isName in [true, false] {
            checkNamed(named.input(reading: named.reading { _ in isName }), raw)
        }
    case .question, .refused, .reply, .request:
        promise(command != nil, "\(raw.visible) is taken for a command")
    }
}

private let commandsByWord = Dictionary(
    uniqueKeysWithValues: Command.allCases.map { (Array("/\($0.rawValue)".utf8), $0) }
)

/// Whatever the words in front are taken for, what is asked for is about somebody who could be here.
private func checkNamed(_ input: Input, _ raw: String) {
    switch input {
    case .request(.ban(let name, milliseconds: let time, reason: _, announcedIn: _)),
        .request(.mute(let name, milliseconds: let time, reason: _, announcedIn: _)):
        checkName(name)
        promise(time.map { $0 > 0 } ?? true, "a time that is over: \(raw.visible)")
    case .request(.direct(to: let name, let line, ref: _)):
        checkName(name)
        promise(line.text.isHarmless, "harmful: \(line.text.visible)")
    case .request(.invite(let name, to: _)), .request(.kick(let name, reason: _, from: _)): checkName(name)
    case .refused(.usage): break
    default: promise(false, "\(raw.visible) asks for something else")
    }
}

extension String {
    fileprivate var isTrimmed: Bool {
        let ends = [unicodeScalars.first, unicodeScalars.last]
        return ends.allSatisfy { $0.map { !$0.properties.isWhitespace } ?? true }
    }
}

let textSeeds: [[UInt8]] = [
    "hello, are you both here?", "aisha\nаіѕһа", "你好 aisha 👋 我在", "नमस्ते می‌خواهم 👩‍👩‍👧 🏳️‍🌈", "/who",
    "  /NICK bob\u{7}  ",
    "/quit now", "/nick\u{301} x", "\u{200B}/who", "/\u{212A}elp", "a\u{202E}b\u{2066}c\u{FEFF}",
    "e\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}",
    "\u{1B}]0;owned\u{7}\u{9B}31m", "\r\n\u{85}\u{2028}", "\u{1100}\u{1161}\u{11A8}\n각", "AISHA\nAlSHA",
    "x is now y", "a, b\n* bob left *",
    "\u{E0041}\u{FFF9}\u{FFFF}\u{E000}\u{3164}\u{2800}", String(repeating: "漢", count: 700),
    String(repeating: "👨‍", count: 300),
].map { Array($0.utf8) }
