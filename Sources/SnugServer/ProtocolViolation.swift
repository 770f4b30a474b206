// SPDX-License-Identifier: Apache-2.0

internal import SnugFraming

extension ServerEvent.ProtocolViolation {
    /// Names a framing error; a TLS hello read as a frame announces a length that begins 0x1603.
    init(_ error: FramingError, isFirstFrame: Bool) {
        guard case .oversizedFrame(let bytes) = error else {
            self = .oversizedFrame(announcedBytes: .max)
            return
        }
        self =
            isFirstFrame && bytes >> 16 == 0x1603 ? .tlsOnPlainPort : .oversizedFrame(announcedBytes: bytes)
    }
}
