// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The name someone is known by on this machine.
public enum LoginName {
    /// The login name (getpwuid(3)); empty if there is none, and then the server chooses.
    public static var current: String {
        guard let entry = getpwuid(getuid())?.pointee, let name = entry.pw_name else { return "" }
        return String(cString: name)
    }
}
