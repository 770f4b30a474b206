// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
public import SnugRooms

/// What happens in a chat, as text.
extension LevelZero {
    /// The text that tells a room's members about `event`.
    public static func text(for event: ChatEvent) -> String {
        let who = event.who?.name.text ?? Wording.anOperator.filled(with: [])
        switch event.kind {
        case .banned(let ban): return sanction(.banned, ban, by: who, event.time)
        case .direct(to: _, let text, ref: _): return notice(.direct, who, text)
        case .ended: return notice(.replaced)
        case .invited(let guest): return notice(.invited, who, guest.name)
        case .joined: return notice(.joined, who)
        case .kicked(let person, let reason):
            return notice(.kicked, person.name, who, reason.map { ": \($0.text)" } ?? "")
        case .left: return notice(.left, who)
        case .lifted(let ban):
            return notice(.lifted, who, ban.kind == .ban ? "ban" : "mute", ban.number, ban.name)
        case .madePrivate: return notice(.madePrivate, who)
        case .muted(let mute): return sanction(.muted, mute, by: who, event.time)
        case .renamed(from: let name): return notice(.renamed, name, who)
        case .said(let speech, ref: _):
            return speech.isAction
                ? "* \(who) \(speech.line.text) *" : who + speakerEnd + speech.line.text
        case .topic(nil): return notice(.topicCleared, who)
        case .topic(.some(let topic)): return notice(.topicSet, who, topic.text)
        }
    }

    /// The frame that tells a room's members about `event`.
    public static func frame(for event: ChatEvent) -> [UInt8] {
        guard case .said(let speech, ref: _) = event.kind, !speech.isAction, let who = event.who else {
            return FrameEncoder.frame(cutting: text(for: event))
        }
        return FrameEncoder.frame(cutting: who.name.text, speakerEnd, speech.line.text)
    }

    /// What stands between a name and what was said under it.
    static let speakerEnd = ": "

    /// The text that tells a room's members, or whoever is meant alone, that somebody came.
    public static func joined(_ name: MemberName) -> String { notice(.joined, name) }

    /// The text that tells one person of something that concerns it alone.
    public static func personalText(for event: ChatEvent) -> String {
        guard case .invited = event.kind, let who = event.who, let room = event.room else {
            return text(for: event)
        }
        return notice(.invitedYou, who.name, room.text)
    }

    private static func sanction(
        _ wording: Wording,
        _ sanction: Sanction.Announcement,
        by who: String,
        _ now: ChatTime
    ) -> String {
        notice(wording, sanction.name, who, terms(sanction.until, sanction.reason, now))
    }

    /// How long something lasts and why, such as `10 minutes: spam`.
    private static func terms(_ end: ChatTime?, _ reason: ShortText?, _ now: ChatTime) -> String {
        duration(until: end, now) + (reason.map { ": \($0.text)" } ?? "")
    }

    private static func duration(until end: ChatTime?, _ now: ChatTime) -> String {
        guard let end else { return "forever" }
        return duration(seconds: max(0, end.milliseconds / 1_000 - now.milliseconds / 1_000))
    }

    /// So many seconds as people say it, such as `10 minutes`; rounded up, since who waits so long has waited long enough.
    package static func duration(seconds: Int64) -> String {
        switch seconds {
        case ..<120: seconds.counted("seconds")
        case ..<7_200: ((seconds + 59) / 60).counted("minutes")
        case ..<172_800: ((seconds + 3_599) / 3_600).counted("hours")
        default: ((seconds + 86_399) / 86_400).counted("days")
        }
    }
}

/// Answers to what was asked.
extension LevelZero {
    /// What can be typed; the answer to `/help`.
    public static func help(isOperator: Bool) -> String {
        let commands = isOperator ? Command.all + Command.ofOperators : Command.all
        return notice(.help, commands.map(\.usage).joined(separator: ", "))
    }

    /// What somebody is told who is in another room now.
    public static func text(forEntering room: RoomSummary) -> String {
        guard let topic = room.topic else { return notice(.roomEntered, room.name.text, room.count) }
        return notice(.roomEnteredWithTopic, room.name.text, room.count, topic.text)
    }

    /// The answer to `/topic`.
    public static func text(forTopicOf room: RoomSummary) -> String {
        guard let topic = room.topic else { return notice(.topicMissing, room.name.text) }
        return notice(.topicShown, room.name.text, topic.text)
    }

    /// The answer to `/rooms`: all of them, or as many as fit a frame.
    public static func text(for rooms: [RoomSummary]) -> String {
        list(
            .rooms,
            rooms.lazy.map { room in
                "\(room.name) (\(room.count)\(room.isPrivate ? ", private" : ""))"
            }
        )
    }

    /// The answer to `/bans`: all of them, or as many as fit a frame.
    public static func text(for sanctions: [Sanction], at now: ChatTime) -> String {
        guard !sanctions.isEmpty else { return notice(.noBans) }
        return list(
            .bans,
            sanctions.lazy.map { sanction in
                let kind = sanction.kind == .ban ? "" : "muted "
                let by = sanction.by.map { " by \($0)" } ?? ""
                return
                    "\(sanction.number) \(kind)\(sanction.name)\(by) (\(terms(sanction.until, sanction.reason, now)))"
            }
        )
    }

    /// As many of the items as fit a frame, and how many more there are; no more of them are made.
    private static func list(_ wording: Wording, _ items: some Collection<String>) -> String {
        var remaining = maximumTextBytes - notice(wording, "").utf8.count - 24
        var fitting: [String] = []
        for item in items {
            remaining -= item.utf8.count + 2
            guard remaining >= 0 else { break }
            fitting.append(item)
        }
        let more = items.count - fitting.count
        return notice(wording, fitting.joined(separator: ", ") + (more > 0 ? " and \(more) more" : ""))
    }

    /// Why nothing was done.
    public static func text(for refusal: Refusal, at now: ChatTime) -> String {
        switch (refusal.code, refusal.subject) {
        case (.banned, .until(let end, let reason)): return notice(.youAreBanned, terms(end, reason, now))
        case (.muted, .until(let end, let reason)): return notice(.youAreMuted, terms(end, reason, now))
        case (.chatIsFull, .limit(let count)): return notice(.roomIsFull, count)
        case (.nameMissing, _): return text(for: Notice.usage(Command.nick.usage))
        case (.nameNotFit, .given(let given)): return notice(.nickNotFit, given)
        case (.nameTaken, .name(let name)): return notice(.nickTaken, name)
        case (.nameUnchanged, .name(let name)): return notice(.nickIsTheSame, name)
        case (.nobodyOfThatName, .name(let name)): return notice(.nobodyOfThatName, name)
        case (.notConnected, .name(let name)): return notice(.notConnected, name)
        case (.invitedAlready, .name(let name)): return notice(.invitedAlready, name)
        case (.protected, .name(let name)): return notice(.protected, name)
        case (.noSuchBan, .number(let number)): return notice(.noSuchBan, number)
        default: return notice(refusal.code.wording)
        }
    }
}

extension Refusal.Code {
    /// The words for it, if there is nothing more to say.
    fileprivate var wording: Wording {
        switch self {
        case .banned: .youAreBanned
        case .chatIsFull: .roomIsFull
        case .enteredAlready: .enteredAlready
        case .inRoomAlready: .inRoomAlready
        case .invitedAlready: .invitedAlready
        case .mainIsForAll: .mainIsForAll
        case .muted: .youAreMuted
        case .nameMissing, .nameNotFit: .nickNotFit
        case .nameTaken: .nickTaken
        case .nameUnchanged: .nickIsTheSame
        case .nobodyOfThatName: .nobodyOfThatName
        case .notConnected: .notConnected
        case .notEntered: .notEntered
        case .notInRoom: .notInRoom
        case .notOperator: .notOperator
        case .notOwner: .notOwner
        case .noSuchBan: .noSuchBan
        case .notRecognizable: .notRecognizable
        case .outOfTouch: .outOfTouch
        case .privateAlready: .privateAlready
        case .protected: .protected
        case .readsAsNotice: .readsAsNotice
        case .refReused: .refReused
        case .tooManyBans: .tooManyBans
        case .tooManyInvitations: .tooManyInvitations
        case .tooManyRooms: .tooManyRooms
        case .tooManySessions: .tooManySessions
        case .yourself: .yourself
        case .yourRoomsAreFull: .yourRoomsAreFull
        }
    }
}
