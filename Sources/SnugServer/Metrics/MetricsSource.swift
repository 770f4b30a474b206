// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport
internal import Synchronization

/// Where a server's figures are found.
struct MetricsSource: Sendable {
    let serverName: String
    let hub: ChatHub
    let lobby: LobbyControl
    let events: EventCounts
    let start = UnixTime.now

    /// All figures as they are now.
    ///
    /// Any thread may ask. No loop is asked anything: what only they know, whoever calls brings along.
    ///
    /// - Parameters:
    ///   - waitingBytes: what members have not taken yet; nil if that is not known.
    ///   - isAlive: whether all threads go on; nil if they were not asked.
    func families(waitingBytes: Int? = nil, isAlive: Bool? = nil, now: UnixTime = .now) -> [MetricFamily] {
        people(waitingBytes) + traffic + door + health(isAlive, now)
    }

    private func people(_ waitingBytes: Int?) -> [MetricFamily] {
        let figures = hub.figures
        let totals = events.totals
        return [
            .gauge("snug_people", "People in the chat.", Double(figures.people)),
            .gauge(
                "snug_sessions",
                "Connections that have a name: a person may have several.",
                Double(figures.sessions)
            ),
            .gauge("snug_rooms", "Rooms, private ones too.", Double(figures.rooms)),
            .counter("snug_lines", "Lines and actions that were said.", figures.lines),
            .counter(
                "snug_deliveries",
                "Lines for members: one for each line and each member that it was put before.",
                figures.deliveries
            ),
            .counter("snug_joins", "Members that came in.", totals[.joined] ?? 0),
            .counter("snug_departures", "Members that are gone, by reason.", by: DepartureKind.self) {
                totals[.left($0)]
            },
        ]
            + (waitingBytes.map {
                [
                    .gauge(
                        "snug_waiting_bytes",
                        "What waits for members that have not taken it yet.",
                        Double($0)
                    )
                ]
            } ?? [])
    }

    private var traffic: [MetricFamily] {
        let loops = hub.mailboxes.map(\.meters)
        let sum = { (figure: (LoopMeters) -> UInt64) in loops.reduce(0) { $0 &+ figure($1) } }
        var turns = TurnTimes()
        for loop in loops { turns.add(loop.turns.times) }
        return [
            .counter(
                "snug_writes",
                "Writes to members, each of all that waited for one.",
                sum { $0.writes.total }
            ),
            .counter(
                "snug_sent_bytes",
                "Bytes of frames that members' connections took, before encryption and padding.",
                sum { $0.sentBytes.total }
            ),
            .counter(
                "snug_received_bytes",
                "Bytes of frames that came from members, after decryption.",
                sum { $0.receivedBytes.total }
            ),
            .histogram(
                "snug_turn_duration_seconds",
                "Time that threads took for one turn, from when something happened until they waited again.",
                [("lobby", lobby.meters.turns.times), ("room", turns)]
            ),
        ]
    }

    private var door: [MetricFamily] {
        let totals = events.totals
        return [
            .gauge(
                "snug_strangers",
                "Connections that have no name yet.",
                Double(lobby.strangerCount.load(ordering: .relaxed))
            ),
            .counter(
                "snug_handshakes",
                "TLS handshakes that were completed.",
                lobby.meters.handshakes.total
            ),
            .counter(
                "snug_handshake_failures",
                "TLS handshakes that failed, by reason.",
                by: HandshakeFault.self
            ) { totals[.handshakeFailed($0)] },
            .counter(
                "snug_refusals",
                "Connections that were not let in, by reason.",
                by: RefusalKind.self
            ) { totals[.refused($0)] },
            .counter(
                "snug_accept_failures",
                "How often no connection could be accepted.",
                totals[.acceptFailed] ?? 0
            ),
        ]
    }

    private func health(_ isAlive: Bool?, _ now: UnixTime) -> [MetricFamily] {
        let totals = events.totals
        var families: [MetricFamily] = [
            .gauge(
                "snug_history_storing",
                "1 if what is to be kept is kept, 0 if the history's file cannot be written.",
                hub.isStoring ? 1 : 0
            ),
            .counter("snug_history_faults", "Faults of the history, by reason.", by: HistoryTrouble.self) {
                totals[.historyFault($0)]
            },
            .counter("snug_reloads", "How often the files were read again.", totals[.reloaded] ?? 0),
            .counter(
                "snug_reload_failures",
                "How often they could not be, and the old ones stayed in use.",
                totals[.reloadFailed] ?? 0
            ),
        ]
        if let order = hub.orderFigures {
            families += [
                .gauge(
                    "snug_order_state",
                    "How the order does that several servers share: 0 fine, 1 slow, 2 gone.",
                    order.state.figure
                ),
                .gauge(
                    "snug_order_waiting",
                    "Requests that were put into the order and have not come back.",
                    Double(order.underWay)
                ),
                .gauge(
                    "snug_order_sequence",
                    "The place in the order up to which this server has come.",
                    Double(order.sequence)
                ),
            ]
        }
        if let expiry = lobby.credentials.context.expiry {
            families += [
                .gauge(
                    "snug_certificate_expiry_timestamp_seconds",
                    "When the certificate ends, in seconds since 1970.",
                    Double(expiry.seconds)
                ),
                .gauge(
                    "snug_certificate_remaining_seconds",
                    "How long the certificate is still good; less than 0 once it is over.",
                    Double(expiry.seconds - now.seconds)
                ),
            ]
        }
        if let isAlive {
            families.append(
                .gauge(
                    "snug_alive",
                    "1 if all threads that serve people go on, 0 if one is stuck.",
                    isAlive ? 1 : 0
                )
            )
        }
        return families + process
    }

    private var process: [MetricFamily] {
        let usage = ProcessUsage.now
        return [
            .gauge(
                "process_start_time_seconds",
                "When the server started, in seconds since 1970.",
                Double(start.seconds)
            ),
            MetricFamily(
                .counter,
                "process_cpu_seconds",
                "Processor time that the process has taken.",
                [MetricSample("_total", usage.processorSeconds)]
            ),
            .gauge(
                "process_max_fds",
                "How many files and connections the process may have open at once.",
                Double(usage.descriptorLimit)
            ),
            MetricFamily(
                .info,
                "snug_build",
                "Which server this is.",
                [MetricSample("_info", 1, [MetricSample.Label("version", serverName)])]
            ),
        ]
    }
}

extension RequestLogState {
    fileprivate var figure: Double {
        switch self {
        case .fine: 0
        case .slow: 1
        case .gone: 2
        }
    }
}

extension ChatHub {
    /// Whether what is to be kept is.
    var isStoring: Bool { state.withLock { $0.isStoring } }
}
