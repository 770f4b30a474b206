// SPDX-License-Identifier: Apache-2.0

public import SnugRooms

/// Why nothing was done, and what is to be known, as level 1 says it.
extension LevelOne {
    /// What the chat refused.
    public static func refused(_ refusal: Refusal, at now: ChatTime) -> ServerMessage.Refused {
        let code = code(for: refusal.code)
        guard code != .empty else { return refused(code) }
        return ServerMessage.Refused(code, text: words(LevelZero.text(for: refusal, at: now)))
    }

    /// What was refused without asking the chat.
    public static func refused(_ code: RefusalCode) -> ServerMessage.Refused {
        switch code {
        case .empty:
            return .init(code, text: "nothing is left of it", hint: "send something that can be seen")
        case .enteredAlready: return .init(code, text: "you are in already")
        case .noSuchPerson: return .init(code, text: "nobody here is called that")
        case .notEntered:
            return .init(
                code,
                text: "you are not in yet",
                hint: "send enter first; docs/protocol-1.md has it"
            )
        case .notInRoom:
            return .init(code, text: "you are not in a room of that name", hint: "join it first")
        case .notPermitted:
            return .init(
                code,
                text: "only the server's owner may ask for that",
                hint: "snug-server ctl does, where the server runs"
            )
        case .readsAsNotice:
            return .init(code, text: "that would look like a notice of the server", hint: "use other words")
        case .roomNotFit:
            return .init(
                code,
                text: "that cannot be the name of a room",
                hint: "use letters, digits and signs that can be seen"
            )
        case .tooLong:
            return .init(
                code,
                text: "that is longer than the server takes; nothing was cut",
                hint: "hello has the limit of a line; a topic or a reason has at most"
                    + " \(ShortText.maximumCharacters) characters"
            )
        case .tooMany:
            return .init(code, text: "the server has as many questions as it takes", hint: "ask again later")
        case .unknownType:
            return .init(code, text: "this server has no message of that type", hint: "hello has its version")
        case .wrongPassphrase: return .init(code, text: LevelZero.wrongPassphrase)
        default: return .init(code, text: code.rawValue)
        }
    }

    /// What one session is told; nil for what level 1 says in another way.
    public static func message(for notice: Notice) -> ServerMessage? {
        let code: NoticeCode
        switch notice {
        case .historyNotStored: code = .notStored
        case .historyStoredAgain: code = .storedAgain
        case .keylogActive: code = .keysWritten
        case .lineChanged: code = .lineChanged
        case .linesNotSaid: code = .linesNotSaid
        case .nameCleaned, .nameGiven, .nameOfKey, .nameTaken: code = .nameChanged
        case .orderIsBack: code = .inTouchAgain
        case .orderIsGone: code = .outOfTouch
        case .orderIsSlow: code = .linesWait
        case .plainTransport: code = .notEncrypted
        default: return nil
        }
        return ServerMessage(.notice(Code(code), text: words(LevelZero.text(for: notice))))
    }

    /// The words of a text of level 0, without its stars.
    private static func words(_ text: String) -> String { String(text.dropFirst(2).dropLast(2)) }

    /// The codes of the chat, of which level 1 has fewer: what a client does about two of them is the same.
    private static func code(for code: Refusal.Code) -> RefusalCode {
        switch code {
        case .banned: .banned
        case .chatIsFull, .tooManySessions: .full
        case .enteredAlready: .enteredAlready
        case .inRoomAlready, .invitedAlready, .nameUnchanged, .privateAlready: .already
        case .mainIsForAll, .notOperator, .notOwner, .protected: .notPermitted
        case .muted: .muted
        case .nameMissing: .empty
        case .nameNotFit: .nameNotFit
        case .nameTaken: .nameTaken
        case .nobodyOfThatName: .noSuchPerson
        case .notConnected: .away
        case .notEntered: .notEntered
        case .notInRoom: .notInRoom
        case .noSuchBan: .noSuchBan
        case .notRecognizable: .notRecognizable
        case .outOfTouch: .failed
        case .readsAsNotice: .readsAsNotice
        case .refReused: .refReused
        case .tooManyBans, .tooManyInvitations: .tooMany
        case .tooManyRooms, .yourRoomsAreFull: .tooManyRooms
        case .yourself: .toYourself
        }
    }
}
