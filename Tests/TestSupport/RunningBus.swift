// SPDX-License-Identifier: Apache-2.0
#if Cluster

import Glibc
import SnugSystem

/// A real nats-server, or three that are one cluster, on ports of the kernel's choice.
public final class RunningBus {
    let folder: TemporaryFolder
    public private(set) var servers: [ChildProcess] = []
    private let ports: [ReservedPort]
    private let routes: [ReservedPort]
    private let extra: String

    /// - Parameter extra: more lines for each server's configuration.
    public init(
        servers count: Int = 1,
        jetStream: Bool = true,
        jetStreamLimits: String = "",
        _ extra: String = ""
    ) throws {
        folder = try TemporaryFolder()
        ports = try (0..<count).map { _ in try ReservedPort() }
        routes = try (0..<count).map { _ in try ReservedPort() }
        self.extra = extra
        for index in 0..<count { try write(index, jetStream ? jetStreamLimits : nil) }
        for index in 0..<count { servers.append(try start(index)) }
        for index in 0..<count { try waitUntilItListens(index) }
    }

    deinit { for server in servers { server.signal(SIGKILL) } }

    private func write(_ index: Int, _ limits: String?) throws {
        var text = """
            server_name: n\(index)
            listen: 127.0.0.1:\(ports[index].number)
            \(extra)

            """
        if let limits { text += "jetstream { store_dir: \"\(folder.path("store\(index)"))\", \(limits) }\n" }
        if ports.count > 1 {
            let others = routes.map { "nats://127.0.0.1:\($0.number)" }.joined(separator: ", ")
            text += """
                cluster { name: c, listen: "127.0.0.1:\(routes[index].number)", routes: [\(others)] }

                """
        }
        try folder.write(Array(text.utf8), to: "\(index).conf", mode: 0o600)
    }

    private func start(_ index: Int) throws -> ChildProcess {
        try ChildProcess(
            "/usr/sbin/nats-server",
            ["-c", folder.path("\(index).conf"), "-l", folder.path("\(index).log")]
        )
    }

    private func waitUntilItListens(_ index: Int) throws {
        let address = try SocketAddress.resolve(host: "127.0.0.1", port: ports[index].number)[0]
        try eventually("nats-server listens") {
            (try? OwnedDescriptor.connect(to: [address], timeout: .seconds(5))) != nil
        }
    }

    /// Kills a server as a power cut would.
    public func kill(_ index: Int = 0) throws {
        servers[index].signal(SIGKILL)
        _ = try servers[index].waitForExit()
    }

    public func restart(_ index: Int = 0) throws {
        servers[index] = try start(index)
        try waitUntilItListens(index)
    }

    /// Where the server of that number is.
    public func port(_ index: Int = 0) -> UInt16 { ports[index].number }

    /// How many servers there are.
    public var count: Int { ports.count }
}
#endif
