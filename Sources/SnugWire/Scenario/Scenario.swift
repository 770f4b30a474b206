// SPDX-License-Identifier: Apache-2.0

/// The chat that every run repeats.
public struct Scenario: Equatable, Sendable {
    /// Strings that must not leak: the passphrase, the names, every line.
    public var planted: [String]

    /// Who takes part, in the order of joining.
    public var people: [String]
}
