// SPDX-License-Identifier: Apache-2.0

internal import CLinux
internal import Glibc

/// Who has certain rights to an open file or folder, by its mode and by its access control list (acl(5)).
///
/// The bits alone do not tell: with a list, those of the group are the list's mask, and a group may have no other
/// member than the user that this process runs as.
struct FileReaders {
    private let owner: uid_t
    private let mode: mode_t
    private var users: [uid_t] = []
    private var groups: [gid_t] = []
    private var isForEverybody: Bool

    /// - Parameter rights: those that count, any of them: 4 to read, 2 to write, 1 to execute.
    init(of descriptor: Int32, _ status: stat, withAnyOf rights: mode_t = 0o7) {
        owner = status.st_uid
        mode = status.st_mode & 0o7777
        isForEverybody = mode & rights != 0 && !Self.isMountedIntoContainer(descriptor)
        guard let list = Self.accessList(of: descriptor) else {
            if mode & (rights << 3) != 0 { groups = [status.st_gid] }
            return
        }
        let mask = (list.first { $0.tag == Entry.mask }?.rights ?? 0o7) & UInt16(rights)
        for entry in list where entry.rights & mask != 0 {
            switch entry.tag {
            case Entry.user: users.append(entry.identifier)
            case Entry.owningGroup: groups.append(status.st_gid)
            case Entry.group: groups.append(entry.identifier)
            default: break
            }
        }
    }

    /// Throws unless this process's user and root are all who have such a right to the file.
    ///
    /// - Parameter right: what a fault says of those who have it.
    func requireNobodyElse(_ right: FileFault.Right = .any) throws(FileFault) {
        // Whoever owns it can change it, and give rights to others.
        guard owner == geteuid() || owner == 0 else { throw .foreignOwner(userID: owner) }
        guard !isForEverybody else { throw .openToEverybody(mode: UInt32(mode), right) }
        var others = Set(users)
        for group in groups {
            guard let members = GroupMembers.of(group) else {
                throw .openToUnknownGroup(groupID: group, right)
            }
            others.formUnion(members)
        }
        others.subtract([0, geteuid()])
        guard others.isEmpty else { throw .openToUsers(others.sorted().map(Self.name), right) }
    }

    private static func name(of user: uid_t) -> String {
        getpwuid(user)?.pointee.pw_name.map { String(cString: $0) } ?? "uid \(user)"
    }

    // MARK: Access control lists

    private struct Entry {
        static let user: UInt16 = 0x02
        static let owningGroup: UInt16 = 0x04
        static let group: UInt16 = 0x08
        static let mask: UInt16 = 0x10

        let tag: UInt16
        let rights: UInt16
        let identifier: UInt32
    }

    /// The list as the kernel hands it out (linux/posix_acl_xattr.h); nil where there is none but the mode.
    private static func accessList(of descriptor: Int32) -> [Entry]? {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fgetxattr(descriptor, "system.posix_acl_access", &bytes, bytes.count)
        guard count > 4 else { return nil }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 4, through: count - 8, by: 8).map { offset in
                Entry(
                    tag: UInt16(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt16.self)),
                    rights: UInt16(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 2, as: UInt16.self)
                    ),
                    identifier: UInt32(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                    )
                )
            }
        }
    }

    // MARK: Containers

    /// Secrets are mounted into a container so that nobody can write to them, and with a mode that every user in there
    /// can read: that is the container's own processes, and root outside.
    private static func isMountedIntoContainer(_ descriptor: Int32) -> Bool {
        var mount = statvfs()
        var processes = stat()
        guard fstatvfs(descriptor, &mount) == 0, stat("/proc/self/ns/pid", &processes) == 0 else {
            return false
        }
        return mount.f_flag & UInt(ST_RDONLY) != 0 && processes.st_ino != firstProcessNamespace
    }

    /// The kernel gives the machine's own namespace this number (PROC_PID_INIT_INO, linux/proc_ns.h).
    private static let firstProcessNamespace: ino_t = 0xEFFF_FFFC
}
