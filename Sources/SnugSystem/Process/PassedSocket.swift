// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A listening socket that a service manager has opened for this process (sd_listen_fds(3)).
///
/// It stays open there while the service is started again, so that nobody who connects meanwhile is refused.
public final class PassedSocket {
    /// What the manager calls it (FileDescriptorName=, systemd.socket(5)).
    public let name: String

    private var descriptor: OwnedDescriptor?

    private init(_ number: Int32, name: String) {
        descriptor = OwnedDescriptor(owning: number)
        self.name = name
    }

    /// The first one; the others follow.
    private static let firstNumber: Int32 = 3

    /// More than anybody needs.
    private static let greatestCount: Int32 = 256

    /// All that were passed to this process, each with one of `names`; none if none were.
    ///
    /// What tells of them is taken out of the environment, so that no child of this process believes to be meant. To be
    /// called once, before other threads start and before anything is opened.
    public static func all(named names: [String]) throws(PassedSocketError) -> [PassedSocket] {
        try all(
            named: names,
            process: Environment.take("LISTEN_PID"),
            count: Environment.take("LISTEN_FDS"),
            names: Environment.take("LISTEN_FDNAMES"),
            first: firstNumber
        )
    }

    /// - Parameter first: the number of the first descriptor, for tests, whose own are in the way.
    static func all(
        named expected: [String],
        process: String?,
        count: String?,
        names: String?,
        first: Int32
    ) throws(PassedSocketError) -> [PassedSocket] {
        guard let process, process == String(getpid()), let count else { return [] }
        guard let number = Int32(count), (0...greatestCount).contains(number) else {
            throw .countMakesNoSense(count)
        }
        let given = (names ?? "").split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        var passed: [(number: Int32, name: String)] = []
        for index in 0..<Int(number) {
            let name = index < given.count ? given[index] : ""
            guard expected.contains(name) else { throw .unknownName(name, known: expected) }
            let number = first + Int32(index)
            guard isListening(number) else { throw .notListening(name) }
            passed.append((number, name))
        }
        // Only now: what was not meant for this process must not be closed.
        for socket in passed { _ = fcntl(socket.number, F_SETFD, FD_CLOEXEC) }
        return passed.map { PassedSocket($0.number, name: $0.name) }
    }

    /// Whether connections by TCP can be accepted there.
    private static func isListening(_ number: Int32) -> Bool {
        option(SO_ACCEPTCONN, of: number) == 1 && option(SO_PROTOCOL, of: number) == Int32(IPPROTO_TCP)
            && [AF_INET, AF_INET6].contains(option(SO_DOMAIN, of: number))
    }

    private static func option(_ option: Int32, of number: Int32) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(number, SOL_SOCKET, option, &value, &length) == 0 ? value : nil
    }

    /// Gives the socket to whoever asks first.
    func take() -> OwnedDescriptor? { descriptor.take() }
}

/// Why what a service manager has passed cannot be used.
public enum PassedSocketError: Error, Equatable, Sendable, CustomStringConvertible {
    case countMakesNoSense(String)
    case notListening(String)
    case unknownName(String, known: [String])

    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .countMakesNoSense(let count): "LISTEN_FDS is no number of sockets: \(count)"
        case .notListening(let name): "the socket \(name) that was passed does not listen for TCP connections"
        case .unknownName("", _): "a socket was passed without a name"
        case .unknownName(let name, _): "a socket was passed with the name \(name), which means nothing here"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch self {
        case .countMakesNoSense:
            "have a service manager start this program, or unset LISTEN_FDS and LISTEN_PID"
        case .notListening: "open it with ListenStream= and a port in the socket unit"
        case .unknownName(_, let known):
            "say \(known.map { "FileDescriptorName=\($0)" }.joined(separator: ", or ")) in the socket unit"
        }
    }
}
