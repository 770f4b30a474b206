// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import SnugProgram

@Suite struct SettingSourceTests {
    @Test(arguments: [
        (SettingSource.argument, "--port"), (.variable("SNUG_PORT"), "SNUG_PORT"),
        (.file(path: "/h/.config/snug/config", line: 7), "/h/.config/snug/config:7"),
    ])
    func whoeverGaveAValueKnowsItByItsLabel(source: SettingSource, label: String) {
        #expect(source.label(of: "port") == label)
        // Options of this process's own: this test's.
        let option = "test-\(label)"
        #expect(SettingSource.of(option) == nil)
        #expect(SettingSource.label(of: option) == "--\(option)")
        SettingSource.note(source, of: option)
        #expect(SettingSource.of(option) == source)
        #expect(SettingSource.label(of: option) == source.label(of: option))
    }

    @Test func theLastSourceThatIsNotedCounts() {
        SettingSource.note(.variable("A"), of: "test-last")
        SettingSource.note(.argument, of: "test-last")
        #expect(SettingSource.of("test-last") == .argument)
    }
}
