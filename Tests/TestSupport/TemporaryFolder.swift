// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import Testing

/// A folder of one test's own, which goes with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("/tmp/snug-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        path = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }

    deinit {
        // A folder left in /tmp fails nobody.
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ bytes: [UInt8], to name: String, mode: mode_t) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        try #require(chmod(path(name), mode) == 0)
        return path(name)
    }

    func content(of name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name))))
    }

    /// The permission bits of the entry itself, not of what it links to.
    func mode(of name: String) throws -> mode_t {
        var status = stat()
        try #require(lstat(path(name), &status) == 0)
        return status.st_mode & 0o7777
    }

    /// All entries, hidden ones too, in alphabetical order.
    func entries() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path).sorted()
    }
}
