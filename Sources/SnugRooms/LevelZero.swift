// SPDX-License-Identifier: Apache-2.0

/// The lesson's text protocol: what events and notices are on the wire, one frame each.
///
/// A line is `NAME: TEXT`; everything else begins with `* ` and ends with ` *`, which no name can contain.
public enum LevelZero {
    /// The answer to the right passphrase.
    public static let accepted = "ok"

    /// The answer to a wrong passphrase, before the server closes.
    public static let wrongPassphrase = "wrong passphrase"

    /// The most bytes that a text may take, which is what one frame carries.
    public static let maximumTextBytes = 8192

    /// The text that tells a member about `event`; at most `maximumTextBytes`.
    public static func text(for event: RoomEvent) -> String {
        switch event.kind {
        case .joined(let name): "* \(name) joined the chat *"
        case .left(let name): "* \(name) left *"
        case .renamed(let old, let new): "* \(old) is now \(new) *"
        case .said(let name, let text): "\(name): \(text)"
        }
    }

    /// The text that tells a member `notice`; at most `maximumTextBytes` for every notice that a room makes.
    public static func text(for notice: Notice) -> String {
        "* \(words(for: notice)) *"
    }

    private static func words(for notice: Notice) -> String {
        switch notice {
        case .help: "commands: /who, /nick NAME, /quit, /help - anything else is said to everyone"
        case .idle(let seconds): "nothing came in for \(seconds) seconds; the connection ends"
        case .keylogActive: "warning: this server writes its session keys to a file; nothing here is private"
        case .lineChanged(let changes): words(for: changes)
        case .linesNotSaid(let count): "\(count) of your lines were not said: your stay had ended"
        case .online(let names, let more): words(forOnline: names, more: more)
        case .plainTransport: "warning: this connection is NOT encrypted; anyone on its way can read along"
        case .roomIsFull(let maximumMembers): "the room is full (\(maximumMembers) members); try again later"
        case .unknownCommand(let command): "\(command) is no command; /help lists them"
        default: words(aboutName: notice)
        }
    }

    private static func words(aboutName notice: Notice) -> String {
        switch notice {
        case .nameCleaned(let given, let name):
            "\"\(given)\" is not fit for a name (\(MemberName.maximumCharacters) characters, all visible, "
                + "none of * : ,); you are \(name)"
        case .nameGiven(let name): "no name was left to show; you are \(name)"
        case .nameTaken(let given, let name): "\(given) is taken or looks like a taken name; you are \(name)"
        case .nickIsTheSame(let name): "you are \(name) already"
        case .nickNotFit(let given): "\"\(given)\" cannot be a name; you keep yours"
        case .nickTaken(let given): "\(given) is taken or looks like a taken name; you keep yours"
        case .nickUsage: "usage: /nick NAME"
        default: ""
        }
    }

    private static func words(for changes: TextChanges) -> String {
        var parts: [String] = []
        if changes.contains(.shortened) {
            parts.append("cut to \(ChatLine.maximumCharacters) characters (\(ChatLine.maximumBytes) bytes)")
        }
        if changes.contains(.marksDropped) {
            parts.append("freed of combining marks (\(SafeText.maximumMarksPerBase) a character are kept)")
        }
        if changes.contains(.invisiblesDropped) {
            parts.append("freed of invisible characters")
        }
        return "your line was " + parts.joined(separator: " and ")
    }

    private static func words(forOnline names: [MemberName], more: Int) -> String {
        let list = "online: " + names.lazy.map(\.text).joined(separator: ", ")
        return more > 0 ? list + " and \(more) more" : list
    }
}

extension LevelZero {
    /// How many of `names`, from the first on, fit the text for `Notice.online`.
    static func fittingNames(in names: some Collection<MemberName>) -> Int {
        let frameBytes = text(for: Notice.online([], more: names.count)).utf8.count
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
