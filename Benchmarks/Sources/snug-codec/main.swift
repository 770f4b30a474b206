// SPDX-License-Identifier: Apache-2.0
//
// What it costs to read and to write a line of chat at level 1: nanoseconds of this thread's processor time, the
// best of seven rounds. swift run --package-path Benchmarks -c release snug-codec

internal import Glibc
internal import SnugProtocol

func processorNanoseconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Nanoseconds a call of `body`, whose results are added up so that none can be left out.
func measure(_ body: () throws -> Int) rethrows -> Double {
    let calls = 200_000
    var best = Double.infinity
    var sum = 0
    for _ in 0..<7 {
        let start = processorNanoseconds()
        for _ in 0..<calls { sum &+= try body() }
        best = min(best, (processorNanoseconds() - start) / Double(calls))
    }
    return sum == 0 ? .nan : best
}

let text = "shall we meet at eight in front of the library? 👋"
let line = Array(#"{"type":"say","room":"main","text":"\#(text)","ref":"17"}"#.utf8)
let reading = try measure { try ClientMessage(payload: line).ref?.utf8.count ?? 0 }
print("a say of \(line.count) bytes, read: \(Int(reading)) ns")

let aisha = ServerMessage.Person(id: "12", name: "aisha")
let event = ServerMessage.Event(
    sequence: 1_764_130_000_123_456,
    time: 1_764_130_000_123,
    room: "main",
    .said(aisha, text: text, isAction: false)
)
let said = ServerMessage(.event(event))
let writing = try measure {
    var frame: [UInt8] = []
    frame.reserveCapacity(256)
    try said.encode(appendingTo: &frame)
    return frame.count
}
print("a said with the same text, written: \(Int(writing)) ns")
