// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What the system says about a call that failed (errno(3)).
enum ErrorNumber {
    static func words(_ code: Int32) -> String { String(cString: strerror(code)) }

    static func hint(_ code: Int32, path: String) -> String {
        switch code {
        case ENOENT: "make the folder that \(path) is to be in, or check the path for typing errors"
        case EACCES, EPERM, EROFS:
            "give the user that runs this (uid \(userID)) the right to read and write \(path) and its folder"
        case ENOTDIR: "check the path: a part of \(path) is no folder"
        case EMFILE, ENFILE:
            "raise the limit of open files: ulimit -n, or LimitNOFILE= for a service of systemd"
        default: "check the path, and the disk that it is on"
        }
    }

    /// The user that this process acts as.
    static var userID: UInt32 { geteuid() }
}
