// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// What a member has sent and the room has not taken yet: frames in order, at the member's rate.
struct Inbox {
    private var decoder: FrameDecoder
    private var allowance: LineAllowance
    private let level: Entry.Level
    /// What the client calls the `quit` that was found.
    private(set) var quitRef: String?

    /// - Parameter decoder: may hold what came in behind the name.
    init(_ decoder: FrameDecoder, rate: LineRate, level: Entry.Level = .text) {
        self.decoder = decoder
        self.level = level
        // From here on there are no more secrets.
        self.decoder.overwritesMemory = false
        allowance = LineAllowance(rate)
    }

    /// Takes bytes of the stream, and returns whether a frame became complete; after a failure there is no more to come.
    mutating func append(_ bytes: RawSpan) throws(FramingError) -> Bool {
        let completed = decoder.completedFrames
        try decoder.append(bytes)
        return decoder.completedFrames != completed
    }

    /// Whether a frame waits.
    var hasFrame: Bool { decoder.hasFrame }

    /// How many bytes of payload the next frame has; nil if none waits.
    var nextPayloadBytes: Int? { decoder.nextPayloadBytes }

    /// How many frames wait.
    var frameCount: Int { decoder.frameCount }

    /// All that is kept, in bytes.
    var unreadBytes: Int { decoder.unreadBytes }

    /// Whether a frame has begun and is not complete.
    var isMidFrame: Bool { decoder.isMidFrame }

    /// Whether the next frame has to wait for the rate.
    func isHeldBack(now: MonotonicTime) -> Bool {
        // An empty frame says "still here" and costs nobody anything.
        (decoder.nextPayloadBytes ?? 0) > 0 && nextLine(now: now) > now
    }

    /// When the rate allows the next line; not later than `now` if it does already.
    func nextLine(now: MonotonicTime) -> MonotonicTime { allowance.nextLine(now: now) }

    /// The next frame, whatever the rate, which counts it.
    mutating func next(now: MonotonicTime) -> [UInt8]? {
        guard let frame = decoder.next() else { return nil }
        if !frame.isEmpty { _ = allowance.take(now: now) }
        return frame
    }

    /// Whether the member wants to leave, behind frames that wait; those looked at before are not looked at again.
    mutating func holdsQuit() -> Bool {
        let isText = level == .text
        var ref: String?
        defer { quitRef = ref ?? quitRef }
        return decoder.lookAhead { payload in
            guard payload.byteCount <= (isText ? Self.maximumQuitBytes : Self.maximumQuitMessageBytes) else {
                return false
            }
            let bytes = payload.withUnsafeBytes { Array($0) }
            if !isText {
                guard let message = try? ClientMessage(payload: bytes), message.kind == .quit else {
                    return false
                }
                ref = message.ref
                return true
            }
            // Nearly every other line is known by this, and is parsed when its turn comes.
            guard bytes.contains(where: { $0 | 0x20 == UInt8(ascii: "q") }) else { return false }
            return String(validating: bytes, as: UTF8.self).map(Input.parse) == .quit
        }
    }

    /// With some white space around it.
    private static let maximumQuitBytes = 16

    /// With a `ref`, and members that are not known.
    private static let maximumQuitMessageBytes = 96

    /// Forgets everything, and returns how many frames with something in them that were.
    mutating func discard() -> Int {
        var count = 0
        while let frame = decoder.next() { count += frame.isEmpty ? 0 : 1 }
        decoder.removeAll()
        return count
    }
}
