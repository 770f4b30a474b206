// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import ArgumentParser
internal import SnugCluster
internal import SnugHistory
internal import SnugProgram
internal import SnugServer
internal import SnugSystem

/// What a server is told that shares its chat with others.
struct ClusterOptions: ParsableArguments {
    @Option(
        help: "NATS servers, with commas: nats://HOST:PORT, tls://USER:PASSWORD@HOST:PORT. (default: none)"
    )
    var cluster: BusURLs?

    @Option(help: "What the chat's stream and bucket on the bus are called; the same for all its servers.")
    var clusterName = "snug"

    @Option(help: "On how many NATS servers the first start keeps everything: 1, 3 or 5.")
    var clusterReplicas = 1

    @Option(help: "File with what lets this server in at the bus (nats-server's .creds).")
    var clusterCredentials: String?

    @Option(
        help: "Authorities in PEM that the bus's certificates are checked against. (default: the system's)"
    )
    var clusterCa: String?

    @Option(help: "Where clients find this server when another one is gone, as HOST:PORT.")
    var clusterAddress: String?

    @Option(help: "How many lines and other messages lie between two snapshots at least.")
    var clusterSnapshot: UInt64 = 20_000

    func validate() throws {
        if let cluster, cluster.urls.isEmpty {
            throw ValidationError(
                "--cluster takes nats://HOST:PORT or tls://USER:PASSWORD@HOST:PORT, several with commas."
            )
        }
        guard cluster != nil || [clusterCredentials, clusterCa, clusterAddress].allSatisfy({ $0 == nil })
        else {
            throw ValidationError("--cluster-address, --cluster-ca and --cluster-credentials need --cluster.")
        }
        guard BusSettings.isFit(name: clusterName) else {
            throw ValidationError("--cluster-name takes 1 to 64 letters, figures, - and _.")
        }
        guard [1, 3, 5].contains(clusterReplicas) else {
            throw ValidationError("--cluster-replicas takes 1, 3 or 5.")
        }
        guard (10...10_000_000).contains(clusterSnapshot) else {
            throw ValidationError("--cluster-snapshot takes a number from 10 to 10000000.")
        }
    }

    /// Connects to the bus, if there is to be one, and has the server share its chat by it.
    ///
    /// - Parameter onlyChecks: only sees whether that could be done: the others are not to hear of it.
    func join(_ configuration: inout ServerConfiguration, onlyChecks: Bool) throws(Failure) {
        guard let cluster else { return }
        for file in [clusterCredentials, clusterCa].compactMap(\.self) where !FilePath.isTaken(file) {
            throw Failure(
                "there is no file \(file)",
                hint: "name the file with --cluster-credentials or --cluster-ca as it is",
                code: .badConfiguration
            )
        }
        var settings = BusSettings(urls: cluster.urls)
        settings.name = clusterName
        settings.replicas = clusterReplicas
        settings.credentialsFile = clusterCredentials
        settings.authoritiesFile = clusterCa
        settings.address = clusterAddress
        settings.messagesPerSnapshot = clusterSnapshot
        settings.version = programVersion
        let agreed = [
            "--max-members \(configuration.limits.members)", "--max-rooms \(configuration.limits.rooms)",
            "--history-lines \(configuration.history.retention.lines)",
            "--history-hours \(configuration.history.retention.hours)",
        ]
        do throws(RequestLogFault) {
            guard !onlyChecks else {
                try JetStreamLog.check(settings)
                // Whether a file is of this chat, only who takes part in it knows; a new one would be of none.
                configuration.history.file = nil
                return
            }
            configuration.requestLog = try JetStreamLog(settings, agreed: agreed)
        } catch {
            throw Failure(error)
        }
    }

    /// What the server goes on needing for it once it has begun.
    func needs(of confinement: inout Confinement) {
        guard let cluster else { return }
        confinement.mayConnect(to: Set(cluster.urls.map(\.port)))
        for file in [clusterCredentials, clusterCa].compactMap(\.self) { confinement.mayRead(again: file) }
    }
}

/// What `--cluster` takes.
///
/// Always made, because a value that cannot be is quoted, and it may hold a password.
struct BusURLs: ExpressibleByArgument {
    /// None if one of them is no URL.
    let urls: [BusURL]

    init(argument: String) {
        let texts = argument.split(separator: ",", omittingEmptySubsequences: false)
        let urls = texts.compactMap { BusURL(String($0)) }
        self.urls = urls.count == texts.count ? urls : []
    }
}
#endif
