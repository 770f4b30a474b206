// SPDX-License-Identifier: Apache-2.0

internal import CFuzz
internal import Glibc

/// The inputs that something which outlives one execution has been through since it was made, so that what is broken
/// only after all of them can be seen again.
///
/// They lie in a file that this process has mapped, SNUG_FUZZ_KEPT: it is whole however the process ends, and writing to
/// it is no system call.
enum Kept {
    private nonisolated(unsafe) static let file: UnsafeMutableRawBufferPointer? = {
        guard let path = getenv("SNUG_FUZZ_KEPT") else { return nil }
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        guard descriptor >= 0, ftruncate(descriptor, capacity) == 0,
            let memory = mmap(nil, capacity, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0),
            memory != MAP_FAILED
        else { fatalError("cannot map \(String(cString: path))") }
        return UnsafeMutableRawBufferPointer(start: memory, count: capacity)
    }()

    private static let capacity = 1 << 20
    private nonisolated(unsafe) static var end = 0

    /// Something new has been made, which has been through nothing.
    static func begin() {
        end = 0
        file?.storeBytes(of: 0, as: UInt32.self)
    }

    /// Notes an input that is about to be tried on what is kept, and returns whether there is room for it: if there is
    /// none, something new has to be made.
    static func note(_ input: [UInt8]) -> Bool {
        guard end + input.count + 8 <= capacity else { return false }
        guard let file else { return true }
        file.storeBytes(of: UInt32(input.count).littleEndian, toByteOffset: end, as: UInt32.self)
        UnsafeMutableRawBufferPointer(rebasing: file[(end + 4)...]).copyBytes(from: input)
        end += 4 + input.count
        // Their end: an input without bytes is not noted, as it does nothing.
        file.storeBytes(of: 0, toByteOffset: end, as: UInt32.self)
        return true
    }

    /// The inputs in a file of this kind.
    static func inputs(in path: UnsafePointer<CChar>) -> [[UInt8]] {
        guard let file = fopen(path, "r") else { fatalError("cannot read \(String(cString: path))") }
        defer { fclose(file) }
        var inputs: [[UInt8]] = []
        var count: UInt32 = 0
        while fread(&count, 4, 1, file) == 1, count > 0, count < capacity {
            var input = [UInt8](repeating: 0, count: Int(count))
            guard fread(&input, 1, input.count, file) == input.count else { break }
            inputs.append(input)
        }
        return inputs
    }
}
