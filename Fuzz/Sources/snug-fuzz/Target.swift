// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import Glibc

/// One thing that is fuzzed, with what it promises; docs/proving.md says it in words.
enum Target: String, CaseIterable {
    case clientRecords = "client-records"
    case coding
    case frames
    case inputs
    case keys
    case log
    case messages
    case names
    case proxies
    case reports
    case requests
    case chat
    case scripts
    case serverRecords = "server-records"
    case sessions
    case streams
    case text

    /// The one that this process fuzzes; libFuzzer starts further processes with the same environment.
    static let chosen: Target? = getenv("SNUG_FUZZ_TARGET").flatMap { Target(rawValue: String(cString: $0)) }

    /// Tries one input; traps if a promise is broken.
    func run(_ bytes: [UInt8]) {
        switch self {
        case .clientRecords: RecordedHandshake.replayToClient(bytes)
        case .coding: fuzzCoding(bytes)
        case .frames: fuzzFrames(bytes)
        case .inputs: fuzzInputs(bytes)
        case .keys: fuzzKeys(bytes)
        case .log: fuzzLog(bytes)
        case .messages: fuzzMessages(bytes)
        case .names: fuzzNames(bytes)
        case .proxies: fuzzProxies(bytes)
        case .reports: fuzzReports(bytes)
        case .requests: fuzzRequests(bytes)
        case .chat: fuzzChat(bytes)
        case .scripts: fuzzScripts(bytes)
        case .serverRecords: RecordedHandshake.replayToServer(bytes)
        case .sessions: fuzzSessions(bytes)
        case .streams: fuzzStreams(bytes)
        case .text: fuzzText(bytes)
        }
    }

    /// Inputs to begin with.
    var seeds: [[UInt8]] {
        switch self {
        case .clientRecords: RecordedHandshake.shared.seedsForClient
        case .coding: codingSeeds
        case .frames: frameSeeds
        case .inputs, .names, .text: textSeeds
        case .keys: keySeeds
        case .log: logSeeds
        case .messages: messageSeeds
        case .proxies: proxySeeds
        case .reports: reportSeeds
        case .requests: requestSeeds
        case .chat: chatSeeds
        case .scripts: scriptSeeds
        case .serverRecords: RecordedHandshake.shared.seedsForServer
        case .sessions: sessionSeeds
        case .streams: streamSeeds
        }
    }

    /// Whether inputs are TLS records behind one byte.
    var takesRecords: Bool { self == .clientRecords || self == .serverRecords }

    /// Whether an input's first byte says what it costs; see ``Cost``.
    var hasCosts: Bool {
        switch self {
        case .reports, .sessions, .streams: true
        default: false
        }
    }

    /// Tries every seed, and writes it to a file of `folder`.
    func writeSeeds(into folder: String) {
        for (number, seed) in seeds.enumerated() {
            run(seed)
            guard let file = fopen("\(folder)/seed-\(number)", "w") else {
                fatalError("cannot write to \(folder)")
            }
            fwrite(seed, 1, seed.count, file)
            fclose(file)
        }
    }
}

/// What libFuzzer calls with each input.
func runOnce(_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt {
    Target.chosen?.run(Array(UnsafeBufferPointer(start: data, count: size)))
    return 0
}

/// Stops the process if a promise is broken; libFuzzer then keeps the input that broke it.
func promise(_ holds: @autoclosure () -> Bool, _ sentence: @autoclosure () -> String) {
    guard !holds() else { return }
    let sentence = sentence()
    // With nothing left from the inputs before it: nearly always this breaks the same promise.
    if let tryAlone {
        noteTrying(alone: nil)
        tryAlone()
        fatalError("a broken promise, but not by this input alone: \(sentence)")
    }
    fatalError("a broken promise: \(sentence)")
}

/// What tries the input that is being tried once more without anything that was kept; nil if nothing is.
private nonisolated(unsafe) var tryAlone: (() -> Void)?

func noteTrying(alone: (() -> Void)?) { tryAlone = alone }
