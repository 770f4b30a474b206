// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugFraming
internal import SnugProtocol
internal import SnugRooms
internal import SnugSystem

/// Messages of level 1 on their way to a program, one line of JSON each.
///
/// Never waits: what the reader does not take is kept, and nothing more should be read from the server while that is
/// much. Whatever the server sent, no line, and no text that is read out of one, holds anything that a terminal obeys.
public final class JSONLines {
    private var waiting: WaitingOutput

    /// Whether the reader is gone: nothing more is worth writing.
    public private(set) var isGone = false

    /// Writes to `descriptor`, which stays open as long as this object lives.
    public init(to descriptor: Int32) { waiting = WaitingOutput(to: descriptor) }

    /// Whether nothing more should be written for the time being.
    var isFull: Bool { !isGone && waiting.isFull }

    /// What to watch: for its reader's end, and for taking more if something waits.
    var entry: Polling.Entry {
        Polling.Entry(isGone ? nil : waiting.descriptor, for: waiting.isEmpty ? .hungUp : .writable)
    }

    /// Writes a message; one with a long list as several.
    func write(_ message: ServerMessage) throws(ClientError) {
        var frames: [UInt8] = []
        do throws(FramingError) { try message.encode(appendingTo: &frames) } catch {
            throw .protocolBroken("it sent a message that is too long once it is safe to show")
        }
        var decoder = FrameDecoder()
        do throws(FramingError) { try decoder.append(frames.span.bytes) } catch {
            throw .protocolBroken("\(error)")
        }
        while let payload = decoder.next() {
            let line = SafeText.clean(Self.withoutControlEscapes(payload))
            try attempt { (waiting) throws(SystemError) in try waiting.write(line + "\n") }
        }
    }

    /// The message with control characters in place of their escapes, so that they are cleaned like any others.
    static func withoutControlEscapes(_ payload: [UInt8]) -> String {
        var text = ""
        var rest = String(decoding: payload, as: UTF8.self)[...]
        while let backslash = rest.firstIndex(of: "\\") {
            text += rest[..<backslash]
            rest = rest[backslash...].dropFirst()
            switch rest.popFirst() {
            case "u":
                // The encoder's own, of four digits.
                let scalar = UInt32(rest.prefix(4), radix: 16).flatMap(Unicode.Scalar.init)
                text.unicodeScalars.append(scalar ?? "\u{FFFD}")
                rest = rest.dropFirst(4)
            case "n", "t": text += " "
            case let sign?: text += ["\\", sign]
            case nil: break
            }
        }
        return text + rest
    }

    /// Writes what the reader takes at once.
    func flush() throws(ClientError) {
        try attempt { (waiting) throws(SystemError) in try waiting.flush() }
    }

    /// Writes all that waits, however long the reader takes.
    func finish() throws(ClientError) {
        try attempt { (waiting) throws(SystemError) in try waiting.flush(until: .never) }
    }

    /// Notes what a wait for ``entry`` has found.
    func note(_ readiness: Readiness) throws(ClientError) {
        if readiness.contains(.hungUp) { isGone = true }
        if readiness.contains(.writable) { try flush() }
    }

    private func attempt(
        _ body: (inout WaitingOutput) throws(SystemError) -> Void
    ) throws(ClientError) {
        guard !isGone else { return }
        do throws(SystemError) { try body(&waiting) } catch {
            guard error.code == EPIPE else { throw .outputFailed(error) }
            isGone = true
        }
    }
}
