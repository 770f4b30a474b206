// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugProtocol
public import SnugSystem

/// A process that has a server do one thing through its control socket, and waits for that.
public enum ControlClient {
    /// For each answer, or part of one, of a server that is not stuck.
    static let patience = Duration.seconds(15)
    /// A reload may wait for a slow disk.
    static let reloadPatience = Duration.seconds(130)

    private static let bytesPerRead = 65_536

    /// Sends an order to the server at `path`, and calls `body` with each part of its answer, until `body` returns false.
    public static func send(
        _ order: ControlOrder,
        to path: String,
        eachPart body: (ControlAnswer) -> Bool
    ) throws(ControlError) {
        let isReload = order.message.kind == .control(.reload)
        let connection: UnixConnection
        do throws(UnixSocketFault) {
            connection = try UnixConnection(path: path, patience: isReload ? reloadPatience : patience)
        } catch { throw ControlError(error, path) }
        guard connection.peer.mayBeBelieved else { throw .notTheServer(path: path, connection.peer) }
        var session = Session(path: path)
        var bytes = LevelChoice.preface
        // A name, a duration and a reason, each of them bounded, fit a frame.
        try? order.message.encode(appendingTo: &bytes)
        do throws(SystemError) { try connection.write(bytes) } catch {
            // Whoever is not let in may have been told why before anything of it was read.
            guard error.isReset else { throw error.isTimeout ? .silent(path: path) : .lost(path: path) }
        }
        while true {
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try connection.read(atMost: bytesPerRead) } catch {
                throw error.isTimeout ? .silent(path: path) : .lost(path: path)
            }
            guard !bytes.isEmpty else { throw session.hasHello ? .lost(path: path) : .noServer(path: path) }
            for answer in try session.take(bytes) {
                guard body(answer), answer.hasMore else { return }
            }
        }
    }

    /// What has come from the server so far.
    private struct Session {
        let path: String
        var hasHello = false
        private var decoder = FrameDecoder()

        init(path: String) { self.path = path }

        mutating func take(_ bytes: [UInt8]) throws(ControlError) -> [ControlAnswer] {
            do throws(FramingError) { try decoder.append(bytes.span.bytes) } catch {
                throw .noServer(path: path)
            }
            var answers: [ControlAnswer] = []
            while let frame = decoder.next() {
                let message: ServerMessage
                do throws(MessageError) { message = try ServerMessage(payload: frame) } catch {
                    throw .noServer(path: path)
                }
                if let answer = try answer(message) { answers.append(answer) }
            }
            return answers
        }

        private mutating func answer(_ message: ServerMessage) throws(ControlError) -> ControlAnswer? {
            switch message.kind {
            case .hello: hasHello = true
            case .refused(let refused):
                guard hasHello else { throw .notPermitted(path: path, refused.text) }
                let isUnknown = [.noSuchPerson, .noSuchBan].contains(refused.code.known)
                throw .refused(refused.text, hint: refused.hint, namesNobody: isUnknown)
            case .bye: throw .lost(path: path)
            case .bans, .control, .rooms: return ControlAnswer(message)
            default: break
            }
            return nil
        }
    }
}

/// Why an order was not done.
public enum ControlError: Error, Equatable, Sendable {
    /// The server ended, or dropped the connection.
    case lost(path: String)
    /// What is there speaks something else.
    case noServer(path: String)
    /// Somebody else's process listens there.
    case notTheServer(path: String, PeerProcess)
    /// The socket is for others.
    case notPermitted(path: String, String)
    /// The server has done nothing, in its words; perhaps because nobody and nothing is called what was named.
    case refused(String, hint: String?, namesNobody: Bool)
    /// The server says nothing.
    case silent(path: String)
    /// There is no such path.
    case unfit(path: String, UnixSocketFault)
    /// Nobody listens there.
    case unreachable(path: String, SystemError)

    init(_ fault: UnixSocketFault, _ path: String) {
        switch fault {
        case .system(let error) where error.isNotPermitted:
            self = .notPermitted(path: path, "you have no right to it")
        case .system(let error) where error.isTimeout: self = .silent(path: path)
        case .system(let error): self = .unreachable(path: path, error)
        default: self = .unfit(path: path, fault)
        }
    }
}

extension ControlError: CustomStringConvertible {
    /// One lower-case sentence without a full stop; what a server wrote is not yet safe for a terminal.
    public var description: String {
        switch self {
        case .lost(let path): "the server at \(path) ended the connection"
        case .noServer(let path): "no server of Snug answers at \(path)"
        case .notPermitted(let path, let reason): "the control socket \(path) is not for you: \(reason)"
        case .notTheServer(let path, let process): UnixSocketFault.foreignServer(process).reason(at: path)
        case .refused(let text, _, _): text
        case .silent(let path): "the server at \(path) does not answer"
        case .unfit(let path, let fault): fault.reason(at: path)
        case .unreachable(let path, let error): UnixSocketFault.system(error).reason(at: path)
        }
    }
}
