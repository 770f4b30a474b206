// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Where a user's files of this project are (XDG Base Directory Specification).
public enum UserFolder: CaseIterable, Sendable {
    /// What the user writes: settings.
    case configuration
    /// What must not be lost: keys.
    case data
    /// What is remembered from one start to the next.
    case state

    /// `$XDG_CONFIG_HOME/snug`, without that variable `$HOME/.config/snug`, and so on; nil without either.
    ///
    /// A variable that is no absolute path counts as unset, as the specification says.
    public var path: String? {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        return path(base: variable(variableName), home: variable("HOME"))
    }

    /// The same by the values of the two variables.
    func path(base: String?, home: String?) -> String? {
        func absolute(_ path: String?) -> String? {
            guard var path, path.hasPrefix("/") else { return nil }
            while path.hasSuffix("/") { path.removeLast() }
            return path
        }
        return (absolute(base) ?? absolute(home).map { "\($0)/\(placeInHome)" }).map { $0 + "/snug" }
    }

    private var variableName: String {
        switch self {
        case .configuration: "XDG_CONFIG_HOME"
        case .data: "XDG_DATA_HOME"
        case .state: "XDG_STATE_HOME"
        }
    }

    private var placeInHome: String {
        switch self {
        case .configuration: ".config"
        case .data: ".local/share"
        case .state: ".local/state"
        }
    }
}
