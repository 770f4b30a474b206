// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// What a service manager hears, at a real socket.
@Suite(.timeLimit(.minutes(30))) struct ServiceNotifierTests {
    /// A manager's socket, at a path or at a name that is no file's.
    private final class Manager {
        let address: String
        private let folder: TemporaryFolder
        private let socket: OwnedDescriptor

        init(isAbstract: Bool = false) throws {
            folder = try TemporaryFolder()
            let path = folder.path("notify")
            address = isAbstract ? "@\(path)" : path
            let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            socket = OwnedDescriptor(owning: number)
            let bound = isAbstract ? try UnixAddress(abstract: path[...]) : try UnixAddress(path)
            try #require(bound.withSystemAddress { bind(number, $0, $1) } == 0)
        }

        /// All that came since it was asked the last time.
        func heard() -> [String] {
            var messages: [String] = []
            var buffer = [UInt8](repeating: 0, count: 4_096)
            while case let count = recv(
                socket.number,
                &buffer,
                buffer.count,
                Int32(MSG_DONTWAIT)
            ), count > 0 {
                messages.append(String(decoding: buffer.prefix(count), as: UTF8.self))
            }
            return messages
        }

        /// Lets nothing more in until it is asked what it has heard.
        func fill() throws {
            let number = Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
            let other = OwnedDescriptor(owning: number)
            let target = try UnixAddress(address)
            var count = 0
            while target.withSystemAddress({ sendto(other.number, "x", 1, 0, $0, $1) }) == 1 { count += 1 }
            try #require(errno == EAGAIN && count > 0)
        }
    }

    private static let start = MonotonicTime.now

    @Test(arguments: [false, true]) func eachStateIsOneMessageAtBothKindsOfAddresses(isAbstract: Bool) throws
    {
        let manager = try Manager(isAbstract: isAbstract)
        var notifier = ServiceNotifier(address: manager.address)
        let isHeard = notifier.isHeard
        #expect(isHeard)
        notifier.tell(.ready)
        notifier.tell(.stopping)
        #expect(manager.heard() == ["READY=1", "STOPPING=1"])
    }

    @Test func aReloadIsToldWithItsTimeOnTheManagersClock() throws {
        let manager = try Manager()
        var notifier = ServiceNotifier(address: manager.address)
        let before = MonotonicTime.now.nanoseconds / 1_000
        notifier.tell(.reloading)
        let after = MonotonicTime.now.nanoseconds / 1_000
        let message = try #require(manager.heard().first)
        #expect(message.hasPrefix("RELOADING=1\nMONOTONIC_USEC="))
        let time = try #require(message.split(separator: "=").last.flatMap { Int64($0) })
        #expect((before...after).contains(time))
    }

    @Test func whatAManagerWouldNotTakeIsToldAgainUnlessSomethingNewerIs() throws {
        let manager = try Manager()
        var notifier = ServiceNotifier(address: manager.address)
        notifier.beat(now: Self.start, isAlive: { true }, status: { "" })
        try manager.fill()
        notifier.tell(.reloading, now: Self.start)
        notifier.tell(.ready, now: Self.start)
        let next = notifier.nextBeat ?? .never
        #expect(next < Self.start + .seconds(1))
        #expect(!manager.heard().contains("READY=1"))
        notifier.beat(now: next, isAlive: { true }, status: { "" })
        #expect(manager.heard().filter { $0.contains("=1") } == ["READY=1"])
        let later = notifier.nextBeat ?? .never
        notifier.beat(now: later, isAlive: { true }, status: { "" })
        #expect(!manager.heard().contains("READY=1"))
    }

    @Test func theWatchdogHearsOfAServiceTwiceInItsTimeAsLongAsThatLives() throws {
        let manager = try Manager()
        var notifier = ServiceNotifier(
            address: manager.address,
            watchdogMicroseconds: "3000000",
            watchdogProcess: String(getpid())
        )
        for (milliseconds, isAlive, isHeard) in [
            (0, true, true), (1_499, true, false), (1_500, true, true), (3_000, false, false),
            (4_500, true, true),
        ] {
            let now = Self.start + .milliseconds(milliseconds)
            notifier.beat(now: now, isAlive: { isAlive }, status: { "as before" })
            #expect(manager.heard().contains("WATCHDOG=1") == isHeard, "after \(milliseconds) ms")
        }
    }

    @Test(arguments: [(nil, nil), ("0", nil), ("-5", nil), ("soon", nil), ("3000000", "1")])
    func nobodyIsAskedWhetherTheServiceLivesIfNobodyWatches(time: String?, process: String?) throws {
        let manager = try Manager()
        var notifier = ServiceNotifier(
            address: manager.address,
            watchdogMicroseconds: time,
            watchdogProcess: process
        )
        notifier.beat(
            now: Self.start,
            isAlive: {
                Issue.record("it was asked")
                return true
            },
            status: { "well" }
        )
        #expect(manager.heard() == ["STATUS=well"])
    }

    @Test func aStatusIsToldWhenItChangesAndNotOnceASecond() throws {
        let manager = try Manager()
        var notifier = ServiceNotifier(address: manager.address)
        for (second, status) in [
            (0, "1 person"), (1, "2 people"), (5, "2 people"), (10, "2 people"), (15, "none"),
        ] {
            notifier.beat(now: Self.start + .seconds(second), isAlive: { true }, status: { status })
        }
        #expect(manager.heard() == ["STATUS=1 person", "STATUS=2 people", "STATUS=none"])
    }

    @Test(arguments: [
        nil, "", "@", "relative/path", "vsock:2:1234", "/" + String(repeating: "x", count: 200),
        "@" + String(repeating: "x", count: 200),
    ])
    func anAddressThatIsNoneIsNobody(address: String?) {
        var notifier = ServiceNotifier(address: address, watchdogMicroseconds: "3000000")
        let isHeard = notifier.isHeard
        notifier.tell(.ready)
        notifier.beat(isAlive: { true }, status: { "" })
        let next = notifier.nextBeat
        #expect(!isHeard && next == nil)
    }

    @Test func aManagerThatIsGoneIsLookedForAgain() throws {
        let folder = try TemporaryFolder()
        var notifier = ServiceNotifier(address: folder.path("nobody"))
        notifier.tell(.ready, now: Self.start)
        notifier.beat(now: Self.start, isAlive: { true }, status: { "" })
        let next = notifier.nextBeat ?? .never
        #expect(next < Self.start + .seconds(1))
    }
}
