// SPDX-License-Identifier: Apache-2.0

internal import SnugProgram
internal import SnugTransport

/// Which room of which server somebody wants to join, and by which keys: from options, or from a link.
struct Destination {
    let host: String
    let port: UInt16
    let rooms: [String]
    let pins: [String]
    /// The Unix socket through which one joins instead of over the network.
    let control: String?

    init(_ options: ClientCommand) throws(Failure) {
        control = options.control
        guard options.control == nil else {
            try Self.expectNothingOfTheNetwork(options)
            (host, port, rooms, pins) = (options.host, options.port, options.rooms, [])
            return
        }
        guard let text = options.links.first else {
            host = try HostName(option: options.host).text
            port = options.port
            rooms = options.rooms
            pins = options.pins
            return
        }
        let link = try Self.link(text)
        guard options.links.count == 1 else {
            throw Failure("there is more than one link", hint: "give one of them", code: .usage)
        }
        try Self.expect("host", options.host, link.host) { (try? HostName($0))?.text ?? $0 }
        try Self.expect("port", "\(options.port)", "\(link.port)")
        let rooms = link.room.map { [$0] } ?? []
        try Self.expect("room", options.rooms.joined(separator: " "), rooms.joined(separator: " "))
        try Self.expect("pin", options.pins.joined(separator: " "), link.pins.joined(separator: " "))
        (host, port, self.rooms, pins) = (link.host, link.port, rooms, link.pins)
    }

    private static func link(_ text: String) throws(Failure) -> JoinLink {
        do throws(JoinLinkError) { return try JoinLink(text) } catch {
            throw Failure(error.description, hint: error.hint, code: .usage)
        }
    }

    private static func expectNothingOfTheNetwork(_ options: ClientCommand) throws(Failure) {
        let given = ["host", "port", "ca", "system-trust", "pin", "identity", "no-identity", "level", "pad"]
            .filter { SettingSource.of($0) == .argument }.map { "--\($0)" }
        let first = options.links.isEmpty ? options.plain ? "--plain" : given.first : "a link"
        guard let first else { return }
        throw Failure(
            "--control is the way to a server on this machine, and \(first) is for the network",
            hint: "leave \(first == "a link" ? "the link" : first) or --control out",
            code: .usage
        )
    }

    /// An option beside a link says the same, or is one too many.
    private static func expect(
        _ option: String,
        _ given: String,
        _ linked: String,
        _ normal: (String) -> String = { $0 }
    ) throws(Failure) {
        guard SettingSource.of(option) == .argument, normal(given) != linked else { return }
        throw Failure(
            "--\(option) says \(given), and the link \(linked.isEmpty ? "nothing of the kind" : "says \(linked)")",
            hint: "leave --\(option) or the link out",
            code: .usage
        )
    }
}
