// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// Who is in a group, by the machine's lists of groups and of users (getgrgid(3)).
///
/// A process that has given up reading those knows what it has asked before.
enum GroupMembers {
    private struct Answers {
        var known: [gid_t: Set<uid_t>] = [:]
        var areAll = false
    }

    private static let answers = Lock(Answers())

    /// Everybody who is in it, by the list of groups or as a user's own; nil if that cannot be told any more.
    static func of(_ group: gid_t) -> Set<uid_t>? {
        answers.withLock { answers in
            if answers.areAll { return answers.known[group] }
            let members = look(up: group)
            answers.known[group] = members
            return members
        }
    }

    /// From now on nothing is looked up.
    ///
    /// A list that cannot be read would seem to be an empty one, and a file that others can read, a secret.
    static func keepToThoseKnown() { answers.withLock { $0.areAll = true } }

    private static func look(up group: gid_t) -> Set<uid_t> {
        var members: Set<uid_t> = []
        if let entry = getgrgid(group)?.pointee, var name = entry.gr_mem {
            while let member = name.pointee {
                if let user = getpwnam(member) { members.insert(user.pointee.pw_uid) }
                name += 1
            }
        }
        setpwent()
        defer { endpwent() }
        while let user = getpwent()?.pointee {
            if user.pw_gid == group { members.insert(user.pw_uid) }
        }
        return members
    }
}
