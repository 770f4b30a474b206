// SPDX-License-Identifier: Apache-2.0
#if Cluster

/// What a node is told of the bus, and tells on it.
package struct BusSettings: Sendable {
    /// The NATS servers, any of which will do.
    package var urls: [BusURL]
    /// What stream and bucket are called; letters, figures, `-` and `_`.
    package var name = "snug"
    /// On how many NATS servers everything is kept, if this node is the first one.
    package var replicas = 1
    /// A file with what lets this node in (nats-server's `.creds`).
    package var credentialsFile: String?
    /// The authorities that NATS servers' certificates are checked against; nil for the machine's.
    package var authoritiesFile: String?
    /// Where clients find this node, as `host:port`.
    package var address: String?
    /// The program's version.
    package var version = "0"
    /// So many requests and messages are in the log, at least, from one snapshot to the next.
    package var messagesPerSnapshot: UInt64 = 20_000
    /// So much of what lies before a snapshot is kept for nodes that are behind, in milliseconds.
    package var retention: Int64 = 3_600_000
    /// Whoever tells nothing new for so long has no voice where nodes compare what they have, in milliseconds: each tells
    /// something new every second.
    package var patience: Int64 = 10_000

    /// Settings with defaults for all but where the bus is.
    package init(urls: [BusURL]) { self.urls = urls }

    /// Whether `name` can be a stream's.
    package static func isFit(name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
#endif
