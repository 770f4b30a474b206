// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// A folder with the files that ``LabCertificates`` writes.
struct LabFolder: Equatable, Sendable {
    /// The folder's path.
    let path: String

    /// One of the files.
    enum File: String, CaseIterable, Sendable {
        case authority = "ca.pem"
        case authorityKey = "ca-key.pem"
        case server = "server.pem"
        case serverKey = "server-key.pem"

        /// A certificate, which everybody may read; a key is for its owner alone.
        var isForEverybody: Bool { self == .authority || self == .server }
    }

    init(path: String) {
        self.path = path
    }

    /// The folder in which the file at `path` is.
    init(containing path: String) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        self.path = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    }

    func path(_ file: File) -> String {
        switch path {
        case ".": file.rawValue
        case _ where path.hasSuffix("/"): path + file.rawValue
        default: "\(path)/\(file.rawValue)"
        }
    }

    /// Something has the name of the file.
    func has(_ file: File) -> Bool {
        var status = stat()
        return lstat(path(file), &status) == 0
    }

    /// The command that makes another server certificate by the authority in the folder.
    var renewal: String {
        "\(Self.makeCertificates(in: path)) --renew"
    }

    /// The command that makes everything, in a folder in which nothing is replaced: `wish` if possible.
    static func making(in wish: LabFolder?) -> String {
        let folders = [wish?.path ?? "certs", "certs"] + (2...99).map { "certs-\($0)" }
        let free = folders.first { folder in !File.allCases.contains { LabFolder(path: folder).has($0) } }
        return makeCertificates(in: free ?? "new-certs")
    }

    private static func makeCertificates(in folder: String) -> String {
        "\(CallableProgram.command("snug-server")) make-certs --out \(ShellWord.quoted(folder))"
    }
}
