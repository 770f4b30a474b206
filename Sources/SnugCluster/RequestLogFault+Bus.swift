// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import CNATS
internal import SnugRooms
internal import SnugServer
internal import SnugSystem

extension BusSettings {
    /// Where the bus is, without what lets anybody in.
    var places: String { urls.map(\.description).joined(separator: ", ") }
}

extension BusFault {
    /// Whether it may be well in a moment.
    var mayPass: Bool {
        switch jsErrCode(code) {
        case JSNotEnabledErr, JSNotEnabledForAccountErr, JSStreamReplicasNotSupportedErr,
            JSStreamSubjectOverlapErr, JSStreamNameExistErr, JSStreamInvalidConfig, JSMaximumStreamsLimitErr:
            false
        default: status != NATS_NOT_PERMITTED && status != NATS_CONNECTION_AUTH_FAILED
        }
    }
}

// Each of them one sentence, and what to do about it.
extension RequestLogFault {
    static func unreachable(_ fault: BusFault, _ settings: BusSettings) -> RequestLogFault {
        let places = settings.places
        switch fault.status {
        case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED:
            return RequestLogFault(
                "the bus at \(places) does not let this server in",
                hint: "check the user and password in --cluster, or the file of --cluster-credentials",
                kind: .refused
            )
        case NATS_SSL_ERROR:
            return RequestLogFault(
                "the bus at \(places) cannot be trusted: its certificate does not verify",
                hint:
                    "name the authority that signed it with --cluster-ca, and the host as the certificate does",
                kind: .refused
            )
        case NATS_SECURE_CONNECTION_WANTED, NATS_SECURE_CONNECTION_REQUIRED:
            return RequestLogFault(
                "the bus at \(places) and this server do not agree on encryption",
                hint: "give nats-server a certificate and name it as tls://…, or neither of both",
                kind: .configuration
            )
        case NATS_PROTOCOL_ERROR, NATS_LINE_TOO_LONG:
            return RequestLogFault(
                "what answers at \(places) is no NATS server",
                hint: "name a NATS server's own port with --cluster; it is 4222 unless that was changed",
                kind: .configuration
            )
        default:
            return RequestLogFault(
                "no NATS server answers at \(places) (\(fault.reason))",
                hint: "start one there (nats-server -js), or name another with --cluster",
                kind: .unreachable
            )
        }
    }

    static func refused(_ fault: BusFault, _ settings: BusSettings) -> RequestLogFault {
        switch jsErrCode(fault.code) {
        case JSNotEnabledErr, JSNotEnabledForAccountErr:
            return noJetStream(settings)
        case JSStreamReplicasNotSupportedErr:
            return RequestLogFault(
                "the bus at \(settings.places) cannot keep \(settings.replicas) copies: it is one server alone",
                hint: "let three NATS servers form a cluster, or say --cluster-replicas 1",
                kind: .configuration
            )
        case JSStreamSubjectOverlapErr, JSStreamNameExistErr: return foreignStream(settings)
        default: break
        }
        if fault.status == NATS_NO_RESPONDERS { return noJetStream(settings) }
        return RequestLogFault(
            "the bus at \(settings.places) does not do what it is asked for: \(fault.reason)",
            hint: "see nats-server's log: it needs JetStream, room on its disk, the right to make streams",
            kind: fault.mayPass ? .unreachable : .configuration
        )
    }

    private static func noJetStream(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the bus at \(settings.places) has no JetStream",
            hint: "start it with nats-server -js -sd FOLDER",
            kind: .configuration
        )
    }

    static func foreignStream(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the bus has a stream \(settings.name) that is not this chat's",
            hint: "choose another name with --cluster-name, the same for all servers of the chat",
            kind: .configuration
        )
    }

    static func addressIsNone(_ address: String) -> RequestLogFault {
        RequestLogFault(
            "\(address.debugDescription) is no address for clients",
            hint: "say --cluster-address HOST:PORT",
            kind: .configuration
        )
    }

    static func differs(own: [String], others: [String], version: String) -> RequestLogFault {
        let difference = zip(own, others).first { $0 != $1 }
        let (mine, theirs) = difference ?? (own.last ?? "nothing", others.last ?? "nothing")
        if ["format ", "unicode "].contains(where: mine.hasPrefix) {
            return RequestLogFault(
                "this server (\(version)) is of \(mine), and the others are of \(theirs)",
                hint: "run one build on all servers; docs/cluster.md says how to change it",
                kind: .configuration
            )
        }
        return RequestLogFault(
            "this server has \(mine), and the others have \(theirs)",
            hint: "start it with \(theirs): all servers of a chat decide alike",
            kind: .configuration
        )
    }

    static func limitsDiffer(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the chat on the bus has other limits than this server (\(settings.version))",
            hint: "update all servers to one version",
            kind: .configuration
        )
    }

    static func snapshotIsMissing(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the log \(settings.name) on the bus does not go back far enough, and there is no whole snapshot",
            hint: "bring back a backup of stream and bucket, or begin anew under another --cluster-name",
            kind: .configuration
        )
    }

    static func logIsOlder(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the log \(settings.name) on the bus is older than its own snapshot: messages of it are lost",
            hint: "bring back a backup of stream and bucket, or begin anew under another --cluster-name",
            kind: .configuration
        )
    }

    static func noAnswer(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the bus at \(settings.places) does not bring what it was given",
            hint:
                "see nats-server's log: most of its servers have to be there, to have room on their disks and to let"
                + " this server publish on \(settings.name).log",
            kind: .unreachable
        )
    }

    static func tooFarBehind(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "this server is too far behind: the log \(settings.name) does not go back to where it was",
            hint: "start it again: it then goes on from the others' snapshot",
            kind: .passing
        )
    }

    static func logWasReplaced(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "the log \(settings.name) on the bus is another one than before",
            hint: "start all servers of the chat again",
            kind: .passing
        )
    }

    static let isForgotten = RequestLogFault(
        "the others have not heard of this server for an hour, and have forgotten it",
        hint: "start it again",
        kind: .passing
    )

    /// Not by itself again: it would take the place of the one that has taken its place.
    static func placeIsTaken(_ address: String) -> RequestLogFault {
        RequestLogFault(
            "another server has taken this one's place at \(address)",
            hint: "give each server an address of its own with --cluster-address, or stop the other one",
            kind: .configuration
        )
    }

    /// NATS servers do not have the same messages, as when a leader died that had shown what it had not shared.
    static func logDiffers(_ settings: BusSettings) -> RequestLogFault {
        RequestLogFault(
            "this server has read other messages in the log \(settings.name) than the other servers",
            hint:
                "start it again; if that is said again, docs/cluster.md says how a NATS server gets a new copy",
            kind: .passing
        )
    }

    static func isNotTaken(_ reason: String) -> RequestLogFault {
        RequestLogFault(
            "the other servers do not let this one take part: it is \(reason)",
            hint: "stop one that is not needed; those that were killed count for an hour",
            kind: .passing
        )
    }

    static let stateDiffers = RequestLogFault(
        "this server does not have the same chat as the others",
        hint: "start it again, and report this: it must not happen",
        kind: .passing
    )

    static let noRandomness = RequestLogFault(
        "this machine has no random numbers",
        hint: "see whether /dev/urandom is there",
        kind: .passing
    )

    static func system(_ error: SystemError) -> RequestLogFault {
        RequestLogFault(
            "the server cannot start: \(error)",
            hint: "see how many threads and descriptors it may have (ulimit -a)",
            kind: .passing
        )
    }
}
#endif
