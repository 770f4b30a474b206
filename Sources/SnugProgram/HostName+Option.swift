// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem
public import SnugTransport

extension HostName {
    /// Reads what `--host` was given.
    public init(option written: String) throws(Failure) {
        do throws(HostNameError) {
            try self.init(written)
        } catch {
            throw Failure(
                error.sentence.replacing("--host", with: SettingSource.label(of: "host")),
                hint: error.hint,
                code: .usage
            )
        }
    }
}

extension HostNameError {
    /// What is wrong with what `--host` was given.
    fileprivate var sentence: String {
        switch self {
        case .empty: "--host is empty"
        case .interfaceMissing(let address, named: nil):
            "\(address) is there once on each interface, and --host does not say which is meant"
        case .port: "--host takes no port"
        case .url: "--host takes a name or an address, and no URL"
        case .interfaceMissing, .malformed, .needlessInterface: description
        }
    }

    /// What to do about it, one sentence.
    fileprivate var hint: String {
        switch self {
        case .empty, .malformed, .url(nil):
            "give a name or an address with --host, such as chat.example, 192.0.2.7 or ::1, and a port with --port"
        case .interfaceMissing(let address, _): Self.interfaceHint(address)
        case .needlessInterface(let address): "say --host \(address)"
        case .port(let port, let host): "say --host \(host.text) --port \(port)"
        case .url(let authority?):
            "say --host \(authority.host.text)" + (authority.port.map { " --port \($0)" } ?? "")
        }
    }

    private static func interfaceHint(_ address: String) -> String {
        let interfaces = SocketAddress.ofThisMachine.compactMap {
            $0.firstIndex(of: "%").map($0.suffix(from:))
        }
        guard !interfaces.isEmpty else {
            return "give another address with --host: no interface of this machine has one of that kind"
        }
        return "say which interface: " + interfaces.map { "--host \(address)\($0)" }.joined(separator: " or ")
    }
}
