// SPDX-License-Identifier: Apache-2.0

/// Says of each packet what it was about, as far as the truth of a run tells.
///
/// By number and never by name or words: a file is searched for those, and a label must not be found in its place.
struct EventLabels {
    private let events: [TrueEvent]

    /// - Parameter events: in the order of time.
    init(_ events: [TrueEvent]) { self.events = events }

    /// For the first packet of a connection.
    func opening(_ connection: Int) -> String { "person \(connection + 1) connects" }

    /// For a packet that carries bytes.
    func label(for segment: CapturedSegment) -> String? {
        let before = events.prefix { $0.time <= segment.time }
        let person = "person \(segment.connection + 1)"
        guard before.contains(where: { $0.connection == segment.connection }), let event = before.last else {
            return "\(person)'s handshake"
        }
        let isOwn = event.connection == segment.connection
        switch segment.direction {
        case .toClient:
            return isOwn ? "the server answers \(person)" : "the server tells \(person): \(news(of: event))"
        case .toServer: return isOwn ? "\(news(of: event))" : nil
        }
    }

    private func news(of event: TrueEvent) -> String {
        let person = "person \(event.connection + 1)"
        switch event.kind {
        case .asked(let command): return "\(person) asks \(CapturedText.visible(command))"
        case .authenticated(_, accepted: true): return "\(person) sends the passphrase"
        case .authenticated(_, accepted: false): return "\(person) sends a wrong passphrase"
        case .joined: return "\(person) comes in"
        case .left: return "\(person) leaves"
        case .said:
            let number = events.count { $0.time <= event.time && $0.isLine }
            return "\(person) says line \(number)"
        }
    }
}

extension TrueEvent {
    fileprivate var isLine: Bool {
        if case .said = kind { true } else { false }
    }
}
