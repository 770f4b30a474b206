// SPDX-License-Identifier: Apache-2.0

import SnugClient
import SnugSystem
import SnugTransport
import TestSupport
import Testing

extension ClientConfiguration {
    /// For a server of the tests.
    init(_ kind: TransportKind, port: UInt16, name: String = "aisha", paddingMultiple: Int = 256) throws {
        self.init(
            host: "127.0.0.1",
            port: port,
            name: name,
            security: kind == .plain ? .plain : .tls(try TestAuthority.shared.clientContext(), pins: []),
            paddingMultiple: paddingMultiple
        )
        // A machine that is busy with other tests is not what is being tested.
        connectTimeout = .seconds(60)
    }
}

/// The same words that the program takes its passphrase from.
func passphrase(_ text: String) throws -> Passphrase {
    let bytes = Array(text.utf8)
    return try Passphrase(SecretBytes(copying: bytes.span.bytes), from: .variable("CHAT_SECRET"))
}

/// Joins, chats to the end and returns what the chat ended with; nil for a good end.
func outcome(
    of configuration: ClientConfiguration,
    passphrase secret: String? = nil,
    input: Int32 = -1,
    over interface: RecordingInterface = RecordingInterface()
) throws -> ClientError? {
    do {
        let session = try ChatSession(configuration)
        if let secret { try session.authenticate(try passphrase(secret)) }
        try session.chat(input: input, over: interface)
        return nil
    } catch let error as ClientError {
        return error
    }
}
