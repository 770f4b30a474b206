// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import CNATS
internal import Glibc
internal import SnugSystem
internal import SnugTransport

/// One connection to the bus, with its stream and its bucket: all calls of libnats but those of a ``BusSubscription``.
///
/// The library connects again by itself, for ever. Any thread may call; each call is bounded.
final class BusConnection: @unchecked Sendable {
    private let connection: OpaquePointer
    let context: OpaquePointer
    /// Texts that the library keeps pointers to, or asks for with every message.
    let stream: UnsafeMutablePointer<CChar>
    let subject: UnsafeMutablePointer<CChar>
    private let bucketName: String
    private let retired = Lock<[HandedOver<OpaquePointer>]>([])

    /// For questions to JetStream, in milliseconds.
    ///
    /// NATS may give one to a server that has just died, or has not begun yet, and then nobody answers: what is asked once
    /// more goes to another one.
    private static let patience: Int64 = 1_000

    /// Connects to one of the servers.
    init(_ settings: BusSettings) throws(BusFault) {
        var options: OpaquePointer?
        try check(natsOptions_Create(&options))
        defer { natsOptions_Destroy(options) }
        try Self.set(options, settings)
        var connection: OpaquePointer?
        try check(natsConnection_Connect(&connection, options))
        guard let connection else { throw BusFault(NATS_ERR) }
        var context: OpaquePointer?
        var contextOptions = jsOptions()
        jsOptions_Init(&contextOptions)
        contextOptions.Wait = Self.patience
        let outcome = natsConnection_JetStream(&context, connection, &contextOptions)
        guard outcome == NATS_OK, let context, let stream = strdup(settings.name),
            let subject = strdup("\(settings.name).log")
        else {
            natsConnection_Destroy(connection)
            throw BusFault(outcome == NATS_OK ? NATS_NO_MEMORY : outcome)
        }
        self.connection = connection
        self.context = context
        self.stream = stream
        self.subject = subject
        bucketName = settings.name
    }

    deinit {
        close()
        freeRetired()
        jsCtx_Destroy(context)
        natsConnection_Destroy(connection)
        free(stream)
        free(subject)
    }

    private static func set(_ options: OpaquePointer?, _ settings: BusSettings) throws(BusFault) {
        let texts = settings.urls.map { strdup($0.text) }
        defer { for text in texts { free(text) } }
        var servers = texts.map { UnsafePointer<CChar>($0) }
        try check(natsOptions_SetServers(options, &servers, Int32(servers.count)))
        try check(natsOptions_SetName(options, "snug-server"))
        try check(natsOptions_SetTimeout(options, 3_000))
        // For ever, and to no servers but those that were named.
        try check(natsOptions_SetMaxReconnect(options, -1))
        try check(natsOptions_SetReconnectWait(options, 200))
        try check(natsOptions_SetReconnectJitter(options, 100, 100))
        try check(natsOptions_SetIgnoreDiscoveredServers(options, true))
        try check(natsOptions_SetPingInterval(options, 1_000))
        try check(natsOptions_SetMaxPingsOut(options, 2))
        try check(natsOptions_SetWriteDeadline(options, 2_000))
        // What is written is on its way at once, and not when a thread of the library comes to it.
        try check(natsOptions_SetSendAsap(options, true))
        // Without one, the library writes on standard error.
        try check(natsOptions_SetErrorHandler(options, ignoreError, nil))
        if settings.urls.contains(where: \.isEncrypted) || settings.authoritiesFile != nil {
            try check(natsOptions_SetSecure(options, true))
        }
        if let file = settings.authoritiesFile {
            try check(natsOptions_LoadCATrustedCertificates(options, file))
        }
        if let file = settings.credentialsFile {
            try check(natsOptions_SetUserCredentialsFromFiles(options, file, nil))
        }
    }

    /// Ends the connection: what waits for an answer gets none.
    func close() { natsConnection_Close(connection) }

    /// Ends a subscription, and keeps its memory.
    ///
    /// The library's thread that reads may be at a message of it, and goes on to use it
    /// (https://github.com/nats-io/nats.c/pull/638, which Debian 12's libnats 3.4.1 lacks).
    func retire(_ subscription: OpaquePointer) {
        natsSubscription_Unsubscribe(subscription)
        let subscription = HandedOver(subscription)
        retired.withLock { $0.append(subscription) }
    }

    /// Frees what was retired, once that thread has brought the answer to a later question, or has ended.
    func freeRetired() {
        let subscriptions = retired.withLock { retired in
            defer { retired = [] }
            return retired
        }
        for subscription in subscriptions { natsSubscription_Destroy(subscription.value) }
    }

    /// The most bytes that a message may have.
    var maximumPayload: Int { Int(natsConnection_GetMaxPayload(connection)) }

    // MARK: The stream

    /// What is known of the stream.
    struct StreamState {
        let firstSequence: UInt64
        let lastSequence: UInt64
        /// Whether it is one that this program would make.
        let isOurs: Bool
        let replicas: Int64
    }

    /// The stream as it is; nil if there is none.
    func streamState() throws(BusFault) -> StreamState? {
        var info: UnsafeMutablePointer<jsStreamInfo>?
        var code = jsErrCode(0)
        let outcome = js_GetStreamInfo(&info, context, stream, nil, &code)
        let fault = BusFault(outcome, code)
        guard !fault.isNotFound else { return nil }
        try check(outcome, code)
        defer { jsStreamInfo_Destroy(info) }
        guard let info, let configuration = info.pointee.Config?.pointee else { throw BusFault(NATS_ERR) }
        return StreamState(
            firstSequence: info.pointee.State.FirstSeq,
            lastSequence: info.pointee.State.LastSeq,
            isOurs: isOurs(configuration),
            replicas: configuration.Replicas
        )
    }

    private func isOurs(_ configuration: jsStreamConfig) -> Bool {
        guard configuration.SubjectsLen == 1, let subjects = configuration.Subjects,
            let only = subjects[0], strcmp(only, subject) == 0
        else { return false }
        // One that drops what is old would drop what a node needs.
        return configuration.Retention == js_LimitsPolicy && configuration.MaxMsgs <= 0
            && configuration.MaxAge <= 0 && configuration.MaxMsgsPerSubject <= 0
            && (configuration.MaxBytes <= 0 || configuration.Discard == js_DiscardNew)
    }

    /// Makes the stream, for its own subject if no other one is given.
    func makeStream(replicas: Int, for other: String? = nil) throws(BusFault) {
        let other = other.flatMap { strdup($0) }
        defer { free(other) }
        var configuration = jsStreamConfig()
        jsStreamConfig_Init(&configuration)
        configuration.Name = UnsafePointer(stream)
        var subjects: [UnsafePointer<CChar>?] = [UnsafePointer(other ?? subject)]
        configuration.Retention = js_LimitsPolicy
        configuration.Storage = js_FileStorage
        configuration.Replicas = Int64(replicas)
        configuration.Discard = js_DiscardNew
        let outcome: (natsStatus, jsErrCode) = subjects.withUnsafeMutableBufferPointer { subjects in
            var code = jsErrCode(0)
            configuration.Subjects = subjects.baseAddress
            configuration.SubjectsLen = 1
            return (js_AddStream(nil, context, &configuration, nil, &code), code)
        }
        try check(outcome.0, outcome.1)
    }

    /// Takes the stream away, with all that it holds.
    func deleteStream() throws(BusFault) {
        var code = jsErrCode(0)
        try check(js_DeleteStream(context, stream, nil, &code), code)
    }

    /// Publishes a message under an id by which it is stored once, however often that is done within two minutes.
    ///
    /// - Returns: its sequence, and whether it was there already.
    func publish(_ bytes: [UInt8], id: String, patience: Int64) throws(BusFault) -> (UInt64, isKnown: Bool) {
        var acknowledgement: UnsafeMutablePointer<jsPubAck>?
        var code = jsErrCode(0)
        var options = jsPubOptions()
        jsPubOptions_Init(&options)
        options.MaxWait = patience
        options.ExpectStream = UnsafePointer(stream)
        let outcome = id.withCString { id in
            options.MsgId = id
            return js_Publish(&acknowledgement, context, subject, bytes, Int32(bytes.count), &options, &code)
        }
        try check(outcome, code)
        defer { jsPubAck_Destroy(acknowledgement) }
        guard let acknowledgement else { throw BusFault(NATS_ERR) }
        return (acknowledgement.pointee.Sequence, acknowledgement.pointee.Duplicate)
    }

    /// Forgets all messages before that one.
    func purge(before sequence: UInt64) throws(BusFault) {
        var options = jsOptions()
        jsOptions_Init(&options)
        options.Stream.Purge.Sequence = sequence
        var code = jsErrCode(0)
        try check(js_PurgeStream(context, stream, &options, &code), code)
    }

    // MARK: The bucket

    /// Opens the bucket, and makes it if there is none.
    func openBucket(replicas: Int) throws(BusFault) -> BusBucket {
        try BusBucket(context, bucketName, replicas: replicas)
    }
}

/// On a thread of the library; what went wrong is found out by who asks for something.
private func ignoreError(
    _: OpaquePointer?,
    _: OpaquePointer?,
    _: natsStatus,
    _: UnsafeMutableRawPointer?
) {}

/// Throws what is not well.
func check(_ status: natsStatus, _ code: jsErrCode = jsErrCode(0)) throws(BusFault) {
    guard status == NATS_OK else { throw BusFault(status, code) }
}
#endif
