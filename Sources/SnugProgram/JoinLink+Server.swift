// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
public import SnugTransport

extension JoinLink {
    /// The link to a server with these certificates; nil if they have no name that it could be asked for by.
    ///
    /// - Parameter host: what it was told to listen at, which others can ask for if it is in the certificate.
    public init?(to context: TLSContext, listeningAt host: String, port: UInt16) {
        guard let pin = context.serverPin else { return nil }
        let listening = (try? HostName(host))?.text
        let names = context.serverNames.compactMap { (try? HostName($0))?.text }
        let ofOthers = names.first { !Self.isOfThisMachineOnly($0) }
        guard let name = names.first(where: { $0 == listening }) ?? ofOthers ?? names.first else {
            return nil
        }
        self.init(host: name, port: port, pins: [pin])
    }

    /// Every machine calls itself so.
    private static func isOfThisMachineOnly(_ host: String) -> Bool {
        host == "localhost" || host == "::1" || host.hasPrefix("127.") && SocketAddress.isLiteral(host)
    }
}
