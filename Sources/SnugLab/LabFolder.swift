// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// A folder with the files that ``LabCertificates`` writes.
package struct LabFolder: Equatable, Sendable {
    /// The folder's path.
    package let path: String

    /// One of the files.
    package enum File: String, CaseIterable, Sendable {
        case authority = "ca.pem"
        case authorityKey = "ca-key.pem"
        case server = "server.pem"
        case serverKey = "server-key.pem"

        /// A certificate, which everybody may read; a key is for its owner alone.
        package var isForEverybody: Bool { self == .authority || self == .server }
    }

    package init(path: String) {
        self.path = path
    }

    /// The folder in which the file at `path` is.
    package init(containing path: String) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        self.path = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    package func path(_ file: File) -> String {
        switch path {
        case ".": file.rawValue
        case _ where path.hasSuffix("/"): path + file.rawValue
        default: "\(path)/\(file.rawValue)"
        }
    }

    /// Something has the name of the file.
    package func has(_ file: File) -> Bool { FilePath.isTaken(path(file)) }
}
