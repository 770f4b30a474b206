// SPDX-License-Identifier: Apache-2.0

import Glibc
import Testing

/// A terminal without a window (openpty(3)); no child inherits its ends.
struct PseudoTerminal {
    /// The side of whoever shows it.
    let terminal: Int32
    /// The side of the programs in it.
    let window: Int32
    /// The file of the window.
    let path: String

    init() throws {
        var terminal: Int32 = -1
        var window: Int32 = -1
        var name = [CChar](repeating: 0, count: 64)
        try #require(openpty(&terminal, &window, &name, nil, nil) == 0)
        for end in [terminal, window] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        self.terminal = terminal
        self.window = window
        path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
