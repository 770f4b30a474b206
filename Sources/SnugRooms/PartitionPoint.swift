// SPDX-License-Identifier: Apache-2.0

extension Array {
    /// The first index from which on `isBehind` is true of every element: a binary search.
    ///
    /// It must be false of all elements before that one.
    package func partitionPoint(_ isBehind: (Element) -> Bool) -> Int {
        var low = 0
        var high = count
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
