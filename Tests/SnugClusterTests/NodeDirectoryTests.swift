// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugRooms
import TestSupport
import Testing

@testable import SnugCluster

@Suite struct NodeDirectoryTests {
    /// The log of a test: what is said in it, and when.
    private struct Story {
        var directory = NodeDirectory()
        var time: Int64 = 1_800_000_000_000
        var sequence: UInt64 = 0
        var counters: [UInt64: UInt64] = [:]

        static let beat = ClusterMessage.Content.heartbeat(log: .beginning, state: nil)

        @discardableResult
        mutating func says(_ sender: UInt64, _ content: ClusterMessage.Content, after pause: Int64 = 0)
            -> [NodeDirectory.Effect]
        {
            counters[sender, default: 0] += 1
            return says(sender, content, counter: counters[sender, default: 0], after: pause)
        }

        mutating func says(
            _ sender: UInt64,
            _ content: ClusterMessage.Content,
            counter: UInt64,
            after pause: Int64 = 0
        )
            -> [NodeDirectory.Effect]
        {
            time += pause
            sequence += 1
            let message = ClusterMessage(sender: sender, counter: counter, time: time, content: content)
            return directory.apply(message, at: sequence)
        }

        mutating func comes(_ sender: UInt64, _ address: String? = nil) -> [NodeDirectory.Effect] {
            guard let profile = NodeProfile(version: "1", address: address) else { return [] }
            return says(sender, .hello(profile))
        }
    }

    private let one = NodeNumber(1) ?? .alone
    private let two = NodeNumber(2) ?? .alone
    private let three = NodeNumber(3) ?? .alone

    @Test func nodesGetNumbersInTheOrderInWhichTheyComeAndNoneTwice() {
        var story = Story()
        #expect(story.comes(11, "a:1") == [.came(one, address: "a:1")])
        #expect(story.comes(22) == [.came(two, address: nil)])
        #expect(story.says(11, .goodbye) == [.gone(one, hasSaidGoodbye: true)])
        #expect(story.comes(33) == [.came(three, address: nil)])
    }

    @Test func whoIsHeardOfIsNotGoneWhateverAnybodyProposes() {
        var story = Story()
        _ = story.comes(11)
        _ = story.comes(22)
        for _ in 0..<4 { story.says(22, Story.beat, after: 1_000) }
        #expect(story.says(22, .gone(one)) == [])
        story.says(22, Story.beat, after: 1_000)
        #expect(story.directory.silent == [one])
        #expect(story.says(22, .gone(one)) == [.gone(one, hasSaidGoodbye: false)])
        // And a second proposal changes nothing.
        #expect(story.says(22, .gone(one)) == [])
        // It was only cut off.
        let told = NodeDirectory.Effect.told(11, log: .beginning, state: nil)
        #expect(story.says(11, Story.beat) == [.came(one, address: nil), told])
        #expect(story.says(22, .gone(one)) == [])
    }

    @Test func anOutageOfTheBusMakesNobodySilent() {
        var story = Story()
        _ = story.comes(11)
        _ = story.comes(22)
        story.says(22, Story.beat, after: 3_600_000)
        #expect(story.directory.silent == [])
        // A clock that goes back takes nothing away.
        story.says(22, Story.beat, after: -7_200_000)
        #expect(story.directory.silent == [])
    }

    @Test func aMessageThatIsStoredTwiceIsTakenOnce() {
        var story = Story()
        _ = story.comes(11)
        let session = SessionID(one, counter: 1) ?? SessionID(rawValue: 0)
        let requests = [Request(.tick, by: session)]
        #expect(story.says(11, .requests(requests)) == [.requests(requests)])
        guard case .skipped = story.says(11, .requests(requests), counter: 2).first else {
            Issue.record("taken twice")
            return
        }
    }

    @Test func nobodyAsksForAnotherNodesSessions() {
        var story = Story()
        _ = story.comes(11)
        _ = story.comes(22)
        let session = SessionID(one, counter: 1) ?? SessionID(rawValue: 0)
        guard case .skipped = story.says(22, .requests([Request(.end(.kicked), by: session)])).first else {
            Issue.record("another node's session was ended")
            return
        }
    }

    @Test func whatIsSaidByWhoDoesNotTakePartIsPassedOnAndChangesNothing() {
        var story = Story()
        _ = story.comes(11)
        let before = story.directory
        for content in [.requests([]), .gone(one), Story.beat, .goodbye] as [ClusterMessage.Content] {
            guard case .stranger(let message) = story.says(99, content, after: 900).first else {
                Issue.record("a stranger was taken for one of the servers")
                return
            }
            #expect(message.sender == 99 && message.content == content)
        }
        #expect(story.directory == before)
    }

    @Test func aServerThatIsStartedAgainTakesTheOldOnesPlace() {
        var story = Story()
        _ = story.comes(11, "a:1")
        #expect(story.comes(22, "a:1") == [.gone(one, hasSaidGoodbye: false), .came(two, address: "a:1")])
        #expect(story.directory[11] == nil)
    }

    @Test func aCheckpointIsTakenOnceAndWhatNodesHaveIsPassedOn() {
        var story = Story()
        _ = story.comes(11)
        _ = story.comes(22)
        #expect(story.says(11, .checkpoint(replaced: 0)) == [.checkpoint])
        #expect(story.says(22, .checkpoint(replaced: 0)) == [])
        let (log, state) = (Checkpoint.beginning.followed(by: [1], at: 4), Checkpoint.beginning)
        #expect(
            story.says(22, .heartbeat(log: log, state: state)) == [.told(22, log: log, state: state)]
        )
    }

    @Test func theOrdersTimeIsWhatNodesSayAndDoesNotGoBack() {
        var story = Story()
        story.time = 0
        _ = story.comes(11)
        #expect(story.directory.time == nil)
        for (said, time): (Int64, Int64) in [(7_000, 7_000), (9_000, 9_000), (0, 9_000), (8_999, 9_000)] {
            story.time = said
            story.says(11, Story.beat)
            #expect(story.directory.time == ChatTime(milliseconds: time))
        }
        // Neither a stranger nor what comes a second time says what time it is.
        story.time = 50_000
        _ = story.says(99, Story.beat)
        _ = story.says(11, Story.beat, counter: 1)
        #expect(story.directory.time == ChatTime(milliseconds: 9_000))
    }

    /// Against a plain model: who is there is whoever came, was heard of or not given up, and has not said goodbye.
    @Test(arguments: [1, UInt64.random(in: 2...UInt64.max)])
    func anyStoryMakesTheSameDirectoryForWhoeverReadsItAndForWhoeverBeginsInItsMiddle(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var story = Story()
        var reader = story.directory
        var here: Set<UInt64> = []
        for step in 0..<1_500 {
            let sender = UInt64.random(in: 1...6, using: &random)
            let content: ClusterMessage.Content =
                switch Int.random(in: 0...9, using: &random) {
                case 0: .hello(try #require(NodeProfile(version: "1", address: nil)))
                case 1: .goodbye
                case 2...3: .gone(NodeNumber(UInt64.random(in: 0...40, using: &random)) ?? .alone)
                case 4: .checkpoint(replaced: story.directory.checkpoint)
                default: Story.beat
                }
            let pause = Int64.random(in: -100...1_500, using: &random)
            let effects = story.says(sender, content, after: pause)
            for effect in effects {
                switch effect {
                case .came: here.insert(sender)
                case .gone(let node, hasSaidGoodbye: true):
                    #expect(story.directory.nodes.allSatisfy { $0.number != node })
                    here.remove(sender)
                case .gone(let node, hasSaidGoodbye: false):
                    guard let other = story.directory.nodes.first(where: { $0.number == node }) else {
                        continue
                    }
                    #expect(other.sender != sender, "seed \(seed): gone by its own word")
                    here.remove(other.sender)
                default: break
                }
            }
            #expect(Set(story.directory.present.map(\.sender)) == here, "seed \(seed), step \(step)")
            let message = ClusterMessage(
                sender: sender,
                counter: story.counters[sender, default: 0],
                time: story.time,
                content: content
            )
            let same = reader.apply(message, at: story.sequence)
            #expect(same == effects, "seed \(seed), step \(step)")
            if step % 100 == 0 { reader = try NodeDirectory(coded: story.directory.coded) }
        }
        #expect(reader == story.directory)
    }
}
#endif
