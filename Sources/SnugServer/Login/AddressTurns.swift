// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// A line for each address, in which connections wait for what their address gets at a steady rate.
///
/// First come, first served, so whoever opens many connections waits behind its own and cannot keep a neighbour waiting
/// for longer than the line is long. Nobody reserves anything: who leaves the line has used up nothing, or opening and
/// closing connections would make the others wait.
///
/// Owned by the ``Lobby``; used on its thread only.
final class AddressTurns<Waiter: AnyObject> {
    /// Otherwise they could fill all places there are, at no cost to them.
    private static var maximumYielding: Int { 32 }

    private var allowances: AddressAllowances
    private var lines: [[UInt8]: Line] = [:]

    private struct Line {
        var waiting: [Waiter] = []
        /// Those who seem to have hung up already.
        var yielding: [Waiter] = []

        var isEmpty: Bool { waiting.isEmpty && yielding.isEmpty }

        mutating func remove(_ waiter: Waiter) {
            waiting.removeAll { $0 === waiter }
            yielding.removeAll { $0 === waiter }
        }
    }

    init(_ rate: LineRate) { allowances = AddressAllowances(rate) }

    /// Puts `waiter` at the end of its address's line.
    func join(_ waiter: Waiter, at address: [UInt8]) {
        lines[address, default: Line()].waiting.append(waiter)
    }

    /// Puts one who waits behind all of its line who do not yield.
    ///
    /// - Returns: false if too many do so already: then it is in the line no more.
    func yield(_ waiter: Waiter, at address: [UInt8]) -> Bool {
        leave(waiter, at: address)
        var line = lines[address] ?? Line()
        guard line.yielding.count < Self.maximumYielding else { return false }
        line.yielding.append(waiter)
        lines[address] = line
        return true
    }

    /// Takes `waiter` out of its line: its turn has come, or it is gone.
    func leave(_ waiter: Waiter, at address: [UInt8]) {
        lines[address]?.remove(waiter)
        if lines[address]?.isEmpty == true { lines[address] = nil }
    }

    /// Whose turn is next, and not before when; nil if nobody waits.
    func next(at address: [UInt8], now: MonotonicTime) -> (waiter: Waiter, time: MonotonicTime)? {
        guard let line = lines[address], let waiter = line.waiting.first ?? line.yielding.first else {
            return nil
        }
        return (waiter, allowances.next(for: address, now: now))
    }

    /// Counts one against the address: a turn that was no more than a turn costs nothing.
    func charge(_ address: [UInt8], now: MonotonicTime) {
        _ = allowances.take(for: address, now: now)
    }

    /// Lets the address begin anew.
    func forgive(_ address: [UInt8]) { allowances.forgive(address) }
}
