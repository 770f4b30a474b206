// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// The lesson's text protocol: what events and notices are on the wire, one frame each.
///
/// A line is `NAME: TEXT`; everything else begins with `* ` and ends with ` *`, which no name can contain.
public enum LevelZero {
    /// What TLS calls this protocol (ALPN, RFC 7301).
    public static let applicationProtocol = "snug/0"

    /// The answer to the right passphrase.
    public static let accepted = "ok"

    /// The answer to a wrong passphrase, before the server closes.
    public static let wrongPassphrase = "wrong passphrase"

    /// The most bytes that a text may take, which is what one frame carries.
    public static let maximumTextBytes = 8192

    /// The text that tells a member `notice`; at most `maximumTextBytes` for every notice that a room makes.
    public static func text(for notice: Notice) -> String {
        switch notice {
        case .historyIsOnItsWay: Self.notice(.historyIsOnItsWay)
        case .historyKept(let kept): text(for: kept)
        case .historyNotStored: Self.notice(.historyNotStored)
        case .historyStoredAgain: Self.notice(.historyStoredAgain)
        case .historyUnreadable: Self.notice(.historyUnreadable)
        case .idle(let seconds): Self.notice(.idle, seconds)
        case .keylogActive: Self.notice(.keylogActive)
        case .lineChanged(let changes): Self.notice(.lineChanged, words(for: changes))
        case .linesNotSaid(let count): Self.notice(.linesNotSaid, count)
        case .online(let names): online(names)
        case .nameCleaned(let given, let name):
            Self.notice(.nameCleaned, given, MemberName.maximumCharacters, name)
        case .nameGiven(let name): Self.notice(.nameGiven, name)
        case .nameOfKey(let name): Self.notice(.nameOfKey, name)
        case .nameTaken(let given, let name): Self.notice(.nameTaken, given, name)
        case .nobodyToReplyTo: Self.notice(.nobodyToReplyTo)
        case .orderIsBack: Self.notice(.orderIsBack)
        case .orderIsGone: Self.notice(.orderIsGone)
        case .orderIsSlow: Self.notice(.orderIsSlow)
        case .plainTransport: Self.notice(.plainTransport)
        case .roomIsFull(let maximumMembers): Self.notice(.roomIsFull, maximumMembers)
        case .readsAsNotice: Self.notice(.readsAsNotice)
        case .unknownCommand(let command): Self.notice(.unknownCommand, command)
        case .usage(let usage): Self.notice(.usage, usage)
        }
    }

    static func notice(_ wording: Wording, _ values: any CustomStringConvertible...) -> String {
        "* \(wording.filled(with: values)) *"
    }

    private static func words(for changes: TextChanges) -> String {
        var parts: [String] = []
        if changes.contains(.shortened) {
            parts.append(
                Wording.lineShortened.filled(with: [
                    ChatLine.maximumCharacters, ChatLine.maximumBytes, SafeText.maximumScalarsPerCharacter,
                ])
            )
        }
        if changes.contains(.marksDropped) {
            parts.append(Wording.lineFreedOfMarks.filled(with: [SafeText.maximumMarksPerBase]))
        }
        if changes.contains(.invisiblesDropped) {
            parts.append(Wording.lineFreedOfInvisibles.filled(with: []))
        }
        return parts.joined(separator: " and ")
    }

    private static func list(_ names: ArraySlice<MemberName>) -> String {
        names.lazy.map(\.text).joined(separator: ", ")
    }
}

extension LevelZero {
    /// Names one after the other: all of them, or as many as fit a frame, and how many more there are.
    private static func online(_ names: [MemberName]) -> String {
        let fitting = fittingNames(in: names)
        return fitting == names.count
            ? notice(.online, list(names[...]))
            : notice(.onlineAndMore, list(names[..<fitting]), names.count - fitting)
    }

    /// How many of `names`, from the first on, fit such a text.
    private static func fittingNames(in names: [MemberName]) -> Int {
        let frameBytes = notice(.onlineAndMore, "", names.count).utf8.count
        var remainingBytes = maximumTextBytes - frameBytes
        var fitting = 0
        for name in names {
            remainingBytes -= name.text.utf8.count + (fitting > 0 ? 2 : 0)
            guard remainingBytes >= 0 else { break }
            fitting += 1
        }
        return fitting
    }
}
