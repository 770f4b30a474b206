// SPDX-License-Identifier: Apache-2.0

/// What padding costs on the wire, over the same conversation.
struct PaddingPrice: Equatable, Sendable {
    /// After the handshakes, which padding does not touch.
    let chatBytesWithout: Int
    let chatBytesWith: Int

    /// All of the run.
    let allBytesWithout: Int
    let allBytesWith: Int

    init(tls: ModeAnalysis, padded: ModeAnalysis) {
        chatBytesWithout = tls.connections.flatMap(\.protectedRecords).totalBytes
        chatBytesWith = padded.connections.flatMap(\.protectedRecords).totalBytes
        allBytesWithout = tls.byteCount
        allBytesWith = padded.byteCount
    }

    /// How much more, in percent of what it was.
    static func percent(_ with: Int, over without: Int) -> Double {
        without > 0 ? Double(with - without) / Double(without) * 100 : 0
    }
}
