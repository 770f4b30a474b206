// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Tells the service manager that has started this process how it is (sd_notify(3)); nobody, if none wants to know.
///
/// For one thread. Nothing here waits, and nothing can go wrong: a manager that takes nothing is told again later.
public struct ServiceNotifier: ~Copyable {
    /// What becomes of the service.
    public enum State: Equatable, Sendable {
        case ready
        case reloading
        case stopping
    }

    /// Whether anybody wants to know.
    public var isHeard: Bool { line != nil }

    /// When ``beat(isAlive:status:)`` has something to do next; nil for never.
    public private(set) var nextBeat: MonotonicTime?

    private let line: Line?
    private let pause: Duration
    private let isWatched: Bool
    /// What the manager would not take.
    private var owed: State?
    private var toldStatus: String?

    /// How soon another status is told.
    private static let statusPause = Duration.seconds(5)

    /// How soon something is told again that the manager would not take.
    private static let repetitionPause = Duration.milliseconds(200)

    /// Takes the manager's address out of the environment, so that no child of this process believes to be meant.
    ///
    /// To be called before other threads start.
    public init() {
        self.init(
            address: Environment.take("NOTIFY_SOCKET"),
            watchdogMicroseconds: Environment.take("WATCHDOG_USEC"),
            watchdogProcess: Environment.take("WATCHDOG_PID")
        )
    }

    /// - Parameters:
    ///   - address: a path, or `@` and a name that is no file's; others are not understood.
    ///   - watchdogMicroseconds: the process is taken for dead when it was silent for so long (sd_watchdog_enabled(3)).
    ///   - watchdogProcess: which one is meant; nil for this one.
    package init(address: String?, watchdogMicroseconds: String? = nil, watchdogProcess: String? = nil) {
        line = address.flatMap(Line.init)
        let isMeant = watchdogProcess.map { $0 == String(getpid()) } ?? true
        let limit = watchdogMicroseconds.flatMap { Int64($0) }.flatMap { isMeant && $0 > 0 ? $0 : nil }
        isWatched = line != nil && limit != nil
        // Half of it, as the manual advises.
        pause = limit.map { min(.microseconds($0) / 2, Self.statusPause) } ?? Self.statusPause
        nextBeat = line == nil ? nil : .start
    }

    /// Says what has become of the service.
    public mutating func tell(_ state: State, now: MonotonicTime = .now) {
        guard let line else { return }
        // Whoever has not heard of one state needs only the next.
        owed = line.send(Self.message(for: state)) ? nil : state
        if owed != nil { nextBeat = min(nextBeat ?? .never, now + Self.repetitionPause) }
    }

    /// Says once more that the service lives, if it does, and how it is; does nothing before ``nextBeat``.
    ///
    /// - Parameters:
    ///   - isAlive: asked only if somebody restarts what does not live.
    ///   - status: one line for people.
    public mutating func beat(now: MonotonicTime = .now, isAlive: () -> Bool, status: () -> String) {
        guard let line, let nextBeat, nextBeat <= now else { return }
        if let state = owed, line.send(Self.message(for: state)) { owed = nil }
        if isWatched, isAlive() { line.send("WATCHDOG=1") }
        let status = status()
        if status != toldStatus, line.send("STATUS=\(status)") { toldStatus = status }
        self.nextBeat = now + (owed == nil ? pause : min(pause, Self.repetitionPause))
    }

    private static func message(for state: State) -> String {
        switch state {
        case .ready: "READY=1"
        // With the time, which orders it among the manager's own.
        case .reloading: "RELOADING=1\nMONOTONIC_USEC=\(MonotonicTime.now.nanoseconds / 1_000)"
        case .stopping: "STOPPING=1"
        }
    }
}

/// The way to the manager.
private struct Line {
    private final class Socket {
        let descriptor: OwnedDescriptor

        init(_ descriptor: consuming OwnedDescriptor) { self.descriptor = descriptor }
    }

    private let socket: Socket
    private let address: UnixAddress

    init?(_ text: String) {
        do throws(UnixSocketFault) {
            switch text.utf8.first {
            case UInt8(ascii: "/"): address = try UnixAddress(text)
            case UInt8(ascii: "@"): address = try UnixAddress(abstract: text.dropFirst())
            default: return nil
            }
        } catch { return nil }
        let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(AF_UNIX, kind, 0)
        guard number != -1 else { return nil }
        socket = Socket(OwnedDescriptor(owning: number))
    }

    /// Returns whether the message is on its way.
    @discardableResult
    func send(_ message: String) -> Bool {
        let bytes = Array(message.utf8)
        let number = socket.descriptor.number
        let flags = Int32(MSG_NOSIGNAL)
        return address.withSystemAddress { sendto(number, bytes, bytes.count, flags, $0, $1) } == bytes.count
    }
}
