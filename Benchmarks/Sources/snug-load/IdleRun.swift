// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Members join and say nothing, and what the server holds for each of them is counted.
struct IdleRun {
    let members: Int
    let atOnce: Int
    let settling: Duration
    let measured: Duration

    func run(at endpoint: Endpoint, server: ServerProcess?) throws(LoadFailure) -> Report {
        let crowd = try Crowd(at: endpoint)
        let joining = UsageMeter(server)
        joining.begin()
        try crowd.gather(members, atOnce: atOnce, settling: settling)
        joining.end()
        let idling = UsageMeter(server)
        idling.begin()
        let end = MonotonicTime.now + measured
        while .now < end { crowd.loop.turn() }
        idling.end()

        var report = Report()
        report.add("members", members)
        report.add("cipher", crowd.members.first?.cipher ?? "none")
        joining.add(to: &report, per: members, called: "Join")
        report.add("residentKiBPerMember", joining.residentGrowth.map { $0 / 1_024 / Double(members) })
        report.add("idleServerLoad", idling.serverLoad)
        report.add("disconnected", crowd.lost)
        return report
    }
}
