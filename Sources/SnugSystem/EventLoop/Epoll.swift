// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What a descriptor is watched for, or ready for.
public struct Readiness: OptionSet, Sendable {
    public let rawValue: UInt8

    /// Bytes, a connection, an end of stream or an error can be received.
    public static let readable = Readiness(rawValue: 1)

    /// The kernel takes bytes again.
    public static let writable = Readiness(rawValue: 2)

    /// Both directions are over (EPOLLHUP, EPOLLERR); reported whatever is watched for.
    public static let hungUp = Readiness(rawValue: 4)

    /// The peer will send no more (EPOLLRDHUP): what it sent before can still be received.
    ///
    /// To be watched for by those who do not read for a while, and only until it is reported: it stays true.
    public static let peerFinished = Readiness(rawValue: 8)

    public init(rawValue: UInt8) { self.rawValue = rawValue }
}

/// Tells registrations apart even where the kernel has given a closed descriptor's number to someone else.
public struct RegistrationID: Hashable, Sendable {
    let slot: UInt32
    let generation: UInt32

    var packed: UInt64 { UInt64(generation) << 32 | UInt64(slot) }
}

/// An epoll(7) instance, level-triggered but for the loop's own waker.
///
/// Edge-triggered epoll loses wake-ups unless every reader drains its descriptor, and a fair loop does not.
struct Epoll: ~Copyable {
    private let instance: OwnedDescriptor
    /// No buffer pointer: its address can be nil, which the headers of glibc 2.41 do not let epoll_wait(2) be given.
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: Epoll.eventsPerWait)

    /// What one wait tells of; those that are left out are the first to be told of by the next (epoll_wait(2)).
    static let eventsPerWait = 512

    init() throws(SystemError) {
        instance = OwnedDescriptor(
            owning: try Syscalls.run("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
        )
    }

    deinit { events.deallocate() }

    func add(_ descriptor: Int32, for interest: Readiness, id: RegistrationID) throws(SystemError) {
        try add(descriptor, events: interest.epollEvents, id: id)
    }

    /// Watches an eventfd(2) edge-triggered: each write to it is reported once, and it never has to be read.
    func addWaker(_ descriptor: Int32, id: RegistrationID) throws(SystemError) {
        try add(descriptor, events: EPOLLIN.rawValue | EPOLLET.rawValue, id: id)
    }

    private func add(_ descriptor: Int32, events: UInt32, id: RegistrationID) throws(SystemError) {
        var event = epoll_event(events: events, data: epoll_data_t(u64: id.packed))
        let number = instance.number
        try Syscalls.run("epoll_ctl") { epoll_ctl(number, EPOLL_CTL_ADD, descriptor, &event) }
    }

    /// Fails only for a descriptor that was never added, which a registration rules out.
    func modify(_ descriptor: Int32, for interest: Readiness, id: RegistrationID) {
        var event = epoll_event(events: interest.epollEvents, data: epoll_data_t(u64: id.packed))
        epoll_ctl(instance.number, EPOLL_CTL_MOD, descriptor, &event)
    }

    /// Fails only for a descriptor that was never added, which a registration rules out.
    func remove(_ descriptor: Int32) {
        epoll_ctl(instance.number, EPOLL_CTL_DEL, descriptor, nil)
    }

    /// Waits until something is ready, `milliseconds` have passed (-1: for ever) or a signal came; returns what is ready.
    ///
    /// The events are valid until the next wait.
    func wait(milliseconds: Int32) -> Ready {
        let count = epoll_wait(instance.number, events, Int32(Self.eventsPerWait), milliseconds)
        // All other errors are contradictions of our own (epoll_wait(2)). A process that goes on after it was stopped is
        // interrupted: to wait as long again would make everyone who is due by now wait for it.
        precondition(count >= 0 || errno == EINTR, "epoll_wait failed on its own descriptor")
        return Ready(events: UnsafeBufferPointer(start: events, count: Int(max(0, count)))[...])
    }

    struct Ready: Sequence, IteratorProtocol {
        fileprivate var events: Slice<UnsafeBufferPointer<epoll_event>>

        /// There may be more that the wait had no room for.
        var isFull: Bool { events.count == Epoll.eventsPerWait }

        mutating func next() -> (packedID: UInt64, readiness: Readiness)? {
            events.popFirst().map { ($0.data.u64, Readiness(epoll: $0.events)) }
        }
    }
}

extension Readiness {
    fileprivate init(epoll events: UInt32) {
        self = []
        if events & EPOLLIN.rawValue != 0 { insert(.readable) }
        if events & EPOLLOUT.rawValue != 0 { insert(.writable) }
        if events & (EPOLLHUP.rawValue | EPOLLERR.rawValue) != 0 { insert(.hungUp) }
        if events & EPOLLRDHUP.rawValue != 0 { insert(.peerFinished) }
    }

    fileprivate var epollEvents: UInt32 {
        (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
            | (contains(.peerFinished) ? EPOLLRDHUP.rawValue : 0)
    }
}
