// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Files that are written under names of no meaning first and then all appear in a folder, or none of them.
///
/// What was not published is removed with its owner.
public struct StagedFiles: ~Copyable {
    private let folder: OwnedDescriptor
    private var files: [(temporary: String, final: String)] = []

    /// Finds out whether files could be written to a folder, for those who work for long before they do.
    ///
    /// Touches nothing: another program may be writing there at this moment.
    ///
    /// - Returns: which of `names` are taken already.
    public static func probe(folder path: String, for names: [String]) throws(SystemError) -> [String] {
        do throws(SystemError) {
            let files = try StagedFiles(existing: path)
            try Syscalls.run("access") { access(path, W_OK | X_OK) }
            return try files.existing(of: names)
        } catch  where error.code == ENOENT && !FilePath.isTaken(path) && !path.isEmpty {
            let parent = FilePath.folder(of: path)
            try Syscalls.run("access") { access(parent, W_OK | X_OK) }
            return []
        }
    }

    /// Writes one file that is not there yet, whole or not at all; its folder is made if it is missing.
    public static func create(_ path: String, isForEverybody: Bool, _ bytes: RawSpan) throws(SystemError) {
        try put(path, isForEverybody: isForEverybody, replacing: false, bytes)
    }

    /// Writes one file for its owner alone, in one step in place of what was there; its folder is made if it is missing.
    public static func replace(_ path: String, _ bytes: RawSpan) throws(SystemError) {
        try put(path, isForEverybody: false, replacing: true, bytes)
    }

    private static func put(
        _ path: String,
        isForEverybody: Bool,
        replacing: Bool,
        _ bytes: RawSpan
    ) throws(SystemError) {
        let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let name = slash.map { String(path[path.utf8.index(after: $0)...]) } ?? path
        guard !["", ".", ".."].contains(name) else {
            throw SystemError(code: EISDIR, call: "open")
        }
        var files = try StagedFiles(folder: FilePath.folder(of: path))
        try files.stage(name, isForEverybody: isForEverybody, bytes)
        try files.publish(replacing: replacing)
    }

    /// Makes the folder if it is missing, for its owner alone; not the folders above it.
    public init(folder path: String) throws(SystemError) {
        do throws(SystemError) {
            try Syscalls.run("mkdir") { mkdir(path, 0o700) }
        } catch  where error.code == EEXIST {
            // It may be a file: open tells.
        }
        try self.init(existing: path)
    }

    private init(existing path: String) throws(SystemError) {
        folder = OwnedDescriptor(
            owning: try Syscalls.run("open") { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        )
    }

    /// Which of `names` are taken in the folder, by a file or by anything else.
    package borrowing func existing(of names: [String]) throws(SystemError) -> [String] {
        let number = folder.number
        var taken: [String] = []
        for name in names {
            do throws(SystemError) {
                var status = stat()
                // The link itself counts: one that leads nowhere is still somebody's.
                try Syscalls.run("fstatat") { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
                taken.append(name)
            } catch  where error.code == ENOENT {
                continue
            }
        }
        return taken
    }

    /// Writes a file that is to be called `name`, down to the disk.
    ///
    /// - Parameter isForEverybody: otherwise nobody but its owner may read it.
    public mutating func stage(
        _ name: String,
        isForEverybody: Bool,
        _ bytes: RawSpan
    ) throws(SystemError) {
        let mode: mode_t = isForEverybody ? 0o644 : 0o600
        let temporary = ".\(name).\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let folder = folder.number
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
        let file = OwnedDescriptor(
            owning: try Syscalls.run("open") { openat(folder, temporary, flags, mode) }
        )
        files.append((temporary, name))
        let number = file.number
        try bytes.withUnsafeBytes { (bytes) throws(SystemError) in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                rest = rest.dropFirst(
                    try Syscalls.run("write") { write(number, part.baseAddress, part.count) }
                )
            }
        }
        try Syscalls.run("fsync") { fsync(number) }
    }

    /// Gives those of `names` that are there a second name, under which they stay when the first one is taken.
    ///
    /// - Returns: the second names, such as `ca.old-1.pem`, in the same order.
    package func keep(_ names: [String]) throws(SystemError) -> [String] {
        guard !names.isEmpty else { return [] }
        for name in names { try refuseFolder(at: name) }
        let number = folder.number
        var count = 1
        var kept = names.map { Self.oldName($0, count) }
        while try !existing(of: kept).isEmpty {
            count += 1
            kept = names.map { Self.oldName($0, count) }
        }
        for (name, old) in zip(names, kept) {
            try Syscalls.run("link") { linkat(number, name, number, old, 0) }
        }
        return kept
    }

    private static func oldName(_ name: String, _ count: Int) -> String {
        let dot = name.lastIndex(of: ".") ?? name.endIndex
        return name[..<dot] + ".old-\(count)" + name[dot...]
    }

    /// Gives all files their names.
    ///
    /// - Parameter replacing: files of the same names are replaced, each in one step; nobody ever finds half a file.
    ///   Otherwise a name that someone took in the meantime is an error, and no file appears.
    public mutating func publish(replacing: Bool) throws(SystemError) {
        if replacing {
            try replaceAll()
        } else {
            try addAll()
        }
        let folder = folder.number
        do throws(SystemError) {
            try Syscalls.run("fsync") { fsync(folder) }
        } catch  where error.code == EINVAL {
            // This file system cannot write a folder down (fsync(2)); the files are there all the same.
        }
    }

    private borrowing func addAll() throws(SystemError) {
        let folder = folder.number
        var added: [String] = []
        do throws(SystemError) {
            for file in files {
                // Unlike rename, link never replaces anything (link(2)).
                try Syscalls.run("link") { linkat(folder, file.temporary, folder, file.final, 0) }
                added.append(file.final)
            }
        } catch {
            for name in added { unlinkat(folder, name, 0) }
            throw error
        }
    }

    private mutating func replaceAll() throws(SystemError) {
        let number = folder.number
        // A folder in the way is what could stop a rename half-way through.
        for file in files { try refuseFolder(at: file.final) }
        while let file = files.first {
            try Syscalls.run("rename") { renameat(number, file.temporary, number, file.final) }
            files.removeFirst()
        }
    }

    private borrowing func refuseFolder(at name: String) throws(SystemError) {
        let number = folder.number
        var status = stat()
        do throws(SystemError) {
            try Syscalls.run("fstatat") { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
        } catch  where error.code == ENOENT {
            return
        }
        if status.st_mode & S_IFMT == S_IFDIR { throw SystemError(code: EISDIR, call: "rename") }
    }

    deinit {
        // Best effort: an orphan is as private as what it was to become.
        for file in files { unlinkat(folder.number, file.temporary, 0) }
    }
}
