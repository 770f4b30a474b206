// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// What the kernel shows of this machine in files (proc(5)); whatever cannot be read is empty.
enum SystemFile {
    static func text(of path: String) -> String {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return "" }
        let file = OwnedDescriptor(owning: number)
        var bytes: [UInt8] = []
        while let more = try? Polling.read(file.number, atMost: 65_536), !more.isEmpty { bytes += more }
        return String(decoding: bytes, as: UTF8.self)
    }

    static func entries(of folder: String) -> [String] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            // Read in place: an entry is shorter than the type says (readdir(3)).
            let name = UnsafeRawPointer(entry) + (MemoryLayout<dirent>.offset(of: \.d_name) ?? 0)
            names.append(String(cString: name.assumingMemoryBound(to: CChar.self)))
        }
        return names.filter { $0 != "." && $0 != ".." }
    }

    /// What a symbolic link says.
    static func target(of link: String) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(link, &buffer, buffer.count)
        guard count >= 0 else { return nil }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What this machine lets its programs listen on.
public enum ListeningRights {
    /// The first port that needs no right (ip_unprivileged_port_start, ip-sysctl.rst of the kernel).
    public static var firstFreePort: UInt16 {
        let text = SystemFile.text(of: "/proc/sys/net/ipv4/ip_unprivileged_port_start")
        return UInt16(text.prefix(while: \.isNumber)) ?? 1_024
    }
}
