// SPDX-License-Identifier: Apache-2.0

internal import CGnuTLS

/// A stream over TLS: a decorator for any channel.
///
/// ```
///   handshaking ──complete──► open ──close_notify──► peerFinished
/// ```
///
/// A quiet connection holds the GnuTLS session and two empty arrays. What a peer can make it hold is bounded before
/// GnuTLS sees a byte: one partial record and one receive of ciphertext, ``handshakeLimitBytes`` of handshake.
public struct TLSTransport<Channel: ByteChannel & ~Copyable>: Transport, ~Copyable {
    /// Ciphertext a peer may send before the handshake is complete.
    ///
    /// GnuTLS itself would collect a message that claims 16 MiB.
    public static var handshakeLimitBytes: Int { 65_536 }

    /// Records without data (empty ones, KeyUpdate, parts of handshake messages) a peer may send in a row.
    ///
    /// GnuTLS accepts any number of them in TLS 1.3.
    public static var emptyRecordLimit: Int { 64 }

    /// Ciphertext of such records a peer may send in a row, in bytes.
    ///
    /// After the handshake, too, GnuTLS would collect a handshake message that claims 16 MiB.
    public static var emptyRecordLimitBytes: Int { 65_536 }

    /// Every record's plaintext is filled up to a multiple of this, where TLS 1.3 was agreed; 0 sends it as it is.
    ///
    /// RFC 8446 section 5.4: otherwise an eavesdropper reads each line's length.
    public var paddingMultiple: Int

    private var channel: Channel
    let session: TLSSession
    private var phase = Phase.handshaking
    private var canPad = false
    /// The most plaintext that the peer takes in one record (RFC 8449, RFC 6066 section 4).
    private var bytesPerRecord = IOBuffers.bytesPerWrite
    private var finishing = Finishing.no

    /// Ciphertext that arrived and is not opened yet: a partial record, or records beyond one read's share.
    private var unopened: [UInt8] = []
    /// Ciphertext that the peer has not taken yet.
    private var unsent: [UInt8] = []
    private var deferredFailure: TransportError?
    private var handshakeBytes = 0
    private var emptyRecords = 0
    private var emptyRecordBytes = 0

    /// Takes over the server's end of a channel.
    public init(server channel: consuming Channel, context: TLSContext, paddingMultiple: Int) {
        self.init(owning: channel, context: context, expecting: nil, paddingMultiple: paddingMultiple)
    }

    /// Takes over the client's end of a channel to a server that must prove to be `server`.
    public init(
        client channel: consuming Channel,
        context: TLSContext,
        expecting server: ExpectedServer,
        paddingMultiple: Int
    ) {
        self.init(owning: channel, context: context, expecting: server, paddingMultiple: paddingMultiple)
    }

    private init(
        owning channel: consuming Channel,
        context: TLSContext,
        expecting server: ExpectedServer?,
        paddingMultiple: Int
    ) {
        self.channel = channel
        self.paddingMultiple = paddingMultiple
        session = TLSSession(context: context, expecting: server)
    }

    private enum Phase { case handshaking, open, peerFinished }
    private enum Finishing { case no, closeNotifySent, done }

    public var descriptor: Int32? { channel.descriptor }
    public var wantsWrite: Bool { !unsent.isEmpty }
    public var isMidRecord: Bool { !unopened.isEmpty }
    public var unacknowledgedBytes: Int { unsent.count + channel.unacknowledgedBytes }
    public var unansweredFor: Duration? { channel.unansweredFor }

    public var hasBufferedInput: Bool {
        deferredFailure != nil || phase == .peerFinished
            || unopened.withUnsafeBytes { RecordHeader.isWholeRecord(at: $0) }
    }

    // MARK: Handshake

    public mutating func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress {
        try flush(buffers)
        let (input, ended) = try receive(buffers)
        var isComplete = false
        let consumed = try exchange(input, buffers) { (transport) throws(TransportError) in
            isComplete = try transport.advanceHandshake(received: input.count)
        }
        handshakeBytes += consumed
        try sendOutput(buffers)
        keep(input, from: consumed)
        guard isComplete else {
            if ended { throw hasSaidNothing ? .peerMisbehaved(.saidNothing) : .truncated }
            return .incomplete
        }
        phase = .open
        canPad = session.canPad
        bytesPerRecord = session.bytesPerRecord
        return .complete(try session.establishedFacts())
    }

    /// A client that did not even begin: whoever only looked whether somebody listens.
    private var hasSaidNothing: Bool { !isClient && handshakeBytes == 0 && unopened.isEmpty }

    private var isClient: Bool { session.expectedServer != nil }

    private mutating func advanceHandshake(received: Int) throws(TransportError) -> Bool {
        // A client speaks first, a server has nothing to say before a whole record is here.
        var speaksFirst = isClient && handshakeBytes == 0 && session.unconsumed.isEmpty
        while true {
            let canRead = try admitNextRecord()
            guard canRead || speaksFirst else { break }
            speaksFirst = false
            try session.open()
            if try session.handshake() { return true }
            guard handshakeBytes + session.consumed <= Self.handshakeLimitBytes else { break }
        }
        guard handshakeBytes + received <= Self.handshakeLimitBytes else {
            throw refuse(
                .handshakeTooLarge(limitBytes: Self.handshakeLimitBytes),
                GNUTLS_A_ILLEGAL_PARAMETER
            )
        }
        return false
    }

    // MARK: Reading

    public mutating func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult {
        if let failure = deferredFailure { throw failure }
        if phase == .peerFinished { return .endOfStream }
        let (input, ended) = try receive(buffers)
        var opened = 0
        let consumed = try exchange(input, buffers) { (transport) throws(TransportError) in
            opened = try transport.openRecords(into: buffers.plaintext)
        }
        keep(input, from: consumed)
        try sendOutput(buffers)
        if deferredFailure != nil { endAfterFailure(buffers) }
        if opened > 0 { return .plaintext(bytes: opened) }
        if phase == .peerFinished { return .endOfStream }
        if ended { throw .truncated }
        if let failure = deferredFailure { throw failure }
        return .wouldBlock
    }

    /// Opens whole records until the share of one read is used up, and returns how many bytes of plaintext it got.
    private mutating func openRecords(into plaintext: UnsafeMutableRawBufferPointer) throws(TransportError)
        -> Int
    {
        var opened = 0
        do throws(TransportError) {
            var records = 0
            while records < IOBuffers.recordsPerRead, phase == .open, try admitNextRecord() {
                records += 1
                opened += try openRecord(into: UnsafeMutableRawBufferPointer(rebasing: plaintext[opened...]))
            }
        } catch {
            // What came before the fault is good and goes to the reader first.
            deferredFailure = error
        }
        return opened
    }

    private mutating func openRecord(into buffer: UnsafeMutableRawBufferPointer) throws(TransportError) -> Int
    {
        let consumedBefore = session.consumed
        switch try session.openRecord(into: buffer) {
        case .plaintext(let count):
            emptyRecords = 0
            emptyRecordBytes = 0
            return count
        case .closeNotify:
            phase = .peerFinished
            return 0
        case .nothing: break
        }
        emptyRecords += 1
        emptyRecordBytes += session.consumed - consumedBefore
        guard emptyRecords <= Self.emptyRecordLimit, emptyRecordBytes <= Self.emptyRecordLimitBytes else {
            throw refuse(.noProgress(records: emptyRecords), GNUTLS_A_UNEXPECTED_MESSAGE)
        }
        return 0
    }

    // MARK: Writing

    public mutating func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int {
        guard !wantsWrite else { return 0 }
        let count = min(bytes.byteCount, IOBuffers.bytesPerWrite)
        // GnuTLS would call it an invalid request.
        guard count > 0 else { return 0 }
        buffers.output.removeAll()
        try bytes.withUnsafeBytes { (bytes) throws(TransportError) in
            try seal(UnsafeRawBufferPointer(rebasing: bytes[..<count]), into: buffers.output)
        }
        try sendOutput(buffers)
        return count
    }

    /// Makes one record of `bytes`, or as many as it takes with a peer that wants small ones.
    ///
    /// The peer cannot make that long: GnuTLS agrees to no limit below 512 unless told to, so there are 32 at most.
    /// Mutating, because the compiler would otherwise copy the whole transport first, for each line to each member.
    private mutating func seal(
        _ bytes: UnsafeRawBufferPointer,
        into output: OutgoingBytes
    ) throws(TransportError) {
        var sealed = 0
        while sealed < bytes.count {
            let count = min(bytes.count - sealed, bytesPerRecord)
            sealed += try session.seal(
                UnsafeRawBufferPointer(rebasing: bytes[sealed..<sealed + count]),
                paddingBytes: padding(for: count),
                into: output
            )
        }
    }

    /// Has GnuTLS send what this project's peers never send of their own accord.
    mutating func testOnlySend(
        _ buffers: IOBuffers,
        _ send: (gnutls_session_t?) -> Void
    ) throws(TransportError) {
        _ = try exchange(UnsafeRawBufferPointer(start: nil, count: 0), buffers) { (transport) in
            send(transport.session.handle)
        }
        try sendOutput(buffers)
    }

    private func padding(for count: Int) -> Int {
        guard canPad, paddingMultiple > 0 else { return 0 }
        let remainder = count % paddingMultiple
        guard remainder != 0 else { return 0 }
        // GnuTLS leaves room for what it adds to a record itself, and takes no more padding than that leaves. Up to
        // there all have one length even where the multiple is more than a record holds.
        let mostPadding = bytesPerRecord - TLSSession.recordOverhead
        return min(paddingMultiple - remainder, (count <= mostPadding ? mostPadding : bytesPerRecord) - count)
    }

    public mutating func flush(_ buffers: IOBuffers) throws(TransportError) {
        guard wantsWrite else { return }
        let waiting = unsent
        let sent = try waiting.span.bytes.withUnsafeBytes { (bytes) throws(TransportError) in
            try channel.sendOrFail(bytes)
        }
        // A new array rather than a shortened one: an idle member must not keep a burst's memory.
        unsent = Array(waiting[sent...])
        shutDownIfFinished()
    }

    public mutating func cork() { channel.cork() }
    public mutating func finish(_ buffers: IOBuffers) throws(TransportError) {
        try flush(buffers)
        guard finishing == .no else { return }
        finishing = .closeNotifySent
        cork()
        if phase != .handshaking {
            _ = try exchange(UnsafeRawBufferPointer(start: nil, count: 0), buffers) {
                (transport) throws(TransportError) in
                transport.session.sendCloseNotify()
            }
            try sendOutput(buffers)
        }
        shutDownIfFinished()
    }

    private mutating func shutDownIfFinished() {
        guard finishing == .closeNotifySent, !wantsWrite else { return }
        finishing = .done
        channel.shutdownWrite()
    }

    public consuming func close() {
        // Behind what the peer does not take it would never see why it was refused.
        if deferredFailure != nil, !unsent.isEmpty { channel.reset() } else { channel.close() }
    }
    public consuming func reset() { channel.reset() }
}

// MARK: - The record gate

extension TLSTransport where Channel: ~Copyable {
    /// Puts what is unopened and, if that is no whole record, one receive behind it into the input buffer.
    private mutating func receive(
        _ buffers: IOBuffers
    ) throws(TransportError) -> (input: UnsafeRawBufferPointer, ended: Bool) {
        var count = unopened.count
        unopened.withUnsafeBytes { buffers.input.copyMemory(from: $0) }
        var ended = false
        if !RecordHeader.isWholeRecord(at: UnsafeRawBufferPointer(rebasing: buffers.input[..<count])) {
            let target = UnsafeMutableRawBufferPointer(
                rebasing: buffers.input[count..<min(count + IOBuffers.bytesPerReceive, buffers.input.count)]
            )
            switch try channel.receiveOrFail(into: target) {
            case .endOfStream: ended = true
            case .transferred(let received): count += received
            case .wouldBlock: break
            }
        }
        return (UnsafeRawBufferPointer(rebasing: buffers.input[..<count]), ended)
    }

    private mutating func keep(_ input: UnsafeRawBufferPointer, from offset: Int) {
        unopened = offset == input.count ? [] : Array(input[offset...])
    }

    /// Lets GnuTLS read `input` and write to the output buffer; if that fails, its alert still goes out.
    private mutating func exchange(
        _ input: UnsafeRawBufferPointer,
        _ buffers: IOBuffers,
        _ body: (inout Self) throws(TransportError) -> Void
    ) throws(TransportError) -> Int {
        buffers.output.removeAll()
        do throws(TransportError) {
            return try session.exchange(input: input, output: buffers.output) { () throws(TransportError) in
                try body(&self)
            }
        } catch {
            // The peer may be gone already; the failure that led here is the one to report.
            try? sendOutput(buffers)
            endAfterFailure(buffers)
            throw error
        }
    }

    /// Ends the sending direction behind the alert, and throws away what else the peer has sent.
    ///
    /// Closing a socket with unread input sends a reset, and a peer that gets one may drop the alert unread.
    private mutating func endAfterFailure(_ buffers: IOBuffers) {
        finishing = .closeNotifySent
        shutDownIfFinished()
        // A peer that goes on sending is not worth more.
        for _ in 0..<4 {
            guard case .transferred? = try? channel.receiveOrFail(into: buffers.input) else { return }
        }
    }

    private mutating func sendOutput(_ buffers: IOBuffers) throws(TransportError) {
        let bytes = buffers.output.bytes
        guard !bytes.isEmpty else { return }
        // Behind unsent bytes nothing may overtake: the alert or KeyUpdate answer queues up.
        let sent = unsent.isEmpty ? try channel.sendOrFail(bytes) : 0
        if sent < bytes.count { unsent += bytes[sent...] }
    }

    /// Lends GnuTLS the next record if all of it is here; false if more bytes are needed first.
    private func admitNextRecord() throws(TransportError) -> Bool {
        let bytes = session.unconsumed
        guard let type = bytes.first else { return false }
        if handshakeBytes + session.consumed == 0, phase == .handshaking, type != RecordHeader.handshake {
            // A server may answer a client's hello with an alert; a client begins with a hello and nothing else.
            guard type == RecordHeader.alert, isClient else {
                throw refuse(.notTLS(PlaintextGuess(firstBytes: bytes)), GNUTLS_A_UNEXPECTED_MESSAGE)
            }
        }
        do throws(RecordHeader.Malformed) {
            guard let header = try RecordHeader(bytes) else { return false }
            let length = RecordHeader.bytes + header.fragmentBytes
            guard bytes.count >= length else { return false }
            session.admit(recordOf: length)
            return true
        } catch { throw refuse(.malformedRecord, error.alert) }
    }

    /// Puts `alert` into the output and names the fault that it is for.
    private func refuse(_ fault: PeerFault, _ alert: gnutls_alert_description_t) -> TransportError {
        session.sendAlert(alert)
        return .peerMisbehaved(fault)
    }
}
