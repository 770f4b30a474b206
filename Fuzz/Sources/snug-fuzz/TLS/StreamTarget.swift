// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import SnugTransport

/// Two real ends, any order of verbs, and a wire that drips, blocks, flips, repeats and cuts: what arrives is what was
/// sent or the front of it, and only a peer's own goodbye looks like one.
///
/// A handshake takes ten times as long as all that follows. So a connection that only had honest use and is at rest is
/// used again, for what can be done to it without its end: see ``StreamConnection/isAsNew``.
func fuzzStreams(_ bytes: [UInt8]) {
    guard Cost(bytes.first ?? 0) == .cheap else { return playAlone(bytes) }
    fuzz_begin()
    if StreamConnection.kept == nil || !Kept.note(bytes) {
        StreamConnection.kept = StreamConnection(isUsedOnce: true)
        Kept.begin()
        _ = Kept.note(bytes)
    }
    guard let connection = StreamConnection.kept else { return }
    noteTrying(alone: { playAlone(bytes) })
    let held = fuzz_held_bytes()
    play(bytes, connection, isRough: false)
    if !connection.isAsNew(holding: held) { StreamConnection.kept = nil }
    noteTrying(alone: nil)
}

private func playAlone(_ bytes: [UInt8]) {
    let isRough = Cost(bytes.first ?? 0) == .dear
    play(bytes, StreamConnection(isUsedOnce: !isRough), isRough: isRough)
}

private func play(_ bytes: [UInt8], _ connection: StreamConnection, isRough: Bool) {
    var input = FuzzInput(bytes)
    _ = input.byte()
    let play = StreamPlay(connection, isRough: isRough)
    while !input.isAtEnd { play.step(&input) }
    play.drain()
    play.check()
}

/// Two ends that have shaken hands, and the wire between them.
private final class StreamConnection {
    let pipes = [Pipe(keepsHistory: false), Pipe(keepsHistory: false)]
    let ends: [TLSEnd]
    private var uses = 0

    /// What the next cheap input is tried on.
    nonisolated(unsafe) static var kept: StreamConnection?

    /// So many records that any number that is kept somewhere has moved, and so few that every execution that breaks
    /// something can be had again by trying them all.
    private static let maximumUses = 1_000

    /// - Parameter isUsedOnce: whether the longest records went through it, so that each end has all the memory that it
    ///   keeps when it is at rest.
    init(isUsedOnce: Bool) {
        let identity = FuzzIdentity.shared
        fuzz_begin()
        let buffers = FuzzIdentity.buffers
        let client = TLSEnd(client: identity.client, incoming: pipes[0], outgoing: pipes[1], buffers: buffers)
        fuzz_use_random_sequence(2)
        let server = TLSEnd(
            server: identity.modernServer,
            incoming: pipes[1],
            outgoing: pipes[0],
            buffers: buffers
        )
        ends = [client, server]
        while !client.isSecure || !server.isSecure {
            for end in ends where !end.isSecure { end.handshake() }
            promise(client.failure == nil && server.failure == nil, "no handshake")
        }
        guard isUsedOnce else { return }
        for (end, other) in [(client, server), (server, client)] {
            end.write([UInt8](repeating: 0, count: 20_000))
            while other.read() {}
        }
        promise(isAtRest, "a connection does not come to rest")
        forget()
    }

    /// Whether nothing is left of what it was used for but higher numbers of records: neither end has anything to send
    /// or to read, both are open, and once their records of the play are forgotten as much memory is held, to the byte,
    /// as before it.
    func isAsNew(holding held: Int) -> Bool {
        uses += 1
        guard uses < Self.maximumUses, isAtRest else { return false }
        forget()
        return fuzz_held_bytes() == held
    }

    private var isAtRest: Bool {
        ends.allSatisfy(\.isAtRest) && pipes.allSatisfy { $0.bytes.isEmpty && !$0.hasEnded }
    }

    private func forget() {
        for end in ends { end.forget() }
        for pipe in pipes { pipe.forget() }
    }
}

private final class StreamPlay {
    private let pipes: [Pipe]
    private let ends: [TLSEnd]
    private let isRough: Bool
    /// For each end, whether what comes to it was spoilt, and whether it was sent more than a peer has to put up with.
    private var isSpoilt = [false, false]
    private var oddRecords = [0, 0]
    /// How much of what each end received is known to be what the other one wrote.
    private var compared = [0, 0]

    init(_ connection: StreamConnection, isRough: Bool) {
        pipes = connection.pipes
        ends = connection.ends
        self.isRough = isRough
    }

    func step(_ input: inout FuzzInput) {
        let action = input.byte()
        let index = Int(action >> 7)
        let end = ends[index]
        // What an end sends comes to the other one.
        let outgoing = pipes[1 - index]
        let argument = Int(input.byte())
        // The rest, from 6 on, would use the connection up.
        switch isRough || action & 15 < 11 && action & 14 != 6 ? action & 15 : action & 15 % 6 {
        case 0, 1: end.write(pattern(argument + 1))
        case 2: end.write(pattern(argument * 80))
        case 3, 4: _ = end.read()
        case 5: end.flush()
        case 6:
            end.sendEmptyRecord(padding: argument)
            oddRecords[1 - index] += 1
        case 7:
            end.sendKeyUpdate()
            // GnuTLS puts up with eight a second (RFC 8446 section 4.6.3 leaves it open).
            oddRecords[1 - index] += 8
        case 8: outgoing.capacity = max(argument * 64, outgoing.bytes.count)
        case 9: outgoing.pieceBytes = argument + 1
        case 10: end.setPadding(argument * 4)
        case 11: end.finish()
        case 12:
            spoil(toEnd: 1 - index) { if !$0.isEmpty { $0[argument % $0.count] ^= 1 << (action >> 4 & 7) } }
        case 13: spoil(toEnd: 1 - index) { $0 = Array($0.prefix(argument)) }
        case 14: spoil(toEnd: 1 - index) { $0 += $0.prefix(argument + 5) }
        default: spoil(toEnd: 1 - index) { $0.insert(contentsOf: input.take(argument % 32), at: 0) }
        }
        check()
    }

    private func spoil(toEnd index: Int, _ change: (inout [UInt8]) -> Void) {
        let before = pipes[index].bytes
        change(&pipes[index].bytes)
        if pipes[index].bytes != before { isSpoilt[index] = true }
    }

    /// Bytes that differ with their count and their place.
    private func pattern(_ count: Int) -> [UInt8] {
        Array(Self.pattern[count % 256..<count % 256 + count])
    }

    private static let pattern = (0..<21_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) }

    func drain() {
        for pipe in pipes {
            pipe.capacity = 1 << 20
            pipe.pieceBytes = .max
        }
        if isRough { for end in ends where end.isOpen && !end.hasFinished { end.finish() } }
        for _ in 0..<4 {
            for end in ends {
                if end.isOpen, end.wantsWrite { end.flush() }
                while end.isOpen, !end.sawEnd, end.read() {}
            }
        }
        for index in ends.indices where !isSpoilt[0] && !isSpoilt[1] && oddRecords.max() ?? 0 < 60 {
            let failure = ends[index].failure
            promise(failure == nil, "an honest stream fails: \(String(describing: failure))")
            promise(ends[index].received == ends[1 - index].written, "an honest stream is cut short")
            promise(ends[index].sawEnd == isRough, "a goodbye does not arrive, or one that nobody said")
        }
    }

    func check() {
        for index in ends.indices {
            let (end, other) = (ends[index], ends[1 - index])
            // Both only grow.
            let new = end.received.dropFirst(compared[index])
            let sent = other.written.dropFirst(compared[index]).prefix(new.count)
            promise(new.elementsEqual(sent), "a peer is shown what nobody sent")
            compared[index] = end.received.count
            if end.sawEnd {
                let isWhole = end.received.count == other.written.count
                promise(other.hasFinished && isWhole, "a cut looks like a goodbye")
            }
        }
    }
}

let streamSeeds: [[UInt8]] = [
    [0, 10, 0x83, 0, 0x80, 200, 3, 0, 11, 0, 0x83, 0, 0x8b, 0, 3, 0],
    [10, 64, 0, 5, 8, 2, 2, 200, 5, 0, 0x89, 3, 0x83, 0, 0x83, 0, 5, 0],
    [6, 0, 6, 255, 7, 0, 0, 9, 0x83, 0, 0x83, 0, 0x87, 0, 3, 0],
    [0, 50, 0x1c, 9, 0x83, 0, 0x83, 0], [0, 50, 13, 7, 0x83, 0], [0, 50, 14, 70, 0x83, 0, 0x83, 0],
    [15, 7, 23, 3, 3, 0, 2, 9, 9, 0x83, 0], [6, 0, 6, 0, 6, 0, 6, 0, 0x83, 0, 0, 1, 0x83, 0],
].flatMap { [[Cost.dear.rawValue] + $0, [Cost.cheap.rawValue] + $0] }
