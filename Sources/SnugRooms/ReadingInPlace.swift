// SPDX-License-Identifier: Apache-2.0

extension Dictionary {
    /// What `body` makes of a value, which is not copied for it; nil if there is none.
    ///
    /// A copy counts every list and text in the value up and down: too much for what is done for each line.
    mutating func reading<Result>(_ key: Key, _ body: (inout Value) -> Result) -> Result? {
        guard let place = index(forKey: key) else { return nil }
        return body(&values[place])
    }
}
