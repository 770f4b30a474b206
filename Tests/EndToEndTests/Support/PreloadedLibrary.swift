// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport

/// A library of Torture, built for a program that is started with it, and memory that the test and the program share.
final class PreloadedLibrary {
    static let hasCompiler = access(compiler, X_OK) == 0

    static let memoryBytes = 4_096

    /// Zeros at first.
    let memory: UnsafeMutableRawPointer

    /// What the program is to be started with.
    let environment: [String: String]

    private static let compiler = "/usr/bin/cc"
    private let folder: TemporaryFolder

    struct NotBuilt: Error {}

    /// - Parameters:
    ///   - source: its file.
    ///   - variable: where the library finds the path of the memory.
    init(_ source: String, sharing variable: String) throws {
        folder = try TemporaryFolder()
        let tests = #filePath.split(separator: "/").dropLast(2).joined(separator: "/")
        let library = folder.path("library.so")
        let build = try ChildProcess(
            Self.compiler,
            ["-O1", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library, "/\(tests)/Torture/\(source)"]
        )
        guard try build.finish() == 0 else { throw NotBuilt() }
        let zeros = [UInt8](repeating: 0, count: Self.memoryBytes)
        let path = try folder.write(zeros, to: "memory", mode: 0o600)
        let file = open(path, O_RDWR)
        defer { close(file) }
        let memory = mmap(nil, Self.memoryBytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)
        guard let memory, memory != MAP_FAILED else { throw NotBuilt() }
        self.memory = memory
        environment = ["LD_PRELOAD": library, variable: path]
    }

    deinit { munmap(memory, Self.memoryBytes) }
}
