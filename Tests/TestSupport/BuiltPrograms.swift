// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The programs of this package, as they were built together with the tests.
public enum BuiltPrograms {
    public struct NotBuilt: Error {
        public let path: String
    }

    /// Where the program called `name` is: beside the tests themselves, whatever they were built for and where.
    public static func path(of name: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &buffer, buffer.count)
        let tests = String(
            decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) },
            as: UTF8.self
        )
        let path = tests[..<(tests.lastIndex(of: "/") ?? tests.startIndex)] + "/" + name
        guard access(String(path), X_OK) == 0 else { throw NotBuilt(path: String(path)) }
        return String(path)
    }
}
