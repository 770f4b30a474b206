// SPDX-License-Identifier: Apache-2.0

internal import Glibc
internal import SnugSystem

/// How a user can call the programs of this package: by name where the shell finds them, otherwise by their path.
public enum CallableProgram {
    private static let names: Set<Substring> = ["snug", "snug-server", "snug-wire"]

    /// `hint` with each program named such that its line can be copied into a shell.
    public static func naming(in hint: String) -> String {
        hint.split(separator: " ", omittingEmptySubsequences: false)
            .map { names.contains($0) ? command(String($0)) : String($0) }
            .joined(separator: " ")
    }

    /// What to type to start the program called `name`.
    static func command(_ name: String) -> String {
        let searched = variable("PATH").split(separator: ":")
        if searched.contains(where: { isProgram("\($0)/\(name)") }) { return name }
        let path = folder(of: CommandLine.arguments.first) ?? folder(of: ProgramFile.path) ?? "."
        return isProgram("\(path)/\(name)") ? ShellWord.quoted("\(path)/\(name)") : name
    }

    /// The folder of a path; nil for a name alone.
    private static func folder(of path: String?) -> Substring? {
        guard let path, let slash = path.lastIndex(of: "/") else { return nil }
        return path[..<slash]
    }

    private static func isProgram(_ path: String) -> Bool { access(path, X_OK) == 0 }

    private static func variable(_ name: String) -> String { getenv(name).map { String(cString: $0) } ?? "" }
}
