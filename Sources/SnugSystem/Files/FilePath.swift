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

    /// The same, but true where this user cannot see it: what cannot be reached is not the same as nothing.
    package static func mayExist(_ path: String) -> Bool {
        isTaken(path) || ![ENOENT, ENOTDIR].contains(errno)
    }

    /// The path from the root to what exists at `path`, without links (realpath(3)); `path` itself where nothing does.
    package static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The folder of what is at `path`, as the path has it.
    static func folder(of path: String) -> String {
        let slash = UInt8(ascii: "/")
        let end = path.utf8.lastIndex { $0 != slash } ?? path.utf8.startIndex
        let parent = path.utf8[..<end].lastIndex(of: slash).map { String(Substring(path.utf8[...$0])) }
        return parent ?? "."
    }

    /// Makes those folders above a file that are missing, for their owner alone.
    package static func makeFolders(above path: String) throws(SystemError) {
        let slash = UInt8(ascii: "/")
        for end in path.utf8.indices where path.utf8[end] == slash && end > path.utf8.startIndex {
            let folder = String(path[..<end])
            guard mkdir(folder, 0o700) != 0, errno != EEXIST else { continue }
            throw SystemError(code: errno, call: "mkdir")
        }
    }
}
