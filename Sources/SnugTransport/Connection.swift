// SPDX-License-Identifier: Apache-2.0

/// A transport whose kind is not part of its type, so that one table holds encrypted and plain connections.
///
/// The verbs are those of ``Transport``, with its contracts. Once closed, it behaves like a stream that has ended.
public protocol Connection: AnyObject {
    /// See ``Transport/descriptor``.
    var descriptor: Int32? { get }

    /// See ``Transport/wantsWrite``.
    var wantsWrite: Bool { get }

    /// See ``Transport/hasBufferedInput``.
    var hasBufferedInput: Bool { get }

    /// See ``Transport/isMidRecord``.
    var isMidRecord: Bool { get }

    /// See ``Transport/unacknowledgedBytes``.
    var unacknowledgedBytes: Int { get }

    /// See ``Transport/unansweredFor``.
    var unansweredFor: Duration? { get }

    /// See ``Transport/paddingMultiple``.
    var paddingMultiple: Int { get set }

    /// See ``Transport/handshake(_:)``.
    func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress

    /// See ``Transport/read(_:)``.
    func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult

    /// See ``Transport/write(_:_:)``.
    func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int

    /// See ``Transport/flush(_:)``.
    func flush(_ buffers: IOBuffers) throws(TransportError)

    /// See ``Transport/cork()``.
    func cork()

    /// See ``Transport/finish(_:)``.
    func finish(_ buffers: IOBuffers) throws(TransportError)

    /// Closes the transport; a second call does nothing.
    func close()

    /// See ``Transport/reset()``; once the transport is closed, it does nothing.
    func reset()
}

extension Connection {
    public var unacknowledgedBytes: Int { 0 }
    public var unansweredFor: Duration? { nil }
}

/// The connection that owns a transport of one kind.
///
/// A generic class's methods are compiled once for all kinds, which costs a tenth of a delivery; the ones that each
/// delivery goes through are compiled for TLS over a socket as well.
public final class TransportConnection<Owned: Transport & ~Copyable>: Connection {
    // Behind a pointer, where the compiler does not check at run time that accesses do not overlap. They cannot: one
    // thread uses a connection, and no verb calls anything that knows of it. Initialized as long as `isOpen`.
    private let transport = UnsafeMutablePointer<Owned>.allocate(capacity: 1)
    private var isOpen = true

    /// Takes the transport over; it is closed with ``close()`` or when the connection goes.
    public init(owning transport: consuming Owned) {
        self.transport.initialize(to: transport)
    }

    deinit {
        close()
        transport.deallocate()
    }

    public var descriptor: Int32? { isOpen ? transport.pointee.descriptor : nil }
    public var hasBufferedInput: Bool { isOpen && transport.pointee.hasBufferedInput }
    public var isMidRecord: Bool { isOpen && transport.pointee.isMidRecord }
    public var unacknowledgedBytes: Int { isOpen ? transport.pointee.unacknowledgedBytes : 0 }
    public var unansweredFor: Duration? { isOpen ? transport.pointee.unansweredFor : nil }

    public var wantsWrite: Bool {
        @specialized(where Owned == TLSTransport<SocketChannel>)
        get { isOpen && transport.pointee.wantsWrite }
    }

    public var paddingMultiple: Int {
        get { isOpen ? transport.pointee.paddingMultiple : 0 }
        set { if isOpen { transport.pointee.paddingMultiple = newValue } }
    }

    public func handshake(_ buffers: IOBuffers) throws(TransportError) -> HandshakeProgress {
        isOpen ? try transport.pointee.handshake(buffers) : .incomplete
    }

    public func read(_ buffers: IOBuffers) throws(TransportError) -> ReadResult {
        isOpen ? try transport.pointee.read(buffers) : .endOfStream
    }

    @specialized(where Owned == TLSTransport<SocketChannel>)
    public func write(_ bytes: RawSpan, _ buffers: IOBuffers) throws(TransportError) -> Int {
        isOpen ? try transport.pointee.write(bytes, buffers) : 0
    }

    public func flush(_ buffers: IOBuffers) throws(TransportError) {
        if isOpen { try transport.pointee.flush(buffers) }
    }

    public func cork() {
        if isOpen { transport.pointee.cork() }
    }

    public func finish(_ buffers: IOBuffers) throws(TransportError) {
        if isOpen { try transport.pointee.finish(buffers) }
    }

    public func close() {
        guard isOpen else { return }
        isOpen = false
        transport.move().close()
    }

    public func reset() {
        guard isOpen else { return }
        isOpen = false
        transport.move().reset()
    }
}

/// The connections that programs use; made here, so that the compiler specialises their code for them.
public enum SocketConnection {
    /// The server's end of an encrypted connection.
    public static func tlsServer(
        _ channel: consuming SocketChannel,
        context: TLSContext,
        paddingMultiple: Int
    ) -> any Connection {
        TransportConnection(
            owning: TLSTransport(server: channel, context: context, paddingMultiple: paddingMultiple)
        )
    }

    /// The client's end of an encrypted connection to a server that must prove to be `server`.
    public static func tlsClient(
        _ channel: consuming SocketChannel,
        context: TLSContext,
        expecting server: ExpectedServer,
        paddingMultiple: Int
    ) -> any Connection {
        TransportConnection(
            owning: TLSTransport(
                client: channel,
                context: context,
                expecting: server,
                paddingMultiple: paddingMultiple
            )
        )
    }

    /// Either end of a connection that everyone on the way can read.
    public static func plain(_ channel: consuming SocketChannel) -> any Connection {
        TransportConnection(owning: PlainTransport(owning: channel))
    }
}

/// A value on its way from one thread to another, with everything it refers to.
///
/// Unchecked Sendable: it travels through a mailbox's lock, which orders what the sender did before what the receiver
/// does after, and the sender keeps no reference.
public struct HandedOver<Value>: @unchecked Sendable {
    /// What was handed over; it belongs to the thread that reads this.
    public let value: Value

    /// Wraps a value whose maker will not touch it again.
    public init(_ value: Value) { self.value = value }
}
