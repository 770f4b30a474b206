// SPDX-License-Identifier: Apache-2.0

public import SnugSystem

/// Why a server cannot start.
public enum ServerStartError: Error, Equatable, Sendable {
    case addressInUse(SocketAddress, ListenerKind, by: PortHolder?)
    case addressMissing(SocketAddress)
    case cannotListen(SocketAddress, SystemError)
    case forbidden(SocketAddress, ListenerKind)
    case plainNotOnLoopback(SocketAddress)
    case portGivenTwice(UInt16)
    case system(SystemError)

    /// Says what it means that `address` could not be bound.
    init(_ error: SystemError, at address: SocketAddress, _ kind: ListenerKind) {
        if error.isAddressInUse {
            self = .addressInUse(address, kind, by: PortHolder.ofPort(in: address))
        } else if error.isMissingAddress {
            self = .addressMissing(address)
        } else if error.isNotPermitted {
            self = .forbidden(address, kind)
        } else if error.isShortage {
            self = .system(error)
        } else {
            self = .cannotListen(address, error)
        }
    }
}

extension ServerStartError: CustomStringConvertible {
    /// One lower-case sentence without a full stop.
    public var description: String {
        switch self {
        case .addressInUse(let address, _, by: nil): "another program already listens on \(address)"
        case .addressInUse(let address, _, by: let holder?):
            "another program already listens on \(address): \(holder)"
        case .addressMissing(let address):
            "cannot listen on \(address): this machine does not have that address"
        case .cannotListen(let address, let error): "cannot listen on \(address): \(error)"
        case .forbidden(let address, _) where Self.needsRight(address):
            "cannot listen on \(address): ports below \(ListeningRights.firstFreePort) need a right"
        case .forbidden(let address, _):
            "cannot listen on \(address): a security policy of this machine forbids it"
        case .plainNotOnLoopback(let address):
            "the plain port is for loopback addresses only, and \(address) is none"
        case .portGivenTwice(let port): "\(port) cannot be both the encrypted port and the plain one"
        case .system(let error): "cannot start: \(error)"
        }
    }

    /// What to do about it.
    public var hint: String {
        switch self {
        case .addressInUse(_, let port, let holder):
            (holder?.processID.map { "stop it with: kill \($0); or" } ?? "stop it, or")
                + " choose another port with \(port.option); 0 takes a free one"
        case .addressMissing:
            "choose one of this machine with --host: "
                + SocketAddress.ofThisMachine.joined(separator: ", ") + ", or '*' for all"
        case .cannotListen: "choose another address of this machine with --host"
        case .forbidden(let address, let port) where Self.needsRight(address):
            "choose \(ListeningRights.firstFreePort) or above with \(port.option), or give this program the right: "
                + "sudo setcap cap_net_bind_service=+ep \(ProgramFile.path)"
        case .forbidden(_, let port):
            "choose another port with \(port.option), or allow this one where the policy is set (SELinux, AppArmor, "
                + "systemd)"
        case .plainNotOnLoopback: "leave --plain-port out: unencrypted chat must not leave this machine"
        case .portGivenTwice: "choose another port with --plain-port; 0 takes a free one"
        case .system(let error): error.shortageHint
        }
    }

    private static func needsRight(_ address: SocketAddress) -> Bool {
        address.port < ListeningRights.firstFreePort
    }
}
