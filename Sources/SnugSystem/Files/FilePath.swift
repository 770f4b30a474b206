// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// What is at a path, without opening it.
package enum FilePath {
    /// Whether anything has that path, if only a link that leads nowhere (lstat(2)); false where this user cannot see it.
    package static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
