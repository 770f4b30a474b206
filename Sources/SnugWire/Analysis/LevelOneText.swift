// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol

/// How texts stand in the messages of level 1.
enum LevelOneText {
    /// `text` as a string of JSON with its quotation marks, byte for byte as Snug writes it; empty if no frame holds it.
    static func quoted(_ text: String) -> [UInt8] {
        var frame: [UInt8] = []
        do throws(FramingError) {
            try ClientMessage(.nick(name: text)).encode(appendingTo: &frame)
        } catch { return [] }
        return Array(frame.dropFirst(FrameLimits.headerBytes + beginning.utf8.count).dropLast())
    }

    /// What stands before the name in the message that asks for it, which has nothing else in it.
    private static let beginning = "{\"type\":\"nick\",\"name\":"
}
