// SPDX-License-Identifier: Apache-2.0

package import SnugSystem

/// Cuts a terminal's bytes, which arrive in any split, into keys.
///
/// Sequences that mean nothing here are swallowed whole. A terminal sends a sequence at once, so one that is not
/// complete in time was a key, such as Escape or Alt with a letter, that means nothing here either. What is kept between
/// two calls is bounded, whatever comes.
package struct KeyParser: Sendable {
    /// ```
    /// ground ──ESC──► escape ──[──► control ──200~──► paste ──ESC [ 2 0 1 ~──► ground
    ///                   │ ├───O──► function  └──M──► mouse
    ///                   │ ├───]P^_X──► string
    ///                   │ ├───a blank or a sign──► designation
    ///                   │ └───the first byte of several──► character       all go back to ground with their last byte
    /// ```
    private enum State {
        /// Alt with a character of several bytes, of which so many are to come.
        case character(missingBytes: Int)
        /// The Linux console's F1 to F5: one more byte belongs to it.
        case console
        /// A control sequence (ECMA-48 section 5.4): parameters and intermediates, then one final byte.
        case control(parameters: [UInt8])
        /// ESC and intermediates (ECMA-35 section 13.2), then one final byte.
        case designation
        case escape
        /// A key in the style of the VT100: one more byte, with numbers in front of it in old versions of xterm.
        case function(held: UInt8?)
        case ground
        /// A click in the style of the first xterm: three more characters, whatever they are.
        case mouse(missing: Int)
        case paste(matched: Int)
        /// Behind a byte that only says what the next one means.
        case prefixed
        case string

        /// Within a character that is swallowed, or behind it if no byte of it is missing.
        static func awaiting(_ bytes: Int) -> State { bytes > 0 ? .character(missingBytes: bytes) : .ground }
    }

    private var state = State.ground
    private var sequenceBytes = 0
    private var lastArrival = MonotonicTime.start
    /// Text up to its last byte, which may lie within a character.
    private var text: [UInt8] = []
    private var keys: [Key] = []

    /// More than any key's sequence has; a longer one is swallowed.
    private static let maximumParameterBytes = 16

    /// More than any terminal's answer.
    private static let maximumSequenceBytes = 4_096

    /// How long a sequence may pause.
    package static let sequencePatience = Duration.milliseconds(50)

    /// How long a paste may pause: it may come over a network.
    package static let pastePatience = Duration.seconds(1)

    /// More than any key sends.
    private static let maximumKeyBytes = 8

    private static let endOfPaste = Array("\u{1B}[201~".utf8)

    /// Between two keys.
    package init() {}

    /// When Escape was pressed by itself if nothing comes before; see ``proceed(at:)``.
    package var deadline: MonotonicTime {
        if case .escape = state { lastArrival + Self.sequencePatience } else { .never }
    }

    /// The keys that are complete because nothing has come in time.
    package mutating func proceed(at time: MonotonicTime) -> [Key] {
        guard case .escape = state, deadline <= time else { return [] }
        state = .ground
        return [.escape]
    }

    /// The keys that `bytes`, which came at `time`, complete.
    package mutating func take(_ bytes: [UInt8], at time: MonotonicTime) -> [Key] {
        keys = proceed(at: time)
        giveUpSequence(before: bytes, pause: lastArrival.duration(to: time))
        lastArrival = time
        for byte in bytes { take(byte) }
        emitText(complete: false)
        defer { keys = [] }
        return keys
    }

    private mutating func take(_ byte: UInt8) {
        if !countsSequenceByte() { state = .ground }
        switch state {
        case .character(let missing): takeCharacter(byte, missing)
        case .console: state = .ground
        case .control(let parameters): takeControl(byte, parameters)
        case .designation: takeDesignation(byte)
        case .escape: takeEscaped(byte)
        case .function(let held): takeFunction(byte, held)
        case .ground: takeGround(byte)
        case .mouse(let missing): takeMouse(byte, missing)
        case .paste(let matched): takePasted(byte, matched)
        case .prefixed: takePrefixed(byte)
        case .string:
            // Only BEL or ESC \ end it properly, but a terminal's answer holds no other control character either.
            if byte == Self.bell { state = .ground } else if byte < 0x20 { takeGround(byte) }
        }
    }

    // MARK: Bounds

    /// Ends what has not gone on in time.
    private mutating func giveUpSequence(before bytes: [UInt8], pause: Duration) {
        guard pause >= Self.sequencePatience else { return }
        switch state {
        // A hand presses the one key behind the other.
        case .ground, .prefixed: break
        case .paste(let matched):
            // The mark at its end may be lost. What is pressed then comes by itself, and more of a paste does not: what
            // no hand types is a part of it, however long the network held it up.
            guard matched == 0 else { return }
            let isGivenUp = pause >= Self.pastePatience && bytes.count <= Self.maximumKeyBytes
            guard isGivenUp || Self.isOneKey(bytes) else { return }
            endPaste()
        default: state = .ground
        }
    }

    private static func isOneKey(_ bytes: [UInt8]) -> Bool {
        guard let first = bytes.first, bytes.count <= maximumKeyBytes else { return false }
        // A paste holds line breaks and tabulators as well.
        if bytes.count == 1 {
            return first == escape || key(forControl: first) != nil && !"\r\n\t".utf8.contains(first)
        }
        return first == escape && bytes.dropFirst().allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private mutating func countsSequenceByte() -> Bool {
        switch state {
        case .ground, .paste: sequenceBytes = 0
        default: sequenceBytes += 1
        }
        return sequenceBytes < Self.maximumSequenceBytes
    }

    // MARK: Text

    private mutating func takeGround(_ byte: UInt8) {
        guard byte < 0x20 || byte == 0x7F else {
            text.append(byte)
            return
        }
        let key = Self.key(forControl: byte)
        // What means nothing cuts no text in pieces: each would be cleaned together with all that is before it.
        guard key != nil || byte == Self.escape || byte == Self.prefix else {
            state = .ground
            return
        }
        emitText(complete: true)
        state = byte == Self.escape ? .escape : byte == Self.prefix ? .prefixed : .ground
        if let key { keys.append(key) }
    }

    private mutating func takePrefixed(_ byte: UInt8) {
        guard let key = Self.key(forPrefixed: byte) else { return resume(with: byte) }
        state = .ground
        keys.append(key)
    }

    /// Everything up to the end mark is text, control characters too: nothing in it is a key.
    private mutating func takePasted(_ byte: UInt8, _ matched: Int) {
        if byte == Self.endOfPaste[matched] {
            let isWhole = matched + 1 == Self.endOfPaste.count
            if isWhole { endPaste() } else { state = .paste(matched: matched + 1) }
            return
        }
        // ESC stands only at the mark's start, so a mismatch can begin a new one there and nowhere else.
        text += Self.endOfPaste[..<matched]
        let isNewStart = byte == Self.escape
        if !isNewStart { text.append(byte) }
        state = .paste(matched: isNewStart ? 1 : 0)
    }

    private mutating func endPaste() {
        emitText(complete: true)
        state = .ground
        keys.append(.pasteEnded)
    }

    /// Emits what was collected, but for a character that is not `complete` yet.
    private mutating func emitText(complete: Bool) {
        let kept = complete ? 0 : text.unfinishedSuffixBytes
        let whole = text.dropLast(kept)
        text = Array(text.suffix(kept))
        guard !whole.isEmpty else { return }
        // Repairing is right here: the bytes are the user's own, and the protocol takes nothing but UTF-8.
        let string = String(decoding: whole, as: UTF8.self)
        if case .paste = state { keys.append(.pasted(string)) } else { keys.append(.text(string)) }
    }

    // MARK: Sequences

    private mutating func takeEscaped(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "["): state = .control(parameters: [])
        case UInt8(ascii: "O"): state = .function(held: nil)
        case UInt8(ascii: "]"), UInt8(ascii: "P"), UInt8(ascii: "X"), UInt8(ascii: "^"), UInt8(ascii: "_"):
            state = .string
        case 0x20...0x2F: state = .designation
        case 0x08, 0x30...0x7F:
            state = .ground
            if let key = Self.key(forAlt: byte) { keys.append(key) }
        case 0x80...0xFF:
            state = .awaiting(byte.followingBytes)
        default: resume(with: byte)
        }
    }

    /// Ends the sequence in front of a byte that cannot belong to it.
    private mutating func resume(with byte: UInt8) {
        state = .ground
        takeGround(byte)
    }

    private mutating func takeCharacter(_ byte: UInt8, _ missing: Int) {
        guard (0x80...0xBF).contains(byte) else { return resume(with: byte) }
        state = .awaiting(missing - 1)
    }

    private mutating func takeDesignation(_ byte: UInt8) {
        switch byte {
        case 0x20...0x2F: break
        case 0x30...0x7E: state = .ground
        default: resume(with: byte)
        }
    }

    private mutating func takeFunction(_ byte: UInt8, _ held: UInt8?) {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): state = .function(held: byte)
        case UInt8(ascii: ";"): break
        case 0x20...0x7E:
            state = .ground
            if let key = Self.key(forFunction: byte, held: held) { keys.append(key) }
        default: resume(with: byte)
        }
    }

    private mutating func takeMouse(_ byte: UInt8, _ missing: Int) {
        guard byte >= 0x20, byte != 0x7F else { return resume(with: byte) }
        // In some modes a coordinate is a character of two bytes.
        let left = (0x80...0xBF).contains(byte) ? missing : missing - 1
        state = left > 0 ? .mouse(missing: left) : .awaiting(byte.followingBytes)
    }

    private mutating func takeControl(_ byte: UInt8, _ parameters: [UInt8]) {
        switch byte {
        case UInt8(ascii: "$") where !parameters.isEmpty && parameters.first != UInt8(ascii: "?"):
            // rxvt ends the sequences of keys with Shift like this, where ECMA-48 has another byte follow.
            finishControl(byte, String(decoding: parameters, as: UTF8.self))
        case 0x20...0x3F:
            let isTooLong = parameters.count > Self.maximumParameterBytes
            state = .control(parameters: isTooLong ? parameters : parameters + [byte])
        case UInt8(ascii: "[") where parameters.isEmpty: state = .console
        case 0x40...0x7E: finishControl(byte, String(decoding: parameters, as: UTF8.self))
        default: resume(with: byte)
        }
    }

    private mutating func finishControl(_ final: UInt8, _ parameters: String) {
        state = .ground
        guard parameters.utf8.count <= Self.maximumParameterBytes else { return }
        switch (final, parameters) {
        case (UInt8(ascii: "~"), "200"): state = .paste(matched: 0)
        case (UInt8(ascii: "M"), ""): state = .mouse(missing: 3)
        case (UInt8(ascii: "R"), _):
            let numbers = parameters.split(separator: ";").compactMap { Int($0) }
            if numbers.count == 2 { keys.append(.cursorReport(column: numbers[1])) }
        case (UInt8(ascii: "c"), let report) where report.first == ">":
            let numbers = report.dropFirst().split(separator: ";").compactMap { Int($0) }
            if numbers.count >= 2 { keys.append(.terminalReport(kind: numbers[0], version: numbers[1])) }
        default: if let key = Self.key(forControl: final, parameters) { keys.append(key) }
        }
    }
}

extension UInt8 {
    /// How many bytes follow this one in a character of UTF-8 (RFC 3629 section 3).
    fileprivate var followingBytes: Int {
        switch self {
        case 0xC2...0xDF: 1
        case 0xE0...0xEF: 2
        case 0xF0...0xF4: 3
        default: 0
        }
    }
}

extension [UInt8] {
    /// How many bytes at the end begin a character of UTF-8 without completing it.
    fileprivate var unfinishedSuffixBytes: Int {
        for length in 1...3 where length <= count {
            let byte = self[count - length]
            if (0x80...0xBF).contains(byte) { continue }
            return length <= byte.followingBytes ? length : 0
        }
        return 0
    }
}
