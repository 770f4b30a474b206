// SPDX-License-Identifier: Apache-2.0

internal import SnugSystem

/// Where the value of an option comes from, in the order in which one counts before the next.
public enum SettingSource: Equatable, Sendable {
    /// The command line.
    case argument

    /// The variable of this name.
    case variable(String)

    /// A line of the user's configuration file.
    case file(path: String, line: Int)

    /// Where the value of `option` comes from in this process; nil if nobody gave one.
    public static func of(_ option: String) -> SettingSource? { found.withLock { $0[option] } }

    /// What to call the option by for whoever gave its value: `--port`, `SNUG_PORT`, or the line of a file.
    static func label(of option: String) -> String { of(option)?.label(of: option) ?? "--\(option)" }

    /// The same for a source that is known.
    public func label(of option: String) -> String {
        switch self {
        case .argument: "--\(option)"
        case .file(let path, let line): "\(path):\(line)"
        case .variable(let name): name
        }
    }

    static func note(_ source: SettingSource, of option: String) { found.withLock { $0[option] = source } }

    /// Written before the command runs.
    private static let found = Lock<[String: SettingSource]>([:])
}
