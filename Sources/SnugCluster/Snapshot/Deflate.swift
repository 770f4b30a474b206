// SPDX-License-Identifier: Apache-2.0
#if Cluster

internal import CZlib

/// The bytes in less space (RFC 1950); nil if there is no memory for it.
func compressed(_ bytes: [UInt8]) -> [UInt8]? {
    var count = compressBound(uLong(bytes.count))
    var packed = [UInt8](repeating: 0, count: Int(count))
    guard compress2(&packed, &count, bytes, uLong(bytes.count), Z_BEST_SPEED) == Z_OK else { return nil }
    packed.removeLast(packed.count - Int(count))
    return packed
}

/// What was compressed, if it is exactly `count` bytes.
func decompressed(_ packed: [UInt8], count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var length = uLongf(count)
    guard uncompress(&bytes, &length, packed, uLong(packed.count)) == Z_OK, length == count else {
        return nil
    }
    return bytes
}
#endif
