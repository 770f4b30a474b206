// SPDX-License-Identifier: Apache-2.0

internal import CFuzz

/// Changes an input that is a row of TLS records and leaves most of their headers whole, so that what lies behind the
/// record layer is reached; three times in eight, and for all other targets, libFuzzer does what it always does.
@_cdecl("LLVMFuzzerCustomMutator")
func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ maximum: Int, _ seed: UInt32) -> Int {
    guard Target.chosen?.takesRecords == true, size > 6, seed & 7 < 5 else {
        let count = LLVMFuzzerMutate(data, size, maximum)
        if count > 0, Target.chosen?.hasCosts == true { Cost.choose(&data[0], seed) }
        return count
    }
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    var records = RecordRow(bytes.dropFirst())
    records.mutate(seed)
    let changed = (bytes.prefix(1) + records.bytes).prefix(maximum)
    for (index, byte) in changed.enumerated() { data[index] = byte }
    return changed.count
}

/// The whole records at the start of a stream, and what follows them.
private struct RecordRow {
    private var records: [(type: UInt8, version: [UInt8], body: [UInt8])] = []
    private var rest: [UInt8]

    init(_ stream: ArraySlice<UInt8>) {
        var stream = stream
        while stream.count >= 5 {
            let header = Array(stream.prefix(5))
            let length = Int(header[3]) << 8 | Int(header[4])
            guard stream.count >= 5 + length else { break }
            records.append((header[0], Array(header[1...2]), Array(stream.dropFirst(5).prefix(length))))
            stream = stream.dropFirst(5 + length)
        }
        rest = Array(stream)
    }

    var bytes: [UInt8] {
        records.reduce(into: []) { bytes, record in
            bytes.append(record.type)
            bytes += record.version
            bytes += [
                UInt8(truncatingIfNeeded: record.body.count >> 8),
                UInt8(truncatingIfNeeded: record.body.count),
            ]
            bytes += record.body
        } + rest
    }

    mutating func mutate(_ seed: UInt32) {
        guard !records.isEmpty else { return }
        let index = Int(seed >> 8 & 0xff) % records.count
        let other = Int(seed >> 16 & 0xff) % records.count
        switch seed >> 4 & 15 {
        case 0: records.swapAt(index, other)
        case 1: records.insert(records[index], at: other)
        case 2: records.remove(at: index)
        case 3: split(index, at: Int(seed >> 24))
        case 4: records[index].type = 20 + UInt8(seed >> 24 & 3)
        case 5 where index + 1 < records.count:
            records[index].body += records[index + 1].body
            records.remove(at: index + 1)
        default: change(&records[index].body)
        }
    }

    private mutating func split(_ index: Int, at place: Int) {
        let (type, version, body) = records[index]
        guard body.count > 1 else { return }
        let cut = 1 + place % (body.count - 1)
        records[index].body = Array(body[..<cut])
        records.insert((type, version, Array(body[cut...])), at: index + 1)
    }

    private func change(_ body: inout [UInt8]) {
        let room = min(body.count + 64, 16_640)
        var memory = body + [UInt8](repeating: 0, count: room - body.count)
        let count = memory.withUnsafeMutableBufferPointer { memory in
            memory.baseAddress.map { LLVMFuzzerMutate($0, body.count, room) } ?? 0
        }
        body = Array(memory.prefix(count))
    }
}
