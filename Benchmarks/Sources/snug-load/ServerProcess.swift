// SPDX-License-Identifier: Apache-2.0

internal import CTimer
internal import Glibc
internal import SnugSystem

/// What the measured server has used, as the kernel counts it.
struct ServerProcess {
    let id: Int32

    /// Nanoseconds of processor time, by the clock that `/proc/PID/stat` rounds to hundredths of a second; nil if the
    /// process is gone.
    var processorTime: Int64? {
        let time = processor_time(id)
        return time < 0 ? nil : time
    }

    /// Hundredths of a second in user mode and in the kernel: fields 14 and 15 of `/proc/PID/stat`, proc(5).
    var ticks: (user: Int64, system: Int64)? {
        // The second field, the name in parentheses, may hold spaces.
        guard let text = contents("stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[end...].split(separator: " ")
        guard fields.count > 13, let user = Int64(fields[12]), let system = Int64(fields[13]) else {
            return nil
        }
        return (user, system)
    }

    /// Resident memory in bytes.
    var residentBytes: Int64? {
        let line = contents("status")?.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        let fields = line?.split { $0 == " " || $0 == "\t" } ?? []
        guard fields.count > 1, let kibibytes = Int64(fields[1]) else { return nil }
        return kibibytes * 1_024
    }

    private func contents(_ name: String) -> String? {
        let descriptor = open("/proc/\(id)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        let file = OwnedDescriptor(owning: descriptor)
        // A process that ended between open and read has no status any more.
        guard let bytes = try? Polling.read(file.number, atMost: 8_192) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
