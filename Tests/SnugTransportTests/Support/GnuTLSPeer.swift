// SPDX-License-Identifier: Apache-2.0

import CGnuTLS
import Glibc

@testable import SnugTransport

/// A client, or a server, that uses GnuTLS in the library's own way, with settings that this project's never uses.
final class GnuTLSPeer {
    private var channel: MemoryChannel
    private(set) var session: gnutls_session_t?
    private var credentials: gnutls_certificate_credentials_t?

    struct Refused: Error {
        let code: GnuTLSCode
    }

    /// - Parameters:
    ///   - priorities: a priority string of GnuTLS.
    ///   - flags: what kind of session it is (gnutls_init(3)).
    ///   - configure: changes the session before the handshake.
    ///   - present: gives the peer certificates or keys.
    init(
        _ channel: consuming MemoryChannel,
        priorities: String,
        flags: UInt32 = SNUG_INIT_CLIENT,
        _ configure: (gnutls_session_t?) -> Void = { _ in },
        presenting present: (gnutls_certificate_credentials_t) -> Void = { _ in }
    ) {
        self.channel = channel
        gnutls_certificate_allocate_credentials(&credentials)
        credentials.map(present)
        gnutls_init(&session, flags)
        gnutls_priority_set_direct(session, priorities, nil)
        gnutls_credentials_set(
            session,
            GNUTLS_CRD_CERTIFICATE,
            credentials.map { UnsafeMutableRawPointer($0) }
        )
        gnutls_transport_set_ptr(session, Unmanaged.passUnretained(self).toOpaque())
        gnutls_transport_set_pull_function(session, pullFromPeer)
        gnutls_transport_set_push_function(session, pushToPeer)
        configure(session)
    }

    deinit {
        gnutls_deinit(session)
        gnutls_certificate_free_credentials(credentials)
    }

    /// True once the handshake is complete.
    func handshake() throws -> Bool { try check(Int(gnutls_handshake(session))) != nil }

    /// What arrived, up to one record of it; nil if nothing did.
    func read() throws -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16_384)
        return try check(gnutls_record_recv(session, &bytes, bytes.count)).map { Array(bytes[..<$0]) }
    }

    private func check(_ outcome: Int) throws -> Int? {
        if outcome == Int(GNUTLS_E_AGAIN) { return nil }
        guard outcome >= 0 else { throw Refused(code: GnuTLSCode(Int32(outcome))) }
        return outcome
    }

    fileprivate func pull(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard case .transferred(let count)? = try? channel.receive(into: buffer) else {
            gnutls_transport_set_errno(session, EAGAIN)
            return -1
        }
        return count
    }

    fileprivate func push(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard case .transferred(let count)? = try? channel.send(bytes) else { return -1 }
        return count
    }
}

private func pullFromPeer(_ peer: gnutls_transport_ptr_t?, _ buffer: UnsafeMutableRawPointer?, _ limit: Int)
    -> Int
{
    guard let peer else { return -1 }
    return Unmanaged<GnuTLSPeer>.fromOpaque(peer).takeUnretainedValue()
        .pull(UnsafeMutableRawBufferPointer(start: buffer, count: limit))
}

private func pushToPeer(_ peer: gnutls_transport_ptr_t?, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    guard let peer else { return -1 }
    return Unmanaged<GnuTLSPeer>.fromOpaque(peer).takeUnretainedValue()
        .push(UnsafeRawBufferPointer(start: bytes, count: count))
}
