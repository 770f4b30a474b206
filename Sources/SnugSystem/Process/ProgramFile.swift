// SPDX-License-Identifier: Apache-2.0

/// The file of the program that runs here.
public enum ProgramFile {
    /// Its whole path: other programs, such as sudo and setcap, do not look where a shell found it.
    public static var path: String { SystemFile.target(of: "/proc/self/exe") ?? "" }
}
