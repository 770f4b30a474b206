// SPDX-License-Identifier: Apache-2.0

/// The last refs of one stay, so that a line that is sent again is not said again.
struct RefWindow: Equatable, Sendable {
    /// The most refs that are remembered.
    static let size = 256

    struct Entry: Equatable, Sendable {
        let ref: Ref
        let fingerprint: Fingerprint
        let sequence: UInt64
        let time: ChatTime
    }

    /// The oldest one is at `oldest`, once all places are taken.
    private var entries: [Entry] = []
    private var oldest = 0

    /// Whether both do the same from now on.
    static func == (left: RefWindow, right: RefWindow) -> Bool { left.inOrder == right.inOrder }

    /// The number of refs.
    var count: Int { entries.count }

    /// All, the oldest first.
    var inOrder: [Entry] { Array(entries[oldest...] + entries[..<oldest]) }

    /// What is remembered of `ref`.
    func entry(for ref: Ref) -> Entry? {
        entries.first { $0.ref == ref }
    }

    /// Remembers a ref that is not in it; the oldest one gives way.
    mutating func remember(_ entry: Entry) {
        guard entries.count == Self.size else {
            entries.append(entry)
            return
        }
        entries[oldest] = entry
        oldest = (oldest + 1) % Self.size
    }
}

/// What tells two texts apart; the same on every machine, which Swift's own hashes are not.
///
/// FNV-1a of 64 bits. Whoever makes two texts with one fingerprint can lose a line of its own by it, and nothing else.
struct Fingerprint: Equatable, Sendable {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// One that was made before.
    init(value: UInt64) { self.value = value }

    /// Of a line or an action for a room.
    init(_ text: String, isAction: Bool, in room: RoomName) {
        add(isAction ? "action" : "line")
        add(room.text)
        add(text)
    }

    /// Of a line for one person.
    init(_ text: String, to recipient: MemberName) {
        add("direct")
        add(recipient.text)
        add(text)
    }

    private mutating func add(_ text: String) {
        var text = text
        // At once: a step through the string for each byte takes longer than all else here.
        text.withUTF8 { utf8 in for byte in utf8 { mix(byte) } }
        // No UTF-8 has this byte, so it parts two texts.
        mix(0xFF)
    }

    private mutating func mix(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }
}
