// SPDX-License-Identifier: Apache-2.0

extension ClientMessage {
    /// What the server's owner asks for, and nobody else: refused with `RefusalCode.notPermitted` wherever it does not come
    /// through the control socket.
    public enum Control: String, CaseIterable, Equatable, Sendable {
        /// Reads the server's files again.
        case reload
        /// Tells who is connected.
        case sessions
        /// Tells how much there is of everything.
        case stats
    }
}
