// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Lets `SNUG_IDLE_TIMEOUT=60` stand for `--idle-timeout 60`.
public enum EnvironmentOptions {
    /// The arguments with those options put in front that a variable gives and the command line does not.
    ///
    /// In front, so that the parser treats both alike: a bad value is the same error from either place.
    ///
    /// - Parameter subcommand: if the arguments begin with it, the options go behind it.
    public static func merged(into arguments: [String], options: [String], subcommand: String? = nil)
        -> [String]
    {
        let added = options.flatMap { option -> [String] in
            let variable = "SNUG_" + option.uppercased().replacingDashes
            let isGiven = arguments.contains { $0 == "--\(option)" || $0.hasPrefix("--\(option)=") }
            guard !isGiven, let value = getenv(variable) else { return [] }
            return ["--\(option)=\(String(cString: value))"]
        }
        if let subcommand, arguments.first == subcommand {
            return [subcommand] + added + arguments.dropFirst()
        }
        return added + arguments
    }
}

extension String {
    fileprivate var replacingDashes: String { String(map { $0 == "-" ? "_" : $0 }) }
}
