// SPDX-License-Identifier: Apache-2.0

import SnugServer
import Testing

/// What follows from a server's limits.
@Suite struct ServerConfigurationTests {
    /// The program asks the kernel for so many at its start; too few, and there would be no door for the last who come.
    @Test func aFullHouseHasADescriptorForEveryoneThreeForEachLoopAndSomeForTheControlSocket() {
        var configuration = ServerConfiguration(tlsAddresses: [])
        configuration.limits.members = 1_000
        configuration.limits.strangers = 100
        configuration.loops = 1
        let least = configuration.descriptorsOfAFullHouse
        #expect(least >= 1_000 + 100 + 3)
        configuration.loops = 5
        #expect(configuration.descriptorsOfAFullHouse == least + 4 * 3)
        configuration.limits.members += 7
        configuration.limits.strangers += 9
        #expect(configuration.descriptorsOfAFullHouse == least + 4 * 3 + 7 + 9)
        configuration.controlPath = "control"
        #expect(configuration.descriptorsOfAFullHouse > least + 4 * 3 + 7 + 9)
    }
}
