// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugSystem

/// What the server and the generator use between two moments.
final class UsageMeter {
    private let server: ServerProcess?
    private var first = Reading()
    private var last = Reading()
    private var peakResidentBytes: Int64 = 0
    private var nextSample = MonotonicTime.start

    private struct Reading {
        var time: Int64 = 0
        var ownTime: Int64 = 0
        var serverTime: Int64?
        var userTicks: Int64?
        var systemTicks: Int64?
        var residentBytes: Int64?
    }

    private static let sampleInterval = Duration.milliseconds(50)

    init(_ server: ServerProcess?) { self.server = server }

    func begin() {
        first = read()
        peakResidentBytes = first.residentBytes ?? 0
    }

    func end() { last = read() }

    /// Looks at the server's memory now and then; a peak between two looks is missed.
    func sampleMemory() {
        let now = MonotonicTime.now
        guard now >= nextSample else { return }
        nextSample = now + Self.sampleInterval
        peakResidentBytes = max(peakResidentBytes, server?.residentBytes ?? 0)
    }

    var seconds: Double { Double(last.time - first.time) / 1e9 }

    /// Processors the server kept busy.
    var serverLoad: Double? { growth(\.serverTime).map { $0 / 1e9 / seconds } }

    /// Bytes by which the server's memory has grown.
    var residentGrowth: Double? { growth(\.residentBytes) }

    /// Adds what was used, in all and for each of `count` things.
    func add(to report: inout Report, per count: Int, called thing: String) {
        let perThing = growth(\.serverTime).map { $0 / 1_000 / Double(max(1, count)) }
        report.add("serverMicrosecondsPer\(thing)", perThing)
        let userPerThing = perThing.flatMap { all in userShare.map { all * $0 } }
        report.add("serverUserMicrosecondsPer\(thing)", userPerThing)
        report.add("serverLoad", serverLoad)
        report.add("generatorLoad", Double(last.ownTime - first.ownTime) / 1e9 / seconds)
        report.add("serverResidentKiB", last.residentBytes.map { Double($0) / 1_024 })
        report.add("serverResidentGrowthKiB", residentGrowth.map { $0 / 1_024 })
        let peakGrowth = first.residentBytes.map { peakResidentBytes - $0 }
        report.add("serverResidentPeakGrowthKiB", peakGrowth.map { Double($0) / 1_024 })
    }

    /// The clock knows the sum better than the ticks, and only the ticks know the parts.
    private var userShare: Double? {
        guard let user = growth(\.userTicks), let system = growth(\.systemTicks) else { return nil }
        return user / max(1, user + system)
    }

    private func growth(_ field: KeyPath<Reading, Int64?>) -> Double? {
        guard let before = first[keyPath: field], let after = last[keyPath: field] else { return nil }
        return Double(after - before)
    }

    private func read() -> Reading {
        let ticks = server?.ticks
        return Reading(
            time: MonotonicTime.now.nanoseconds,
            ownTime: ServerProcess(id: getpid()).processorTime ?? 0,
            serverTime: server?.processorTime,
            userTicks: ticks?.user,
            systemTicks: ticks?.system,
            residentBytes: server?.residentBytes
        )
    }
}
