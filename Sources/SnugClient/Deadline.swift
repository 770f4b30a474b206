// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

extension MonotonicTime {
    /// Whether it is time for what is due then.
    var hasCome: Bool { self <= .now }
}
