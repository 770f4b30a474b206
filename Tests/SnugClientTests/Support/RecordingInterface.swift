// SPDX-License-Identifier: Apache-2.0

import SnugClient
import SnugSystem
import SnugTerminal

/// An interface that keeps what it was to show, and takes its input as a filter does.
final class RecordingInterface: ChatInterface {
    private(set) var shown: [String] = []
    private var partialLine = ""
    private let whenShown: (String) throws -> Void

    /// How often input was taken.
    private(set) var takes = 0

    /// Called with what was taken, before it is acted upon.
    var whenTaken: ([UserAction]) throws -> Void = { _ in }

    init(whenShown: @escaping (String) throws -> Void = { _ in }) {
        self.whenShown = whenShown
    }

    let signals: Int32? = nil

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        takes += 1
        guard !bytes.isEmpty else { return [.endOfInput] }
        partialLine += String(decoding: bytes, as: UTF8.self)
        var lines = partialLine.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        partialLine = lines.removeLast()
        let actions: [UserAction] = lines.map { $0 == "^C" ? .leave : .line($0) }
        try run { try whenTaken(actions) }
        return actions
    }

    func takeSignal() throws(SystemError) {}

    func show(_ text: StyledText) throws(SystemError) {
        shown.append(text.text)
        try run { try whenShown(text.text) }
    }

    private func run(_ step: () throws -> Void) throws(SystemError) {
        do { try step() } catch let error as SystemError { throw error } catch {
            preconditionFailure("the test's own step failed: \(error)")
        }
    }
}
