// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugFraming
internal import SnugSystem
internal import SnugTransport

/// Someone at the other end, and a plain model of what may be said to them.
final class SessionPeer {
    let number: Int
    let isEncrypted: Bool
    /// The names in the room as this peer was told of them, from its own coming on.
    private(set) var present: Set<String> = []
    private(set) var sawEnd = false
    var isStalled = false
    /// Lines with a number that were sent so far.
    private(set) var linesSent = 0

    private let connection: any Connection
    private var farEnd: Int32
    private var isSecure = false
    /// It sent what is no frame, or more than it may for long: it is owed nothing, or nothing soon.
    private(set) var isOdd = false
    private var hasFinished = false
    private var isClosed = false
    private var unsent: [UInt8] = []
    private var sent = SentFrames()
    private var decoder = FrameDecoder()
    private(set) var transcript: [String] = []
    private var lastHeard: [Int: Int] = [:]
    /// The numbered lines that were heard, each with its place in the transcript.
    private var heard: [(place: Int, line: NumberedLine)] = []
    /// The name that this peer was let in under.
    private(set) var joinedName: String?

    /// A line that can be told from every other.
    struct NumberedLine: Equatable {
        let speaker: Int
        let number: Int
    }

    init(number: Int, isEncrypted: Bool) throws {
        self.number = number
        self.isEncrypted = isEncrypted
        var pair: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        promise(socketpair(AF_UNIX, kind, 0, &pair) == 0, "no socket pair")
        // Small, so that a peer that does not read is felt soon.
        var bytes: Int32 = 4_096
        setsockopt(pair[1], SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        farEnd = pair[1]
        let channel = SocketChannel(owning: OwnedDescriptor(owning: pair[0]))
        connection =
            isEncrypted
            ? SocketConnection.tlsClient(
                channel,
                context: FuzzIdentity.shared.client,
                expecting: FuzzIdentity.expected,
                paddingMultiple: 0
            ) : SocketConnection.plain(channel)
    }

    /// The server's end; once.
    func takeFarEnd() -> OwnedDescriptor? {
        guard farEnd >= 0 else { return nil }
        defer { farEnd = -1 }
        return OwnedDescriptor(owning: farEnd)
    }

    /// Was let in and not shown out.
    var isMember: Bool { joinedName != nil && !sawEnd }

    /// Reads, and has only ever sent frames.
    var isHonest: Bool { !isOdd && !isStalled && !hasFinished && !isClosed }

    func heardAll(of other: SessionPeer) -> Bool { lastHeard[other.number, default: 0] == other.linesSent }

    /// All numbered lines that were heard.
    var lines: [NumberedLine] { heard.map(\.line) }

    /// Those that were heard since someone last came in under that name.
    func lines(since name: String?) -> [NumberedLine] {
        let coming = transcript.lastIndex { $0 == "* \(name ?? "") joined the chat *" } ?? transcript.endIndex
        return heard.filter { $0.place > coming }.map(\.line)
    }

    // MARK: Doing

    func send(frame text: String) {
        if let frame = try? FrameEncoder.frame(text) { unsent += frame }
    }

    /// A line that can be told from every other.
    func say(_ words: String) {
        // Who is no member yet would give this as a passphrase or a name.
        guard isMember, isHonest else { return }
        linesSent += 1
        send(frame: "\(words) #\(number).\(linesSent)")
    }

    /// More than the rate allows.
    func send(frame text: String, times: Int) {
        isOdd = true
        for _ in 0..<times { send(frame: text) }
    }

    /// Bytes that may be anything.
    func send(raw bytes: [UInt8]) {
        isOdd = true
        // Nothing in them passes for a numbered line.
        unsent += bytes.map { $0 == UInt8(ascii: "#") ? UInt8(ascii: ".") : $0 }
    }

    /// Bytes below TLS.
    func spoil(_ bytes: [UInt8]) {
        guard isEncrypted, let descriptor = connection.descriptor else { return }
        isOdd = true
        _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    func finish(_ buffers: IOBuffers) {
        guard isSecure, !hasFinished else { return }
        hasFinished = true
        try? connection.finish(buffers)
    }

    func close() {
        isClosed = true
        connection.close()
    }

    func reset() {
        isClosed = true
        connection.reset()
    }

    // MARK: Reading

    /// Sends what it can and reads what is there.
    func step(_ buffers: IOBuffers) {
        guard !isClosed else { return }
        do throws(TransportError) {
            if !isSecure {
                guard case .complete = try connection.handshake(buffers) else { return }
                isSecure = true
            }
            if !isStalled { try read(buffers) }
            try write(buffers)
        } catch {
            sawEnd = true
        }
    }

    private func write(_ buffers: IOBuffers) throws(TransportError) {
        try connection.flush(buffers)
        while !unsent.isEmpty, !hasFinished, !connection.wantsWrite {
            let waiting = unsent
            let taken = try connection.write(waiting.span.bytes, buffers)
            guard taken > 0 else { return }
            sent.append(waiting[..<taken])
            unsent.removeFirst(taken)
        }
    }

    private func read(_ buffers: IOBuffers) throws(TransportError) {
        while !sawEnd {
            switch try connection.read(buffers) {
            case .endOfStream: sawEnd = true
            case .wouldBlock: return
            case .plaintext(let count):
                do throws(FramingError) {
                    try buffers.withPlaintext(bytes: count) { (bytes) throws(FramingError) in
                        try decoder.append(bytes)
                    }
                } catch { fatalError("a broken promise: the server sends what is no frame: \(error)") }
                while let frame = decoder.next() { hear(frame) }
            }
        }
    }

    // MARK: The model

    private func hear(_ frame: [UInt8]) {
        // An empty frame says "still here".
        guard !frame.isEmpty else { return promise(joinedName != nil, "a stranger hears something") }
        let text = String(decoding: frame, as: UTF8.self)
        promise(text.isHarmless, "harmful: \(text.visible)")
        transcript.append(text)
        switch transcript.count {
        case 1: hearVerdict(text)
        case 2: hearOwnComing(text)
        default:
            promise(joinedName != nil, "\(number) hears more than it may: \(transcript)")
            hearEvent(text)
        }
    }

    private func hearVerdict(_ text: String) {
        guard let guess = sent.frame(0) else {
            fatalError("a broken promise: said before any passphrase: \(text)")
        }
        let isRight = guess == Array(SessionWorld.passphrase.utf8)
        promise(text == (isRight ? "ok" : "wrong passphrase"), "\(text) is the answer to a passphrase")
    }

    private func hearOwnComing(_ text: String) {
        promise(transcript[0] == "ok", "after a wrong passphrase: \(text)")
        promise(sent.frame(1) != nil, "said before any name: \(text)")
        guard let joined = text.middle("* ", " joined the chat *") else {
            return promise(text.hasPrefix("* the room is full"), "said first in the room: \(text)")
        }
        joinedName = joined
        present.insert(joined)
    }

    private func hearEvent(_ text: String) {
        if let joined = text.middle("* ", " joined the chat *") {
            promise(present.insert(joined).inserted || number != 0, "\(joined) comes in twice")
        } else if let left = text.middle("* ", " left *") {
            promise(present.remove(left) != nil || number != 0, "\(left) leaves and was not there")
        } else if let names = text.middle("* ", " *")?.split(separator: " is now "), names.count == 2 {
            promise(present.remove(String(names[0])) != nil || number != 0, "\(names[0]) was not there")
            promise(present.insert(String(names[1])).inserted || number != 0, "\(names[1]) is there twice")
        } else if !text.utf8.starts(with: "* ".utf8) {
            hearLine(text)
        }
    }

    private func hearLine(_ text: String) {
        let speaker = text.prefix { $0 != ":" }
        promise(present.contains(String(speaker)) || number != 0, "said by someone who is not there: \(text)")
        let mark = text.split(separator: "#").last?.split(separator: ".").compactMap { Int($0) } ?? []
        guard text.utf8.contains(UInt8(ascii: "#")), mark.count == 2 else { return }
        promise(mark[0] != number, "hears its own line: \(text)")
        promise(mark[1] > lastHeard[mark[0], default: 0], "a line twice or out of order: \(text)")
        lastHeard[mark[0]] = mark[1]
        heard.append((transcript.count - 1, NumberedLine(speaker: mark[0], number: mark[1])))
    }
}

/// What was sent, cut into frames by the words of the protocol and without Snug's decoder.
private struct SentFrames {
    private var bytes: [UInt8] = []

    mutating func append(_ new: ArraySlice<UInt8>) {
        // The first two frames are all that is asked for.
        if bytes.count < 20_000 { bytes += new }
    }

    /// The payload of a frame that is complete.
    func frame(_ index: Int) -> [UInt8]? {
        var rest = bytes[...]
        for number in 0... {
            guard rest.count >= 4 else { return nil }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= length else { return nil }
            if number == index { return Array(rest.prefix(length)) }
            rest = rest.dropFirst(length)
        }
        return nil
    }
}

extension String {
    fileprivate func middle(_ start: String, _ end: String) -> String? {
        // By their bytes, of which there are as many as of characters in what a notice says.
        let (bytes, start, end) = (utf8, start.utf8, end.utf8)
        guard bytes.count > start.count + end.count, bytes.starts(with: start),
            bytes.suffix(end.count).elementsEqual(end)
        else { return nil }
        return String(bytes.dropFirst(start.count).dropLast(end.count))
    }
}
