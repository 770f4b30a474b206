// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import SnugRooms

/// What one node puts into the log at once.
struct ClusterMessage: Equatable, Sendable {
    /// Which run of which server it comes from: no two are the same, and it rises with the time at which they were started.
    let sender: UInt64

    /// Rises with each message of a sender: one that comes again, because its publisher could not know that it was stored,
    /// is known by it.
    let counter: UInt64

    /// What time it is by the order's clock, as far as the sender knows, in milliseconds since 1970; 0 if it does not.
    let time: Int64

    let content: Content

    /// No time is later.
    static let timeBound: Int64 = 1 << 46

    enum Content: Equatable, Sendable {
        /// The state behind this message is to be kept, as the one that follows the kept state of `replaced`.
        case checkpoint(replaced: UInt64)
        /// No other message of this node will come.
        case goodbye
        /// The node of that number was not heard of for too long.
        case gone(NodeNumber)
        /// The node is there, and has read this of the log; with the last state that was to be kept.
        case heartbeat(log: Checkpoint, state: Checkpoint?)
        /// A node wants to take part.
        case hello(NodeProfile)
        /// What its people ask for.
        case requests([Request])
    }
}

/// What a node tells of itself.
struct NodeProfile: Equatable, Sendable {
    /// The program's version.
    let version: String
    /// Where clients find it, as `host:port`.
    let address: String?

    /// Nil if a text is not one that a terminal shows as it is, or is too long.
    init?(version: String, address: String?) {
        guard [version, address ?? "-"].allSatisfy(Self.isFit) else { return nil }
        self.version = version
        self.address = address
    }

    private static let longest = 300

    private static func isFit(_ text: String) -> Bool {
        (1...longest).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

// MARK: Bytes

extension ClusterMessage: Coded {
    /// All of the format: what is written with another number is for other programs.
    static let format: UInt8 = 3

    private static let magic = Array("SNUG".utf8) + [format]

    private enum Tag: UInt8 {
        case checkpoint = 1
        case goodbye, gone, heartbeat, hello, requests
    }

    func write(to bytes: inout ByteWriter) {
        Self.writeHead(sender: sender, counter: counter, time: time, to: &bytes)
        switch content {
        case .checkpoint(let replaced):
            bytes.put(Tag.checkpoint.rawValue)
            bytes.put(replaced)
        case .goodbye: bytes.put(Tag.goodbye.rawValue)
        case .gone(let node):
            bytes.put(Tag.gone.rawValue)
            bytes.put(node)
        case .heartbeat(let log, let state):
            bytes.put(Tag.heartbeat.rawValue)
            bytes.put(log)
            bytes.put(state)
        case .hello(let profile):
            bytes.put(Tag.hello.rawValue)
            bytes.put(profile)
        case .requests(let requests):
            bytes.put(Tag.requests.rawValue)
            bytes.put(requests)
        }
    }

    private static func writeHead(sender: UInt64, counter: UInt64, time: Int64, to bytes: inout ByteWriter) {
        bytes.put(magic)
        bytes.put(sender)
        bytes.put(counter)
        bytes.put(UInt64(clamping: time))
    }

    /// The bytes of a message with `count` requests, of which the bytes are there already.
    static func requests(
        _ count: Int,
        _ coded: [UInt8],
        sender: UInt64,
        counter: UInt64,
        time: Int64
    ) -> [UInt8] {
        var bytes = ByteWriter()
        writeHead(sender: sender, counter: counter, time: time, to: &bytes)
        bytes.put(Tag.requests.rawValue)
        bytes.put(UInt64(count))
        bytes.put(coded)
        return bytes.bytes
    }

    /// Whose message it is, and which one, even if what follows is none of ours.
    static func head(of bytes: [UInt8]) -> (sender: UInt64, counter: UInt64)? {
        var reader = ByteReader(bytes)
        return try? readHead(&reader)
    }

    private static func readHead(_ bytes: inout ByteReader) throws(CodingFault) -> (UInt64, UInt64) {
        guard try bytes.fixed(magic.count) == magic else { throw CodingFault() }
        return (try bytes.value(), try bytes.value())
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        (sender, counter) = try Self.readHead(&bytes)
        time = Int64(try bytes.number(below: UInt64(Self.timeBound)))
        guard let tag = Tag(rawValue: try bytes.byte()) else { throw CodingFault() }
        switch tag {
        case .checkpoint: content = .checkpoint(replaced: try bytes.value())
        case .goodbye: content = .goodbye
        case .gone: content = .gone(try bytes.value())
        case .heartbeat: content = .heartbeat(log: try bytes.value(), state: try bytes.value())
        case .hello: content = .hello(try bytes.value())
        case .requests: content = .requests(try bytes.value())
        }
    }
}

extension NodeProfile: Coded {
    func write(to bytes: inout ByteWriter) {
        bytes.put(version)
        bytes.put(address != nil)
        if let address { bytes.put(address) }
    }

    init(from bytes: inout ByteReader) throws(CodingFault) {
        let version = try bytes.text(atMost: Self.longest)
        let address = try bytes.value(Bool.self) ? try bytes.text(atMost: Self.longest) : nil
        guard let profile = NodeProfile(version: version, address: address) else { throw CodingFault() }
        self = profile
    }
}
#endif
