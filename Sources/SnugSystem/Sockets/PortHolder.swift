// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Who has a TCP port of this machine, as far as the kernel shows it to this process (proc(5)).
public struct PortHolder: Equatable, Sendable, CustomStringConvertible {
    /// The process; nil if it is another user's and this one may not see which.
    public let processID: Int32?

    /// What the process calls itself, which is up to it.
    let name: String?

    let user: String

    /// If the process cannot be seen: those of the same user and program as this one, which hide what they have open.
    let suspects: [Int32]

    /// `nginx, process 4711` or `a program of the user www-data`.
    public var description: String {
        if let processID { return "\(name ?? "a program"), process \(processID)" }
        let known = "a program of the user \(user)"
        guard let name, !suspects.isEmpty else { return known }
        let numbers = suspects.map(String.init).joined(separator: " or ")
        return "\(known), perhaps \(name), process \(numbers)"
    }

    /// Who stands in the way of listening on `address`; nil if that cannot be seen.
    public static func ofPort(in address: SocketAddress) -> PortHolder? {
        let sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap(TableRow.all)
            .filter { $0.standsInTheWay(of: address) }
        guard let socket = sockets.first(where: \.listens) ?? sockets.first else { return nil }
        let user = userName(socket.userID)
        let processes = processes()
        if let process = processes.first(where: { $0.holds(socket) }) {
            return PortHolder(processID: process.id, name: process.name, user: user, suspects: [])
        }
        let own = Process(id: getpid()).name
        let suspects = processes.filter { $0.id != getpid() && $0.name == own && $0.userID == socket.userID }
        return PortHolder(processID: nil, name: own, user: user, suspects: suspects.map(\.id))
    }

    private static func userName(_ id: uid_t) -> String {
        guard let name = getpwuid(id)?.pointee.pw_name else { return String(id) }
        return String(cString: name)
    }

    private static func processes() -> [Process] {
        SystemFile.entries(of: "/proc").compactMap { Int32($0) }.map(Process.init)
    }
}

/// A row of the kernel's table of TCP sockets: `12: 0100007F:24E3 00000000:0000 0A … uid … inode`.
private struct TableRow {
    let address: [UInt8]
    let port: UInt16
    let listens: Bool
    let userID: uid_t
    let inode: UInt64

    static func all(in table: String) -> [TableRow] {
        SystemFile.text(of: table).split(separator: "\n").dropFirst().compactMap(TableRow.init)
    }

    private init?(_ line: Substring) {
        let fields = line.split(separator: " ")
        guard fields.count > 9, let colon = fields[1].firstIndex(of: ":"),
            let port = UInt16(fields[1][fields[1].index(after: colon)...], radix: 16),
            let userID = uid_t(fields[7]), let inode = UInt64(fields[9])
        else { return nil }
        address = SocketAddress.unmapped(Self.bytes(fields[1][..<colon]))
        self.port = port
        listens = fields[3] == "0A"
        self.userID = userID
        self.inode = inode
    }

    /// The table has 32 bits at a time, as numbers of this machine.
    private static func bytes(_ hexadecimal: Substring) -> [UInt8] {
        var rest = hexadecimal
        var bytes: [UInt8] = []
        while let word = UInt32(rest.prefix(8), radix: 16) {
            withUnsafeBytes(of: word) { bytes += $0 }
            rest = rest.dropFirst(8)
        }
        return bytes
    }

    func standsInTheWay(of wanted: SocketAddress) -> Bool {
        let isWildcard = address.allSatisfy { $0 == 0 }
        return port == wanted.port && inode != 0
            && (isWildcard || wanted.isWildcard || address == wanted.rawAddress)
    }
}

private struct Process {
    let id: Int32

    var name: String? {
        let name = SystemFile.text(of: "/proc/\(id)/comm").prefix { $0 != "\n" }
        return name.isEmpty ? nil : String(name)
    }

    var userID: uid_t? {
        let line = SystemFile.text(of: "/proc/\(id)/status").split(separator: "\n")
            .first { $0.hasPrefix("Uid:") }
        return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { uid_t($0) }
    }

    func holds(_ socket: TableRow) -> Bool {
        let folder = "/proc/\(id)/fd"
        return SystemFile.entries(of: folder).contains { number in
            SystemFile.target(of: "\(folder)/\(number)") == "socket:[\(socket.inode)]"
        }
    }
}
