// SPDX-License-Identifier: Apache-2.0

import SnugSystem

/// Waits until something is so, which a machine under load may take long for.
public func eventually(_ what: String, _ isSo: () throws -> Bool) throws {
    let deadline = MonotonicTime.now + .seconds(90)
    while MonotonicTime.now < deadline {
        if try isSo() { return }
        var none: [Polling.Entry] = []
        Polling.wait(for: &none, until: .now + .milliseconds(10))
    }
    throw TestClient.TimedOut(description: "never: \(what)")
}
