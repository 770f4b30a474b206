// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import TestSupport
import Testing

@testable import SnugClient
@testable import SnugTransport

/// A connection that is being made while somebody types.
@Suite(.timeLimit(.minutes(30))) struct ConnectionAttemptTests {
    private func wait(for attempt: ConnectionAttempt) {
        var entries = [Polling.Entry(attempt.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .never)
    }

    @Test(arguments: TransportKind.allCases)
    func aConnectionIsThereOnceAndItsServerIsVerified(kind: TransportKind) throws {
        let server = try ScriptedServer(kind) { client in
            try client.handshake()
            try? client.readToEnd()
        }
        let attempt = try ConnectionAttempt(try ClientConfiguration(kind, port: server.port))
        wait(for: attempt)
        let opened = try attempt.take()
        #expect(opened?.facts.identity?.verifiedName == (kind == .tls ? "127.0.0.1" : nil))
        #expect(opened != nil)
        #expect(try attempt.take() == nil)
        opened?.connection.close()
        #expect(server.finish().error == nil)
    }

    @Test func whyThereIsNoneIsToldOnce() throws {
        let port = try ReservedPort()
        let attempt = try ConnectionAttempt(try ClientConfiguration(.plain, port: port.number))
        wait(for: attempt)
        do throws(ClientError) {
            _ = try attempt.take()
            Issue.record("there is nobody to connect to")
        } catch {
            guard case .unreachable = error else {
                Issue.record("\(error)")
                return
            }
        }
        #expect(try attempt.take() == nil)
    }

    @Test func nobodyWaitsForAHostThatDoesNotAnswer() throws {
        let silent = try SilentAddress()
        let attempt = try ConnectionAttempt(try ClientConfiguration(.plain, port: silent.address.port))
        #expect(try attempt.take() == nil)
        var entries = [Polling.Entry(attempt.descriptor, for: .readable)]
        Polling.wait(for: &entries, until: .start)
        #expect(entries[0].readiness.isEmpty)
    }

    @Test func aConnectionThatNobodyWantsAnyMoreIsClosed() throws {
        let isGivenUp = Lock(false)
        let server = try ScriptedServer(.tls) { client in
            var entries: [Polling.Entry] = []
            while !isGivenUp.withLock({ $0 }) { Polling.wait(for: &entries, until: .now + .milliseconds(5)) }
            try client.handshake()
            // Without a goodbye: there was nobody to say it.
            try? client.readToEnd()
        }
        var attempt: ConnectionAttempt? = try ConnectionAttempt(
            try ClientConfiguration(.tls, port: server.port)
        )
        #expect(try attempt?.take() == nil)
        attempt = nil
        isGivenUp.withLock { $0 = true }
        let (received, error) = server.finish()
        #expect(received.isEmpty && error == nil)
    }
}
