// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// The variables of this process whose names begin with `prefix`, in alphabetical order.
///
/// Of several with one name it is the first that counts, as with getenv(3). Values of others, which may be secrets, are
/// not copied. To be called before other threads start.
public func environmentVariables(beginningWith prefix: String) -> [(name: String, value: String)] {
    var values: [String: String] = [:]
    var entry = process_environment()
    while let text = entry?.pointee {
        entry = entry?.successor()
        guard strncmp(text, prefix, prefix.utf8.count) == 0 else { continue }
        let parts = String(cString: text).split(
            separator: "=",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        guard parts.count == 2, values[String(parts[0])] == nil else { continue }
        values[String(parts[0])] = String(parts[1])
    }
    return values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value) }
}

/// Variables that are meant for this process alone.
enum Environment {
    /// The variable's value, which children do not inherit any more; nil if it is not set.
    ///
    /// To be called before other threads start.
    static func take(_ name: String) -> String? {
        defer { unsetenv(name) }
        return getenv(name).map { String(cString: $0) }
    }
}
