// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import CNATS

/// Brings the messages of the stream to the one thread that asks for them.
final class BusSubscription {
    /// A message, as it stands in the stream.
    struct Message: Equatable {
        let sequence: UInt64
        /// When a NATS server says that it took it, in milliseconds since 1970: others may say otherwise.
        let milliseconds: Int64
        let bytes: [UInt8]
    }

    private let bus: BusConnection
    private let subscription: OpaquePointer

    /// Begins at a message, or at the first one behind it.
    ///
    /// - Parameter patience: for the consumer, in milliseconds. A busy bus makes it all the same, and one more of them helps nobody.
    init(_ bus: BusConnection, from sequence: UInt64, within patience: Int64) throws(BusFault) {
        var options = jsSubOptions()
        jsSubOptions_Init(&options)
        options.Stream = UnsafePointer(bus.stream)
        options.Ordered = true
        options.Config.DeliverPolicy = js_DeliverByStartSequence
        options.Config.OptStartSeq = sequence
        var context = jsOptions()
        jsOptions_Init(&context)
        context.Wait = patience
        var subscription: OpaquePointer?
        var code = jsErrCode(0)
        try check(js_SubscribeSync(&subscription, bus.context, bus.subject, &context, &options, &code), code)
        guard let subscription else { throw BusFault(NATS_ERR) }
        self.bus = bus
        self.subscription = subscription
        bus.freeRetired()
    }

    deinit { bus.retire(subscription) }

    /// Waits for the next message, so many milliseconds; nil if none came.
    func next(within patience: Int64) throws(BusFault) -> Message? {
        var message: OpaquePointer?
        let outcome = natsSubscription_NextMsg(&message, subscription, patience)
        guard outcome != NATS_TIMEOUT else { return nil }
        try check(outcome)
        defer { natsMsg_Destroy(message) }
        var place: UnsafeMutablePointer<jsMsgMetaData>?
        try check(natsMsg_GetMetaData(&place, message))
        defer { jsMsgMetaData_Destroy(place) }
        guard let place else { throw BusFault(NATS_ERR) }
        let count = Int(natsMsg_GetDataLength(message))
        let bytes = natsMsg_GetData(message).map { Array(UnsafeRawBufferPointer(start: $0, count: count)) }
        return Message(
            sequence: place.pointee.Sequence.Stream,
            milliseconds: place.pointee.Timestamp / 1_000_000,
            bytes: bytes ?? []
        )
    }
}
#endif
