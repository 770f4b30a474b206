// SPDX-License-Identifier: Apache-2.0

internal import SnugProtocol
internal import SnugSystem
public import SnugTransport

/// A connection whose server is verified, and nothing was said on it yet.
public struct OpenedConnection {
    let connection: any Connection

    /// What the handshake established.
    public let facts: PeerFacts

    /// Whether both ends have agreed on level 1.
    public var speaksLevelOne: Bool { facts.applicationProtocol == LevelOne.applicationProtocol }
}

/// A connection that is being made on a thread of its own: a name may take long to be found, and a host long to answer.
///
/// Nobody has to wait for it. An attempt that is given up goes on until it fails or its connection is closed, unheard.
final class ConnectionAttempt: Sendable {
    private let end: LoopWaker
    private let outcome: Lock<Result<HandedOver<OpenedConnection>, ClientError>?>

    /// Begins at once.
    init(_ configuration: ClientConfiguration) throws(ClientError) {
        let outcome = Lock<Result<HandedOver<OpenedConnection>, ClientError>?>(nil)
        do throws(SystemError) {
            let end = try LoopWaker()
            _ = try RunningThread(name: "snug-connect") {
                let result: Result<HandedOver<OpenedConnection>, ClientError>
                do throws(ClientError) {
                    result = .success(HandedOver(try configuration.open()))
                } catch { result = .failure(error) }
                outcome.withLock { $0 = result }
                end.wake()
            }
            self.end = end
        } catch { throw .connectionLost(error) }
        self.outcome = outcome
    }

    /// Readable from the end of the attempt on.
    var descriptor: Int32 { end.descriptor }

    /// The connection, once; nil as long as nothing is decided.
    func take() throws(ClientError) -> OpenedConnection? {
        let result = outcome.withLock { outcome in
            let result = outcome
            outcome = nil
            return result
        }
        return try result?.get().value
    }
}
