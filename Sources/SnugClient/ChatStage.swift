// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
internal import SnugTransport

/// How far a chat has come.
///
/// ```
/// chatting ──the user quits──► quitting ──the server takes no notice──┐
///     ├──────input ends───────────────────────────────────────► finishing
///     └────────────┴──────────────the user wants out──────────► leaving
///     └────────────┴──────────────a send fails────────────────► cutOff
/// ```
enum ChatStage: Sendable {
    case chatting

    /// Nothing more can be sent, but what the server said before is still to be read.
    case cutOff(ClientError, since: MonotonicTime)

    /// All is sent, then we say goodbye and wait for the server's.
    case finishing(since: MonotonicTime)

    /// What can be sent at once is sent, then we say goodbye and go.
    case leaving(since: MonotonicTime)

    /// The server was told that the user leaves, and ends the connection.
    case quitting(since: MonotonicTime)

    /// Why the end of the connection is no good end at this stage; nil if it is one.
    ///
    /// - Parameters:
    ///   - failure: how it ended, if not by the server's goodbye.
    ///   - hasSaidAll: whether all lines have arrived at the server's machine.
    ///   - promisesGoodbye: whether the server is one that ends no connection without a goodbye. The lesson's own server
    ///     just closes: after our goodbye it has nothing more to say that anyone waits for.
    ///   - isRefused: whether the first that such a server said was not that we are here: then it took no line.
    func fault(
        in failure: ClientError?,
        hasSaidAll: Bool,
        promisesGoodbye: Bool,
        isRefused: Bool
    ) -> ClientError? {
        switch (self, failure) {
        case (.chatting, nil) where isRefused && promisesGoodbye,
            (.finishing, nil) where isRefused && promisesGoodbye,
            (.quitting, nil) where isRefused && promisesGoodbye:
            .notLetIn
        case (.chatting, nil): hasSaidAll ? .endedByServer : .endedEarly
        case (_, nil): hasSaidAll ? nil : .endedEarly
        case (.finishing, .some(.transportFailed(.truncated))) where hasSaidAll && !promisesGoodbye: nil
        case (.quitting, .some(.transportFailed(.truncated))) where hasSaidAll,
            (.quitting, .some(.connectionLost)) where hasSaidAll,
            (.leaving, .some(.transportFailed(.truncated))) where hasSaidAll,
            (.leaving, .some(.connectionLost)) where hasSaidAll:
            nil
        case (_, .some(let failure)): failure
        }
    }
}
