// SPDX-License-Identifier: Apache-2.0
#if Cluster

package import SnugRooms
package import SnugServer
internal import SnugSystem
internal import SnugTransport

/// The order of requests that several servers share, in a stream of NATS JetStream.
///
/// One thread puts what this server's people ask for into the stream, one message at a time and each until it is
/// confirmed; another one reads the stream and applies it, whoever it is from. Whatever is decided by more than a message
/// itself is decided by the ``NodeDirectory``, which is the same on every node.
package final class JetStreamLog: RequestLog {
    /// What all nodes of this log know it by.
    package let epoch: UInt64

    let settings: BusSettings
    let bus: BusConnection
    let snapshots: SnapshotStore
    /// Which run of which server this is: rising with the time at which it was started, by its own clock.
    let sender: UInt64
    let profile: NodeProfile
    let shared: Lock<Shared>
    /// Wakes whoever publishes.
    let publisherWaker: LoopWaker
    /// Wakes ``start(_:)``.
    let startWaker: LoopWaker
    /// What this machine's clocks say.
    let clock: @Sendable () -> OrderClock.Reading
    private let bucket: BusBucket
    private let agreed: [String]

    /// What the threads of the log and those of the server share.
    struct Shared {
        var outgoing: Outgoing
        var state = RequestLogState.fine
        var clock = OrderClock()
        /// The log up to the last message that was applied.
        var place = Checkpoint.beginning
        /// Whether this node has its number.
        var hasBegun = false
        var isPublisherIdle = false
        var isStopping = false
        var isClosed = false
        var fault: RequestLogFault?
        /// Whether the others are to be told that this node ends for its fault.
        var isOutvoted = false
        var addresses: [String] = []
        /// The last state that was to be kept.
        var checkpoint: Checkpoint?
        var threads: [RunningThread] = []
        var upload: RunningThread?
    }

    /// Connects to the bus, and makes the stream and the bucket if there are none.
    ///
    /// - Parameter agreed: options that all nodes must have alike, as they are written on a command line.
    package convenience init(_ settings: BusSettings, agreed: [String]) throws(RequestLogFault) {
        try self.init(settings, agreed: agreed) { .now }
    }

    /// With clocks of its own.
    init(
        _ settings: BusSettings,
        agreed: [String],
        clock: @escaping @Sendable () -> OrderClock.Reading
    ) throws(RequestLogFault) {
        self.clock = clock
        self.settings = settings
        self.agreed = agreed
        guard let profile = NodeProfile(version: settings.version, address: settings.address) else {
            throw .addressIsNone(settings.address ?? "")
        }
        self.profile = profile
        let bus = try Self.connect(settings)
        self.bus = bus
        bucket = try Self.patiently(settings) { () throws(BusFault) in
            try Self.makeStream(bus, settings)
            return try bus.openBucket(replicas: settings.replicas)
        }
        guard let stream = try Self.patiently(settings, { () throws(BusFault) in try bus.streamState() }),
            stream.isOurs
        else { throw .foreignStream(settings) }
        snapshots = SnapshotStore(bucket: bucket)
        guard let word = RandomWord.make(bytes: 16), let random = UInt64(word.prefix(16), radix: 16),
            let number = UInt64(word.suffix(16), radix: 16)
        else { throw .noRandomness }
        sender = UInt64(clamping: clock().wall) << 22 | random >> 42
        let bucket = bucket
        let epoch = try Self.patiently(settings) { () throws(BusFault) in
            try bucket.agree(on: Array("\(number >> 12 | 1)".utf8), as: "epoch")
        }
        guard let epoch = UInt64(String(decoding: epoch, as: UTF8.self)), epoch < Chat.sequenceBound else {
            throw .foreignStream(settings)
        }
        self.epoch = epoch
        var limits = Outgoing.Limits()
        limits.messageBytes = max(4_096, min(limits.messageBytes, bus.maximumPayload - 1_024))
        shared = Lock(Shared(outgoing: Outgoing(sender: sender, limits: limits)))
        do throws(SystemError) { (publisherWaker, startWaker) = (try LoopWaker(), try LoopWaker()) } catch {
            throw .system(error)
        }
    }

    /// Sees whether the bus is there, lets this server in and has no stream of somebody else's, and changes nothing there.
    package static func check(_ settings: BusSettings) throws(RequestLogFault) {
        guard NodeProfile(version: settings.version, address: settings.address) != nil else {
            throw .addressIsNone(settings.address ?? "")
        }
        let bus = try connect(settings)
        defer { bus.close() }
        let stream = try patiently(settings) { () throws(BusFault) in try bus.streamState() }
        if let stream, !stream.isOurs { throw .foreignStream(settings) }
    }

    private static func connect(_ settings: BusSettings) throws(RequestLogFault) -> BusConnection {
        do throws(BusFault) { return try BusConnection(settings) } catch {
            throw .unreachable(error, settings)
        }
    }

    private static func makeStream(_ bus: BusConnection, _ settings: BusSettings) throws(BusFault) {
        if try bus.streamState() == nil { try bus.makeStream(replicas: settings.replicas) }
    }

    /// Asks again while the bus is not ready: NATS servers that were just started have to find each other.
    private static func patiently<Result>(
        _ settings: BusSettings,
        _ body: () throws(BusFault) -> Result
    ) throws(RequestLogFault) -> Result {
        let deadline = MonotonicTime.now + .seconds(20)
        while true {
            do throws(BusFault) { return try body() } catch {
                guard error.mayPass, MonotonicTime.now < deadline else { throw .refused(error, settings) }
                Polling.pause(.milliseconds(200))
            }
        }
    }

    // MARK: The server's side

    /// Where clients find the other nodes that are there now.
    package var otherAddresses: [String] { shared.withLock { $0.addresses } }

    /// Puts a request behind all others.
    package func append(_ request: Request, ticket: UInt64) -> RequestLogAnswer {
        let (answer, wakes) = shared.withLock { shared -> (RequestLogAnswer, Bool) in
            guard shared.state != .gone, !shared.isStopping, shared.fault == nil else {
                return (.notNow, false)
            }
            let answer = shared.outgoing.append(request, ticket)
            guard answer == .taken else { return (answer, false) }
            defer { shared.isPublisherIdle = false }
            return (answer, shared.isPublisherIdle)
        }
        if wakes { publisherWaker.wake() }
        return answer
    }

    /// Goes on from the latest snapshot, reads all that came since, and lets this node be one of the others.
    package func start(_ reader: any RequestLogReader) throws(RequestLogFault) {
        try compareAgreed()
        var reading = LogReading(self, reader)
        let last = try restore(&reading)
        shared.withLock { $0.outgoing.append(.hello(profile)) }
        let handed = HandedOver(reading)
        do throws(SystemError) {
            let reads = try RunningThread(name: "snug-bus-in") {
                var reading = handed.value
                reading.run()
            }
            let publishes = try RunningThread(name: "snug-bus-out") { [self] in publish() }
            shared.withLock { $0.threads = [publishes, reads] }
        } catch {
            stop()
            throw .system(error)
        }
        do throws(RequestLogFault) { try waitForNumber(behind: last) } catch {
            stop()
            throw error
        }
    }

    private func compareAgreed() throws(RequestLogFault) {
        let own = ["format \(ClusterMessage.format)", UnicodeTables.identity] + agreed
        let bucket = bucket
        let theirs = try Self.patiently(settings) { () throws(BusFault) in
            try bucket.agree(on: Array(own.joined(separator: "\n").utf8), as: "agreed")
        }
        let others = String(decoding: theirs, as: UTF8.self).split(separator: "\n").map { String($0) }
        guard others == own else { throw .differs(own: own, others: others, version: settings.version) }
    }

    /// Returns the number of the last message that there is.
    private func restore(_ reading: inout LogReading) throws(RequestLogFault) -> UInt64 {
        let (snapshots, bus) = (snapshots, bus)
        let deadline = MonotonicTime.now + .seconds(5)
        while true {
            let found = try Self.patiently(settings) { () throws(BusFault) in try snapshots.latest() }
            let stream = try Self.patiently(settings) { () throws(BusFault) in try bus.streamState() }
            guard let stream else { throw .foreignStream(settings) }
            let last = found?.state.log.sequence ?? 0
            let isOlder = stream.lastSequence < last
            if stream.firstSequence <= last + 1, !isOlder {
                if let found { try reading.restore(found.state, found.digest) }
                return stream.lastSequence
            }
            // A NATS server may still be told what it lacks, and another snapshot may have just taken this one's place.
            guard MonotonicTime.now < deadline else {
                throw isOlder ? .logIsOlder(settings) : .snapshotIsMissing(settings)
            }
            Polling.pause(.milliseconds(300))
        }
    }

    private func waitForNumber(behind last: UInt64) throws(RequestLogFault) {
        var lastApplied: UInt64 = 0
        var deadline = MonotonicTime.now + .seconds(15)
        while true {
            let (applied, hasBegun, fault) = shared.withLock { ($0.place.sequence, $0.hasBegun, $0.fault) }
            if let fault { throw fault }
            if hasBegun { return }
            // What was there before it may be long. What others say since tells nothing of what becomes of its own.
            if applied != lastApplied, applied <= last { deadline = .now + .seconds(15) }
            lastApplied = applied
            guard MonotonicTime.now < deadline else { throw .noAnswer(settings) }
            startWaker.wait(until: min(deadline, .now + .milliseconds(500)))
        }
    }

    /// Publishes what was taken, says goodbye for this node and ends the threads; a second time does nothing.
    package func stop() {
        let (threads, upload) = shared.withLock { shared -> ([RunningThread], RunningThread?) in
            if !shared.isStopping, shared.fault == nil, shared.hasBegun { shared.isStopping = true }
            defer { (shared.threads, shared.upload) = ([], nil) }
            return (shared.threads, shared.upload)
        }
        guard !threads.isEmpty else { return }
        publisherWaker.wake()
        if shared.withLock({ $0.isStopping || $0.isOutvoted }) {
            threads.first?.join(until: .now + .milliseconds(800))
        }
        shared.withLock { ($0.isStopping, $0.isClosed) = (true, true) }
        publisherWaker.wake()
        bus.close()
        // With the connection closed, each call returns at once.
        for thread in threads + [upload].compactMap(\.self) { thread.join(until: .now + .seconds(1)) }
    }

    /// The order cannot be followed any more.
    func fail(_ fault: RequestLogFault) {
        shared.withLock { if $0.fault == nil { $0.fault = fault } }
        startWaker.wake()
        publisherWaker.wake()
    }

    /// Most nodes have something else: this one says goodbye, lest its voice count on while the others miss it, and ends.
    func giveUp(_ fault: RequestLogFault) {
        shared.withLock { $0.isOutvoted = true }
        fail(fault)
    }
}
#endif
