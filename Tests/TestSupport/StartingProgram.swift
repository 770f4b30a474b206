// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A program between its start and its replacement (execve(2)): what this process has open is open there as well.
package final class StartingProgram {
    private let descriptors: [Int32]

    /// Has what this process has open of the file at `path`.
    package init(sharing path: String) throws {
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
            name in
            let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(name)")
            return target == path ? Int32(name).map { fcntl($0, F_DUPFD_CLOEXEC, 0) } : nil
        }
    }

    package var sharesSomething: Bool { !descriptors.isEmpty }

    deinit { for descriptor in descriptors { close(descriptor) } }
}
