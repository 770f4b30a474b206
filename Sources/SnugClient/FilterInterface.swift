// SPDX-License-Identifier: Apache-2.0

internal import SnugTransport

/// Lines in, messages out: for scripts and pipes.
///
/// Signals keep their usual meaning: a filter that is interrupted ends on the spot. A message is one line, whatever it
/// holds, unless the output is a terminal: that would wrap it, and its rows could pass for messages.
final class FilterInterface: ChatInterface {
    private let output: Int32
    private let isTerminal: Bool
    private var partialLine: [UInt8] = []

    /// Shows messages on `output`, which stays open as long as this object lives.
    init(output: Int32) {
        self.output = output
        isTerminal = TerminalFacts.isTerminal(output)
    }

    let signals: Int32 = -1

    func take(_ bytes: [UInt8]) throws(SystemError) -> [UserAction] {
        guard !bytes.isEmpty else { return endLine() + [.endOfInput] }
        var actions: [UserAction] = []
        for (index, piece) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .enumerated()
        {
            if index > 0 { actions += endLine() }
            partialLine += piece.prefix(InputLimits.maximumLineBytes - partialLine.count)
        }
        return actions
    }

    private func endLine() -> [UserAction] {
        defer { partialLine = [] }
        // Repairing is right here: the bytes are the user's own, and the protocol takes nothing but UTF-8.
        return partialLine.isEmpty ? [] : [.line(String(decoding: partialLine, as: UTF8.self))]
    }

    func takeSignal() throws(SystemError) {}

    func show(_ line: String) throws(SystemError) {
        let line =
            isTerminal
            ? MessageRows(columns: TerminalFacts.columns(of: output)).text(of: line)
            : line
        try Polling.write(Array((line + "\n").utf8), to: output)
    }
}
