// SPDX-License-Identifier: Apache-2.0

internal import SnugHistory
internal import SnugProgram
internal import SnugServer
internal import SnugSystem

extension ServerStartError {
    /// What to do about it.
    var hint: String {
        switch self {
        case .addressInUse(_, let kind, let holder):
            (holder?.processID.map { "stop it with: kill \($0); or" } ?? "stop it, or")
                + " choose another port with \(kind.portOption); 0 takes a free one"
        case .addressMissing:
            "choose one of this machine with --host: "
                + SocketAddress.ofThisMachine.joined(separator: ", ") + ", or '*' for all"
        case .cannotListen: "choose another address of this machine with --host"
        case .control(_, .folder(let folder, .missing)):
            "make that folder, for this user alone: mkdir -m 700 \(ShellWord.quoted(folder))"
        case .control(_, .folder(let folder, let fault)) where fault.isRemovable:
            "take that right away: chmod go-w \(ShellWord.quoted(folder)); or choose another path with --control"
        case .control(_, .inUse): "stop that server, or choose another path with --control"
        case .control: "choose another path with --control, in a folder that only this user can write to"
        case .forbidden(let address, let kind) where Self.needsRight(address):
            "choose \(ListeningRights.firstFreePort) or above with \(kind.portOption), or give this program the right: "
                + "sudo setcap cap_net_bind_service=+ep \(ShellWord.quoted(ProgramFile.path))"
        case .forbidden(_, let kind):
            "choose another port with \(kind.portOption), or allow this one where the policy is set (SELinux, AppArmor, "
                + "systemd)"
        case .history(let error): error.hint
        case .log(let fault): fault.hint
        case .metrics(_, .unix(.folder(let folder, .missing))):
            "make that folder, for this user alone: mkdir -m 700 \(ShellWord.quoted(folder))"
        case .metrics: "choose another address with --metrics, such as 127.0.0.1:9464 or unix:PATH"
        case .plainNotOnLoopback: "leave --plain-port out: unencrypted chat must not leave this machine"
        case .portGivenTwice: "choose another port with --plain-port; 0 takes a free one"
        case .system(let error): error.shortageHint
        }
    }
}

extension Failure {
    /// Why a server cannot take part in an order.
    init(_ fault: RequestLogFault) {
        let code: Code =
            switch fault.kind {
            case .configuration: .badConfiguration
            case .passing: .failure
            case .refused: .refused
            case .unreachable: .unreachable
            }
        self.init(fault.sentence, hint: fault.hint, code: code)
    }
}

extension MetricsAddressError {
    /// What to do about it.
    var hint: String {
        switch self {
        case .malformed: "say --metrics 127.0.0.1:9464, or --metrics unix:PATH"
        case .notLoopback:
            "say --metrics 127.0.0.1:9464, and have a web server that asks for a password pass it on to other machines"
        }
    }
}

extension ListenerKind {
    /// What sets the port.
    fileprivate var portOption: String {
        switch self {
        case .plain: "--plain-port"
        case .tls: "--port"
        }
    }
}

extension FileFault {
    /// Whether it is only that others have a right that can be taken from them.
    fileprivate var isRemovable: Bool {
        switch self {
        case .openToEverybody, .openToUsers: true
        default: false
        }
    }
}
