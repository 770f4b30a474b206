// SPDX-License-Identifier: Apache-2.0

@testable internal import SnugFraming

/// However a stream is cut, the same frames come out of it, and memory follows what arrived.
func fuzzFrames(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let pieces = (0..<input.number(below: 16)).map { _ in Int(input.byte()) + 1 }
    let readsBetween = input.number(below: 2) == 1
    let stream = input.remaining()

    var whole = Cutting()
    whole.append(stream[...])
    whole.readAll()

    var cut = Cutting()
    var rest = stream[...]
    var index = 0
    while !rest.isEmpty {
        let count = pieces.isEmpty ? 1 : pieces[index % pieces.count]
        cut.append(rest.prefix(count))
        rest = rest.dropFirst(count)
        if readsBetween || index % 3 == 0 { cut.readAll() }
        index += 1
    }
    cut.readAll()

    promise(cut.frames == whole.frames, "a stream's frames depend on how it was cut")
    promise(cut.failure == whole.failure, "whether a stream breaks the limit depends on how it was cut")
    promise(cut.decoder.isMidFrame == whole.decoder.isMidFrame, "where a stream ends depends on its cuts")

    var again: [UInt8] = []
    for frame in whole.frames {
        do throws(FramingError) { try FrameEncoder.encode(frame, appendingTo: &again) } catch {
            fatalError("a frame that was taken cannot be sent: \(error)")
        }
    }
    promise(stream.starts(with: again), "frames are not what was sent")
    let lost = stream.count - again.count
    promise(whole.failure != nil || lost == whole.decoder.unreadBytes, "bytes are neither frames nor kept")
    promise(whole.failure == nil || whole.decoder.unreadBytes == 0, "what follows a lie is kept")
}

/// A decoder with all that came out of it.
private struct Cutting {
    var decoder = FrameDecoder()
    private(set) var frames: [[UInt8]] = []
    private(set) var failure: FramingError?

    mutating func append(_ piece: ArraySlice<UInt8>) {
        do throws(FramingError) { try decoder.append(piece.span.bytes) } catch {
            promise(failure == nil || failure == error, "a stream breaks off in two ways")
            failure = error
        }
        let unread = decoder.unreadBytes
        promise(
            decoder.heldBytes <= 4 * (unread + 2 * FrameLimits.maximumPayloadBytes),
            "memory is held for nothing"
        )
    }

    mutating func readAll() {
        while let frame = decoder.next() {
            promise(frame.count <= FrameLimits.maximumPayloadBytes, "a frame over the limit was taken")
            frames.append(frame)
        }
        promise(decoder.unreadBytes > 0 || decoder.heldBytes == 0, "an empty decoder holds memory")
        promise(UInt64(frames.count) == decoder.completedFrames, "frames are not counted right")
    }
}

let frameSeeds: [[UInt8]] = [
    [0, 0] + [0, 0, 0, 2] + Array("ok".utf8) + [0, 0, 0, 0] + [0, 0, 0, 3] + Array("bob".utf8),
    [3, 1, 4, 200, 1] + [0, 0, 0, 5] + Array("aisha".utf8) + [0, 0, 0, 9] + Array("half".utf8),
    [1, 2, 0] + [0, 0, 0x20, 0] + [UInt8](repeating: 0x61, count: 8192) + [0, 0, 0x20, 1, 0x61],
    [2, 0, 1, 1] + [0x16, 0x03, 0x01, 0x02, 0, 1],
]
