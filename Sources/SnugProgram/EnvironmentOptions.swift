// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// `SNUG_IDLE_TIMEOUT=60` stands for `--idle-timeout 60`.
///
/// Empty counts as unset. What means nothing is refused, because a mistyped limit would be none.
public enum EnvironmentOptions {
    /// The options of `snug` that a variable, or a line of the configuration file, can stand for.
    ///
    /// Not `--control`: a variable that is set for `snug-server ctl` leads nobody past the network.
    public static let client = [
        "host", "port", "name", "ca", "pin", "identity", "pad", "room", "time", "bell", "level",
    ]

    /// Those of its flags that can be given in the same way, as `yes` or `no`.
    ///
    /// Not `--plain`: nobody talks without encryption who has not typed it.
    public static let clientSwitches = ["system-trust", "no-identity", "plain-output"]

    /// Those of its commands for programs, which only variables can stand for.
    static let tasks = ["timeout", "since", "epoch"]

    /// Those of `snug-server run`.
    public static let server =
        [
            "host", "port", "cert", "key", "plain-port", "tls", "pad", "loops", "idle-timeout",
            "auth-timeout",
            "max-members", "max-rooms", "history", "history-lines", "history-hours", "max-per-address",
            "rate",
            "room-rate", "backlog", "operators", "control", "metrics", "proxy-from", "watch-pause",
            "log-format",
            "log-level", "insecure-keylog",
        ] + cluster

    /// Those of a server that shares its chat with others.
    #if Cluster
    private static let cluster = [
        "cluster", "cluster-name", "cluster-replicas", "cluster-credentials", "cluster-ca", "cluster-address",
        "cluster-snapshot",
    ]
    #else
    private static let cluster: [String] = []
    #endif

    /// Those of its flags that can be given in the same way, as `yes` or `no`.
    public static let serverSwitches = ["no-sandbox", "watch"]

    /// Those of `snug-wire`.
    public static let wire = ["level", "out", "script"]

    /// What the scripts of this project hand to each other, and so to the programs that they start.
    static let scripts = [
        "before-programs", "configuration", "fuzz-after", "fuzz-kept", "fuzz-seeds", "fuzz-target",
        "programs", "renewals", "soak-log", "timing", "torture",
    ]

    /// A line for people about the variables that are Kubernetes' and not ours; nil if there are none.
    ///
    /// It tells each container of all services in its namespace: of one called `snug` as `SNUG_SERVICE_HOST`,
    /// `SNUG_PORT=tcp://10.0.0.7:9443`, `SNUG_PORT_9443_TCP_ADDR` and so on.
    public static var leftAside: String? {
        let names = set.filter { isFromKubernetes($0.name, $0.value) }.map(\.name)
        guard let first = names.first else { return nil }
        let others = names.count - 1
        return
            (others == 0
            ? "\(first) is" : "\(first) and \(others) more SNUG_ variable\(others == 1 ? "" : "s") are")
            + " left aside: Kubernetes sets such for a service of this name"
    }

    /// The options among `options` that variables give, each with its variable and its value.
    static func given(_ options: [String]) throws(Failure) -> [(
        option: String, variable: String, value: String
    )] {
        let names = Dictionary(options.map { (variable(for: $0), $0) }) { first, _ in first }
        let documented = Set(
            (client + clientSwitches + tasks + server + serverSwitches + wire).map(variable(for:))
        )
        let others = documented.union(scripts.map(variable(for:)))
        var given: [(option: String, variable: String, value: String)] = []
        for (name, value) in set where !isFromKubernetes(name, value) {
            if let option = names[name] {
                given.append((option, name, value))
            } else if !others.contains(name) {
                throw unknown(name, among: documented.sorted())
            }
        }
        return given
    }

    private static func unknown(_ name: String, among names: [String]) -> Failure {
        Failure(
            "no program of Snug reads a variable \(name)",
            hint: "the nearest one is \(NearestWord.to(name, among: names) ?? "none"); if that is not meant, "
                + "unset \(name) (most flags have no variables)",
            code: .usage
        )
    }

    /// All that are set to something, in alphabetical order.
    private static var set: [(name: String, value: String)] {
        environmentVariables(beginningWith: "SNUG_").filter { !$0.value.isEmpty }
    }

    private static func variable(for option: String) -> String {
        "SNUG_" + String(option.uppercased().map { $0 == "-" ? "_" : $0 })
    }

    /// Of services called `snug` or `snug-…` (kubernetes.io, "Discovering services").
    private static func isFromKubernetes(_ name: String, _ value: String) -> Bool {
        name.wholeMatch(of: /SNUG(_\w+)?_SERVICE_(HOST|PORT(_\w+)?)/) != nil
            || name.wholeMatch(of: /SNUG(_\w+)?_PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?/) != nil
            || name.hasSuffix("_PORT") && value.prefixMatch(of: /(tcp|udp|sctp):\/\//) != nil
    }
}
