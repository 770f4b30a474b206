// SPDX-License-Identifier: Apache-2.0

import SnugSystem

@testable import SnugTerminal

extension KeyParser {
    /// What `bytes` mean when they come without a pause behind those before.
    mutating func take(_ bytes: [UInt8]) -> [Key] { take(bytes, at: .start) }
}

extension LineEditor {
    /// What `bytes` mean when they come without a pause behind those before.
    mutating func take(_ bytes: [UInt8]) -> [Action] { take(bytes, at: .start) }
}
