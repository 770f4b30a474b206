// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// A command whose first argument is somebody's name.
///
/// Names may have spaces, so how many words are the name is only known where the people are: `/msg ann lee hello` says
/// "hello" to "ann lee" if there is somebody of that name, and "lee hello" to "ann" otherwise.
public struct NamedCommand: Equatable, Sendable {
    let command: Command
    /// What the first words can be taken for, most words first; never empty.
    private let readings: [Reading]

    /// Beyond that several words are no name, even if much of them is not fit for one.
    private static let maximumBytesTried = 4 * MemberName.maximumBytes

    private struct Reading: Equatable {
        let name: MemberName
        let rest: Substring
    }

    /// Nil if there is nothing that could be a name.
    init?(_ command: Command, _ arguments: Substring) {
        self.command = command
        let text = arguments.trimmingSpace()
        var readings: [Reading] = []
        var end = text.startIndex
        // A name has no more words than characters, and more of them cost more than a line is worth.
        for number in 0..<MemberName.maximumCharacters where end < text.endIndex {
            end = text[end...].firstIndex { !$0.isWhitespace } ?? text.endIndex
            end = text[end...].firstIndex(where: \.isWhitespace) ?? text.endIndex
            let words = text[..<end]
            guard number == 0 || words.utf8.count <= Self.maximumBytesTried else { break }
            guard let name = NameRequest(String(words)).name else { continue }
            readings.append(Reading(name: name, rest: text[end...].trimmingSpace()))
        }
        guard !readings.isEmpty else { return nil }
        self.readings = readings.reversed()
    }

    /// Which reading is meant, by what is a name here: quick, because it is asked for under the chat's lock.
    public func reading(isName: (MemberName) -> Bool) -> Int {
        readings.firstIndex { isName($0.name) } ?? readings.count - 1
    }

    /// What is asked for in that reading.
    public func input(reading index: Int) -> Input {
        guard readings.indices.contains(index) else { return .nothing }
        let reading = readings[index]
        return request(to: reading.name, String(reading.rest)).map { .request($0) }
            ?? .refused(.usage(command.usage))
    }

    private func request(to name: MemberName, _ rest: String) -> Request.Kind? {
        switch command {
        case .ban:
            let (milliseconds, reason) = Self.terms(in: rest, otherwise: nil)
            return .ban(name, milliseconds: milliseconds, reason: reason, announcedIn: nil)
        case .invite: return .invite(name, to: nil)
        case .kick: return .kick(name, reason: ShortText(rest), from: nil)
        case .msg: return ChatLine(rest).map { .direct(to: name, $0, ref: nil) }
        case .mute:
            let (milliseconds, reason) = Self.terms(in: rest, otherwise: 600_000)
            return .mute(name, milliseconds: milliseconds, reason: reason, announcedIn: nil)
        default: return nil
        }
    }

    // MARK: Durations

    /// A duration, if the text begins with one, and a reason; nil milliseconds are for ever.
    package static func terms(
        in text: String,
        otherwise usual: Int64?
    ) -> (milliseconds: Int64?, reason: ShortText?) {
        let word = text.prefix { !$0.isWhitespace }
        let rest = ShortText(String(text[word.endIndex...]))
        if word.lowercased() == "forever" { return (nil, rest) }
        if let milliseconds = milliseconds(in: word) { return (milliseconds, rest) }
        return (usual, ShortText(text))
    }

    /// `90s`, `10m`, `1h`, `7d`; at least a second, at most ten years.
    private static func milliseconds(in word: Substring) -> Int64? {
        guard let unit = word.last, let seconds = secondsOfUnit[unit], word.utf8.count <= 9,
            let number = Int64(word.dropLast()), number > 0, word.first?.isNumber == true
        else { return nil }
        return min(number * seconds, 10 * 366 * 86_400) * 1_000
    }

    private static let secondsOfUnit: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
}
