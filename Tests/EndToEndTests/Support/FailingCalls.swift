// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// Lets a server's calls to the system and to GnuTLS fail, one at a time; see Torture/failing-calls.c.
final class FailingCalls {
    /// This machine can build the library, and look into the program.
    static let isPossible =
        Inspection.isAllowed && PreloadedLibrary.hasCompiler && dlsym(nil, "__tsan_init") == nil
        && dlsym(nil, "__asan_init") == nil

    static let whyNot: Comment =
        "needs root, a C compiler and GnuTLS's headers, and no sanitizer, which wants to be preloaded itself"

    private let library: PreloadedLibrary
    private var plan: UnsafeMutableRawPointer { library.memory }

    init() throws { library = try PreloadedLibrary("failing-calls.c", sharing: "FAILING_CALLS_PLAN") }

    var environment: [String: String] { library.environment }

    /// Every function that the library can let fail, and in how many ways.
    static let functions = [
        Function(name: "accept4", ways: 7),
        Function(name: "recv", ways: 6),
        Function(name: "send", ways: 7),
        Function(name: "read", ways: 4),
        Function(name: "write", ways: 5),
        Function(name: "open", ways: 5),
        Function(name: "fstat", ways: 2),
        Function(name: "epoll_wait", ways: 1),
        Function(name: "epoll_ctl", ways: 2),
        Function(name: "setsockopt", ways: 2),
        Function(name: "shutdown", ways: 2),
        Function(name: "poll", ways: 2),
        Function(name: "gnutls_init", ways: 2),
        Function(name: "gnutls_priority_set", ways: 2),
        Function(name: "gnutls_credentials_set", ways: 2),
        Function(name: "gnutls_alpn_set_protocols", ways: 2),
        Function(name: "gnutls_handshake", ways: 4),
        Function(name: "gnutls_record_send2", ways: 3),
        Function(name: "gnutls_record_recv", ways: 3),
        Function(name: "gnutls_bye", ways: 2),
        Function(name: "gnutls_alert_send", ways: 2),
        Function(name: "gnutls_range_split", ways: 2),
        Function(name: "gnutls_certificate_allocate_credentials", ways: 1),
        Function(name: "gnutls_priority_init2", ways: 2),
        Function(name: "gnutls_certificate_set_x509_key", ways: 2),
        Function(name: "gnutls_certificate_set_x509_trust", ways: 2),
        Function(name: "gnutls_x509_crt_init", ways: 1),
        Function(name: "gnutls_x509_crt_import", ways: 2),
        Function(name: "gnutls_x509_crt_get_extension_by_oid2", ways: 2),
        Function(name: "gnutls_x509_crt_get_key_id", ways: 2),
        Function(name: "gnutls_hmac_fast", ways: 2),
        Function(name: "gnutls_rnd", ways: 2),
        Function(name: "gnutls_hash_fast", ways: 2),
    ]

    struct Function {
        let name: String
        let ways: Int
    }

    /// One call that is to fail.
    struct Target: CustomStringConvertible {
        let function: String
        /// From 1; 0 for none, to count them.
        var number = 0
        var way = 0

        var description: String { "call \(number) of \(function), way \(way)" }
    }

    /// From now on calls are counted, and `target` fails.
    ///
    /// - Parameter spared: descriptors whose calls are left alone.
    func begin(_ target: Target, sparing spared: [Int]) {
        for offset in Layout.name..<PreloadedLibrary.memoryBytes {
            plan.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
        for (offset, byte) in target.function.utf8.enumerated() {
            plan.storeBytes(of: byte, toByteOffset: Layout.name + offset, as: UInt8.self)
        }
        for descriptor in spared {
            plan.storeBytes(of: 1, toByteOffset: Layout.spared + descriptor, as: UInt8.self)
        }
        store(target.number, at: Layout.target)
        store(target.way, at: Layout.way)
        store(0, at: Layout.calls)
        store(0, at: Layout.failed)
        store(1, at: Layout.armed)
    }

    func end() { store(0, at: Layout.armed) }

    /// How many calls of the function there were.
    var calls: Int { load(Layout.calls) }

    /// Whether there were enough for one to fail.
    var hasFailed: Bool { load(Layout.failed) > 0 }

    private enum Layout {
        static let armed = 0
        static let target = 8
        static let way = 16
        static let calls = 24
        static let failed = 32
        static let name = 40
        static let spared = 104
    }

    private func store(_ value: Int, at offset: Int) {
        plan.storeBytes(of: Int64(value), toByteOffset: offset, as: Int64.self)
    }

    private func load(_ offset: Int) -> Int { Int(plan.load(fromByteOffset: offset, as: Int64.self)) }
}
