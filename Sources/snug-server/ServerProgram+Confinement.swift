// SPDX-License-Identifier: Apache-2.0

internal import SnugServer
internal import SnugSystem

extension ServerProgram {
    /// Gives up for good what a server that has bound its sockets and read its files does not need any more.
    ///
    /// - Returns: what to say of it in the log.
    func confine(_ configuration: ServerConfiguration) -> [ServerEvent] {
        guard !options.noSandbox else { return [.unconfined] }
        let outcome = confinement(of: configuration).apply()
        return [outcome.sentence.map { .confined($0) }, outcome.lack.map { .confinementLacks($0) }]
            .compactMap(\.self)
    }

    /// What it goes on needing.
    private func confinement(of configuration: ServerConfiguration) -> Confinement {
        var confinement = Confinement()
        for path in filesToReadAgain { confinement.mayRead(again: path) }
        if let history = options.history { confinement.mayKeep(history) }
        if let control = options.control { confinement.mayRemove(control) }
        if case .unix(let path) = configuration.metrics { confinement.mayRemove(path) }
        #if Cluster
        options.cluster.needs(of: &confinement)
        #endif
        if let keyLog = options.insecureKeylog {
            confinement.mayWrite(to: keyLog)
            if options.check { confinement.mayRemove(keyLog) }
        }
        return confinement
    }
}
