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

    func validate() throws {
        guard BusSettings.isFit(name: clusterName) else {
            throw ValidationError("--cluster-name takes 1 to 64 letters, figures, - and _.")
        }
        guard [1, 3, 5].contains(clusterReplicas) else {
            throw ValidationError("--cluster-replicas takes 1, 3 or 5.")
        }
    }

    /// Connects to the bus, if there is to be one, and has the server share its chat by it.
    func join(_ configuration: inout ServerConfiguration) throws(Failure) {
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
        settings.version = programVersion
        let agreed = [
            "--max-members \(configuration.limits.members)", "--max-rooms \(configuration.limits.rooms)",
            "--history-lines \(configuration.history.retention.lines)",
            "--history-hours \(configuration.history.retention.hours)",
        ]
        do throws(RequestLogFault) {
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
struct BusURLs: ExpressibleByArgument {
    let urls: [BusURL]

    init?(argument: String) {
        let texts = argument.split(separator: ",", omittingEmptySubsequences: false)
        urls = texts.compactMap { BusURL(String($0)) }
        guard urls.count == texts.count, !urls.isEmpty else { return nil }
    }
}
#endif
