// SPDX-License-Identifier: Apache-2.0

import Glibc
import TestSupport
import Testing

/// A library in a program that leaves a file behind if the program runs the destructors of its libraries at its end.
final class ExitWitness {
    /// This machine can build the library.
    static let isPossible =
        access(compiler, X_OK) == 0 && dlsym(nil, "__tsan_init") == nil && dlsym(nil, "__asan_init") == nil

    static let whyNot: Comment = "needs a C compiler, and no sanitizer, which wants to be preloaded itself"

    private static let compiler = "/usr/bin/cc"
    private static let source = """
        #include <fcntl.h>
        #include <stdlib.h>
        #include <unistd.h>
        __attribute__((destructor)) static void leave_word(void) {
            const char *path = getenv("EXIT_WITNESS");
            if (path) close(open(path, O_CREAT | O_WRONLY, 0600));
        }
        """
    private let folder: TemporaryFolder

    struct NotBuilt: Error {}

    init() throws {
        folder = try TemporaryFolder()
        let source = try folder.write(Array(Self.source.utf8), to: "witness.c", mode: 0o600)
        let library = folder.path("witness.so")
        let build = try ChildProcess(Self.compiler, ["-shared", "-fPIC", "-o", library, source])
        guard try build.finish() == 0 else { throw NotBuilt() }
    }

    /// For the program that is watched.
    var environment: [String: String] {
        ["LD_PRELOAD": folder.path("witness.so"), "EXIT_WITNESS": folder.path("seen")]
    }

    var hasSeenHandlers: Bool { access(folder.path("seen"), F_OK) == 0 }
}
