// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import SnugSystem

/// A folder of one test's own, which goes with it.
public final class TemporaryFolder {
    public let path: String

    public init() throws {
        var template = Array("/tmp/snug-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        // A folder left in /tmp fails nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    public func path(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    public func write(_ bytes: [UInt8], to name: String, mode: UInt32) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        guard chmod(path(name), mode) == 0 else { throw POSIXError(.EPERM) }
        return path(name)
    }

    public func content(of name: String) throws -> [UInt8] {
        let number = open(path(name), O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        let file = OwnedDescriptor(owning: number)
        var content: [UInt8] = []
        while case let more = try Polling.read(file.number, atMost: 65_536), !more.isEmpty { content += more }
        return content
    }

    /// The permission bits of the entry itself, not of what it links to.
    public func mode(of name: String) throws -> UInt32 {
        var status = stat()
        guard lstat(path(name), &status) == 0 else { throw POSIXError(.ENOENT) }
        return status.st_mode & 0o7777
    }

    /// All entries of a folder in it, hidden ones too, in alphabetical order.
    public func entries(of name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.path(name)).sorted()
    }

    /// All entries, hidden ones too, in alphabetical order.
    public func entries() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}
