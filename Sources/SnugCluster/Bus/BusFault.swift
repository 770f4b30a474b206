// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import CNATS

/// Why a call of the bus failed.
struct BusFault: Error, Equatable {
    let status: natsStatus
    /// JetStream's own number; 0 for none.
    let code: UInt32

    init(_ status: natsStatus, _ code: jsErrCode = jsErrCode(0)) {
        self.status = status
        self.code = code.rawValue
    }

    /// Whether there is nothing of that name.
    var isNotFound: Bool { status == NATS_NOT_FOUND || code == JSStreamNotFoundErr.rawValue }

    /// What the library says of it.
    var reason: String {
        let text = natsStatus_GetText(status).map { String(cString: $0) } ?? "status \(status.rawValue)"
        return code == 0 ? text : "\(text), JetStream error \(code)"
    }
}
#endif
