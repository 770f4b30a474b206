// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import SnugTransport
import TestSupport
import Testing

@testable import SnugClient

/// A connection through the control socket of a server on this machine, and what is in its place.
@Suite(.timeLimit(.minutes(30))) struct ControlSocketConnectionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func configuration(_ path: String) -> ClientConfiguration {
        ClientConfiguration(
            host: "localhost",
            port: 1,
            name: "owner",
            security: .controlSocket(path: path),
            paddingMultiple: 0
        )
    }

    private func fault(at path: String) -> ClientError? {
        do throws(ClientError) {
            _ = try configuration(path).open()
            return nil
        } catch { return error }
    }

    @Test func aPathWithoutAServerIsSaidToHaveNoneAndMayHaveOneLater() throws {
        for path in [
            folder.path("nothing"), try folder.write([1], to: "file", mode: 0o600),
            "\(folder.path("file"))/below",
        ] {
            let error = try #require(fault(at: path))
            #expect(error.exitCode == 69 && error.mayPass(onceEntered: false))
            #expect(error.description.hasPrefix("no server answers at \(path): "))
        }
    }

    @Test func whatCanBeNoPathIsWrongUsage() {
        for path in ["", "/tmp/" + String(repeating: "x", count: 200)] {
            #expect(fault(at: path)?.exitCode == 64)
            #expect(fault(at: path)?.mayPass(onceEntered: true) == false)
        }
    }

    @Test func theServerIsCalledByItsPathAndNoCallWaitsForIt() throws {
        let path = folder.path("control")
        let listener = try UnixListeningSocket(path: path)
        let settings = configuration(path)
        #expect(settings.server == path)
        let opened = try settings.open()
        #expect(opened.facts == .plain && !opened.speaksLevelOne)
        let link = try LevelOneLink(opened, settings, IOBuffers())
        link.flush()
        // It has said nothing yet.
        link.receive()
        try link.checkEnd(isGreeted: false)
        let accepted = try #require(try listener.accept()?.number)
        #expect(accepted >= 0)
        link.close()
    }

    /// No server of level 0 is at a control socket: one that is silent is stuck.
    @Test func aServerThatIsStuckIsNoneOfAnotherLevel() throws {
        let path = folder.path("control")
        let listener = try UnixListeningSocket(path: path)
        var settings = configuration(path)
        settings.connectTimeout = .milliseconds(1)
        let opened = try configuration(path).open()
        let link = try LevelOneLink(opened, settings, IOBuffers())
        var entries: [Polling.Entry] = []
        Polling.wait(for: &entries, until: link.silenceLimit(isGreeted: false))
        #expect(throws: ClientError.serverVanished) { try link.checkEnd(isGreeted: false) }
        link.close()
        #expect(listener.descriptor >= 0)
    }
}
