// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming
internal import SnugSystem

extension SecretBytes {
    /// A frame that holds a secret, in memory that is overwritten afterwards.
    init(frameHolding payload: UnsafeRawBufferPointer) throws(ClientError) {
        do throws(FramingError) {
            let length = try FrameEncoder.announcedLength(payloadBytes: payload.count)
            let headerBytes = FrameLimits.headerBytes
            self.init(capacityBytes: headerBytes + payload.count) { memory in
                memory.storeBytes(of: length.bigEndian, as: UInt32.self)
                UnsafeMutableRawBufferPointer(rebasing: memory[headerBytes...]).copyMemory(from: payload)
                return memory.count
            }
        } catch { throw .inputTooLong(error) }
    }
}
