// SPDX-License-Identifier: Apache-2.0
#if Cluster

import SnugCluster
import TestSupport

extension RunningBus {
    func url(_ index: Int = 0, scheme: String = "nats", user: String = "") -> BusURL {
        guard let url = BusURL("\(scheme)://\(user)127.0.0.1:\(port(index))") else { fatalError("a URL") }
        return url
    }

    /// Settings of a node whose own server is the one of that number.
    func settings(first: Int = 0) -> BusSettings {
        var settings = BusSettings(urls: (0..<count).map { url((first + $0) % count) })
        settings.replicas = count
        return settings
    }
}
#endif
