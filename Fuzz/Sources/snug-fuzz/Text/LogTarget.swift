// SPDX-License-Identifier: Apache-2.0

@testable internal import SnugCluster
@testable internal import SnugRooms

/// Bytes that anybody may have put into the log that several servers share, or beside it: what is read of them has no other
/// form, and who takes part in what was read is known again by whoever begins there.
func fuzzLog(_ bytes: [UInt8]) {
    var input = FuzzInput(bytes)
    let kind = input.number(below: 3)
    if kind == 0 {
        var (directory, log) = (NodeDirectory(), Checkpoint.beginning)
        while !input.isAtEnd {
            // Behind a byte that tells its length, and one more that tells of 256 times as much.
            let count = Int(input.byte()) + 256 * input.number(below: 8)
            let message = input.take(count)
            log = log.followed(by: message, at: log.sequence + 1)
            guard let message = one(ClusterMessage.self, message) else { continue }
            directory.step(message, at: log.sequence)
        }
        promise(
            (try? NodeDirectory(coded: directory.coded)) == directory,
            "a directory is not read as it was written"
        )
    } else if kind == 1 {
        guard var directory = one(NodeDirectory.self, input.remaining()) else { return }
        for message in usualMessages { directory.step(message, at: 1 << 40) }
    } else {
        _ = one(StoredState.Manifest.self, input.remaining())
    }
}

/// What is read of these bytes, which are its only form; nil if they are none.
private func one<Value: Coded>(_: Value.Type, _ bytes: [UInt8]) -> Value? {
    guard let value = try? Value(coded: bytes) else { return nil }
    promise(value.coded == bytes, "a value has two forms")
    return value
}

extension NodeDirectory {
    fileprivate mutating func step(_ message: ClusterMessage, at sequence: UInt64) {
        let earlier = time
        _ = apply(message, at: sequence)
        if let earlier { promise(time.map { $0 >= earlier } ?? false, "time goes back") }
        promise(nodes.count <= Self.mostNodes, "more servers than there may be")
    }
}

/// What two servers say.
private let usualMessages: [ClusterMessage] = {
    let log = Checkpoint.beginning.followed(by: [1], at: 1)
    var contents: [ClusterMessage.Content] = []
    if let profile = NodeProfile(version: "1", address: "a:1") { contents.append(.hello(profile)) }
    contents += [
        .heartbeat(log: log, state: nil), .heartbeat(log: log, state: log), .checkpoint(replaced: 0),
        .requests([Request(.tick, by: SessionID(rawValue: 0))]),
    ]
    if let node = NodeNumber(1) { contents.append(.gone(node)) }
    contents.append(.goodbye)
    return contents.enumerated().flatMap { number, content in
        (1...2).map { sender in
            ClusterMessage(
                sender: sender,
                counter: UInt64(number + 1),
                time: 1_800_000_000_000 + Int64(number) * 900,
                content: content
            )
        }
    }
}()

let logSeeds: [[UInt8]] = {
    let messages = usualMessages.map(\.coded)
    func framed(_ messages: [[UInt8]]) -> [UInt8] {
        [0] + messages.flatMap { [UInt8($0.count & 0xFF), UInt8($0.count >> 8)] + $0 }
    }
    var directory = NodeDirectory()
    var seeds = [framed(messages)] + messages.map { framed([$0]) }
    for message in usualMessages {
        directory.step(message, at: 1)
        seeds.append([1] + directory.coded)
    }
    let manifest = StoredState.Manifest(sequence: 1, byteCount: 2, digest: .zero, partCount: 3)
    return seeds + [[2] + manifest.coded]
}()
