// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugRooms

extension ServerMessage.Hello {
    /// What a server says of itself first, to members and at the control socket.
    init(_ configuration: ServerConfiguration, _ hub: ChatHub, needsPassphrase: Bool) {
        self.init(
            server: configuration.serverName,
            epoch: hub.epoch,
            needsPassphrase: needsPassphrase,
            limits: ServerMessage.Limits(configuration.limits),
            history: ServerMessage.HistoryPolicy(
                lines: UInt64(clamping: hub.history.kept.lines),
                hours: UInt64(clamping: hub.history.kept.hours),
                isOnDisk: hub.history.isOnDisk
            ),
            nodes: hub.otherAddresses
        )
    }
}

extension ServerMessage.Limits {
    fileprivate init(_ limits: ServerLimits) {
        self.init(
            name: .init(
                characters: UInt64(MemberName.maximumCharacters),
                bytes: UInt64(MemberName.maximumBytes)
            ),
            line: .init(characters: UInt64(ChatLine.maximumCharacters), bytes: UInt64(ChatLine.maximumBytes)),
            rooms: UInt64(clamping: limits.chat.roomsOfAPerson),
            burst: UInt64(clamping: limits.lineRate.burst),
            perSecond: UInt64(clamping: limits.lineRate.perSecond)
        )
    }
}
