// SPDX-License-Identifier: Apache-2.0

/// What a process goes on needing once it has begun; it gives up everything else for good.
///
/// Whoever takes the process over later, by a fault in it or in one of its libraries, is held to the same.
package struct Confinement: Equatable, Sendable {
    private var reading: Set<String> = []
    private var keeping: Set<String> = []
    private var writing: Set<String> = []
    private var removing: Set<String> = []
    private var ports: Set<UInt16> = []

    /// Whether this process can open no other files any more than those it was told of.
    static var holdsForFiles: Bool { isInForce.withLock { $0 } }

    private static let isInForce = Lock(false)

    /// Needs no file of its own.
    package init() {}

    /// The file at `path` is read again later, and so is another one that gets its name.
    ///
    /// A rule for the file alone would end with it, because a new one comes by rename(2): so its folder may be read, and
    /// where it is a symbolic link, the folder of what that leads to now.
    package mutating func mayRead(again path: String) { reading.formUnion(Self.folders(of: path)) }

    /// The file at `path` is kept, with others that have to do with it, in its folder.
    package mutating func mayKeep(_ path: String) { keeping.formUnion(Self.folders(of: path)) }

    /// The file at `path`, which is there, is opened and written to.
    package mutating func mayWrite(to path: String) { writing.insert(path) }

    /// What is at `path` is taken away at the end.
    package mutating func mayRemove(_ path: String) { removing.formUnion(Self.folders(of: path)) }

    /// TCP connections are opened to these ports of hosts that have names, encrypted or not, at any time.
    package mutating func mayConnect(to ports: Set<UInt16>) {
        self.ports.formUnion(ports)
        // What names are looked up in: whoever gets another address puts another file there.
        mayRead(again: "/etc/resolv.conf")
    }

    /// Gives up all other files, and new sockets, programs, processes and executable memory.
    ///
    /// To be called before other threads start: they inherit it, and one that is there already keeps its files. Groups
    /// whose members nobody has asked for by now stay unknown, because the lists of users cannot be read any more.
    ///
    /// - Returns: what holds from now on.
    package func apply() -> Outcome {
        GroupMembers.keepToThoseKnown()
        ProcessHardening.forbidNewPrivileges()
        var outcome = Outcome(reading: reading.sorted(), keeping: keeping.sorted(), ports: ports.sorted())
        do throws(SystemError) {
            let rules = try FileRules()
            allowAll(by: rules)
            let version = rules.version
            try rules.apply()
            outcome.landlockVersion = version
            Self.isInForce.withLock { $0 = true }
        } catch { outcome.lacking.append("its files, because this kernel has no Landlock (\(error.reason))") }
        do throws(SystemError) {
            try SystemCallFilter(opensConnections: !ports.isEmpty).apply()
            outcome.hasFilter = true
        } catch {
            outcome.lacking.append("its system calls, because this kernel has no seccomp (\(error.reason))")
        }
        return outcome
    }

    private func allowAll(by rules: borrowing FileRules) {
        for path in reading.union(Self.ofLibraries).union([Self.terminal]) { rules.allow(.reading, at: path) }
        if !ports.isEmpty {
            for path in Self.ofConnecting { rules.allow(.reading, at: FilePath.absolute(path)) }
        }
        for path in keeping { rules.allow(.keeping, at: path) }
        for path in writing { rules.allow(.write, at: path) }
        for path in removing { rules.allow(.remove, at: path) }
        for port in ports { rules.allowConnecting(to: port) }
    }

    /// What is no secret, and is read by the C library (processors, time zone), SQLite (random numbers, who holds a lock)
    /// and GnuTLS (the machine's policy).
    private static let ofLibraries: Set<String> = [
        "/dev/urandom", "/etc/gnutls", "/etc/localtime", "/proc/locks", "/sys/devices/system/cpu/online",
    ]

    /// Whom certificates are checked against, beside what is in /etc.
    private static let ofConnecting: Set<String> = ["/usr/lib/ssl", "/usr/share/ca-certificates"]

    /// Opened at a hang-up, to learn whether the terminal is gone.
    private static let terminal = "/dev/tty"

    /// The folder that `path` names and the one where what it leads to is, if that is another one.
    private static func folders(of path: String) -> Set<String> {
        let folders = [path, FilePath.absolute(path)].map(FilePath.folder)
        return Set(folders.map(FilePath.absolute))
    }

    /// What holds from now on.
    package struct Outcome: Equatable, Sendable {
        /// Where it may still read, and where it may read and write.
        let reading: [String]
        let keeping: [String]
        /// To where it may open connections.
        var ports: [UInt16] = []

        /// Nil if its files are not confined.
        package internal(set) var landlockVersion: Int32?

        /// Whether its system calls are.
        package internal(set) var hasFilter = false

        var lacking: [String] = []

        /// What the process can do no more, in a sentence; nil if nothing holds.
        package var sentence: String? {
            guard landlockVersion != nil || hasFilter else { return nil }
            let means = [landlockVersion.map { "Landlock \($0)" }, hasFilter ? "seccomp" : nil].compactMap(
                \.self
            )
            return "confined by \(means.joined(separator: " and ")): "
                + [files, calls].compactMap(\.self).joined(separator: "; ")
        }

        /// What it still can do and should not; nil if that is nothing.
        package var lack: String? {
            lacking.isEmpty ? nil : "the server is not confined in \(lacking.joined(separator: ", nor in "))"
        }

        private var files: String? {
            guard landlockVersion != nil else { return nil }
            let places =
                [Self.phrase("reads only in", reading), Self.phrase("reads and writes only in", keeping)]
                .compactMap(\.self)
            return places.isEmpty ? "opens no file" : places.joined(separator: ", ")
        }

        private var calls: String? {
            hasFilter ? "runs no program, \(connections), looks into no process" : nil
        }

        private var connections: String {
            guard !ports.isEmpty else { return "opens no connection" }
            guard let landlockVersion, landlockVersion >= 4 else {
                return "opens connections and accepts no others"
            }
            return "opens connections only to port \(ports.map(String.init).joined(separator: ", "))"
        }

        private static func phrase(_ what: String, _ folders: [String]) -> String? {
            folders.isEmpty ? nil : "\(what) \(folders.joined(separator: ", "))"
        }
    }
}
