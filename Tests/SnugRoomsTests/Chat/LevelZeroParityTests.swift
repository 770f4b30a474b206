// SPDX-License-Identifier: Apache-2.0

import SnugRooms
import TestSupport
import Testing

/// What one frame of text makes a server say, to everyone and then to its sender: the lesson's protocol.
private struct Said: Equatable {
    var events: [String] = []
    var excludesSender = false
    var notices: [String] = []
}

extension LevelZero {
    fileprivate static func text(for event: ChatEvent) -> String? {
        guard let name = event.who?.name.text else { return nil }
        return switch event.kind {
        case .joined: "* \(name) joined the chat *"
        case .left: "* \(name) left *"
        case .renamed(let old): "* \(old) is now \(name) *"
        case .said(let speech, _): "\(name): \(speech.line.text)"
        default: nil
        }
    }

    fileprivate static func notice(for refusal: Refusal) -> Notice? {
        switch (refusal.code, refusal.subject) {
        case (.nameMissing, nil): .nickUsage
        case (.nameNotFit, .given(let given)): .nickNotFit(given: given)
        case (.nameTaken, .name(let name)): .nickTaken(given: name)
        case (.nameUnchanged, .name(let name)): .nickIsTheSame(name)
        case (.chatIsFull, .limit(let limit)): .roomIsFull(maximumMembers: limit)
        default: nil
        }
    }
}

extension Outcome {
    fileprivate var saidAtLevelZero: Said {
        var said = Said(events: events.compactMap { LevelZero.text(for: $0) })
        said.excludesSender = kinds.contains { if case .said = $0 { true } else { false } }
        switch answer {
        case .entered(let entered): said.notices = entered.notices.map { LevelZero.text(for: $0) }
        case .noted(let notice): said.notices = [LevelZero.text(for: notice)]
        case .refused(let refusal):
            said.notices = LevelZero.notice(for: refusal).map { [LevelZero.text(for: $0)] } ?? ["\(refusal)"]
        case .done, .joined, .saidBefore: break
        }
        return said
    }
}

@Suite struct LevelZeroParityTests {
    /// A chat of text and the room of version 0.1 beside it, asked for the same.
    private struct Both {
        var room = Room(maximumMembers: 12)
        var script = Script { $0.sessions = 12 }
        var sessions: [(MemberID, SessionID)] = []
        let seed: UInt64

        mutating func join(_ name: String) {
            let session = script.enter(name, .text)
            switch room.join(requestedName: name, fallbackName: "anon-1") {
            case .full(let most):
                #expect(
                    script.last.saidAtLevelZero
                        == Said(notices: ["* the room is full (\(most) members); try again later *"])
                )
            case .admitted(let admission):
                sessions.append((admission.id, session))
                let expected = Said(
                    events: [LevelZero.text(for: admission.event)],
                    notices: admission.notices.map { LevelZero.text(for: $0) }
                )
                #expect(script.last.saidAtLevelZero == expected, "seed \(seed): \(name)")
                #expect(script.last.events.first?.sequence == admission.event.sequence)
            }
        }

        mutating func leave(_ reason: EndReason, at index: Int) {
            let (member, session) = sessions[index]
            let expected = Said(
                events: [room.leave(member).map { LevelZero.text(for: $0) }].compactMap(\.self)
            )
            script.apply(.end(reason), by: session)
            #expect(script.last.saidAtLevelZero == expected, "seed \(seed)")
        }

        mutating func send(_ frame: String, at index: Int) {
            let (member, session) = sessions[index]
            let input = Input.parse(frame)
            let action = room.apply(input, from: member)
            let expected = Said(
                events: [action.event.map { LevelZero.text(for: $0) }].compactMap(\.self),
                excludesSender: action.event?.excludesItsMember ?? false,
                notices: action.notices.map { LevelZero.text(for: $0) }
            )
            switch input {
            case .line(let line): script.apply(.say(Speech(line), to: nil, ref: nil), by: session)
            case .nick(let name): script.apply(.rename(name), by: session)
            default: return
            }
            if script.refusal == .notEntered { return #expect(expected == Said()) }
            #expect(script.last.saidAtLevelZero == expected, "seed \(seed): \(frame)")
        }
    }

    @Test(arguments: [1, 2, 3, UInt64.random(in: 4...UInt64.max)])
    func aChatOfTextSaysWhatTheRoomOfTheLessonSays(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var both = Both(seed: seed)
        for _ in 0..<1500 {
            switch Int.random(in: 0...9, using: &random) {
            case 0...2: both.join(someName(using: &random))
            case 3...4:
                guard let index = both.sessions.indices.randomElement(using: &random) else { continue }
                let reason = EndReason.allCases.randomElement(using: &random) ?? .cut
                both.leave(reason, at: index)
            default:
                guard let index = both.sessions.indices.randomElement(using: &random) else { continue }
                let isNick = Bool.random(using: &random)
                both.send((isNick ? "/nick " : "") + someName(using: &random), at: index)
            }
            let present = both.script.chat.peopleCount
            #expect(present == both.room.count, "seed \(seed)")
            if let session = both.sessions.last(where: { both.script.chat.who($0.1) != nil })?.1 {
                #expect(both.script.names(for: session) == both.room.names.map(\.text), "seed \(seed)")
            }
        }
    }

    private func someName(using random: inout SeededGenerator) -> String {
        let common = ["bob", "BOB", "ВОВ", "bob-2", "aisha", "аіѕһа", "AISHA", "ali", "AlI", "", "*", "a, b"]
        if Bool.random(using: &random), let name = common.randomElement(using: &random) { return name }
        return hostileText(using: &random)
    }
}
