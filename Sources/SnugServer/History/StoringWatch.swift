// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Who is told whether anything can be stored.
final class StoringWatch: Sendable {
    typealias Told = @Sendable (_ isStoring: Bool) -> Void

    private let told = Lock<Told?>(nil)

    func set(_ body: @escaping Told) { told.withLock { $0 = body } }

    func note(isStoring: Bool) { told.withLock { $0 }?(isStoring) }
}
