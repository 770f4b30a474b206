// SPDX-License-Identifier: Apache-2.0

import SnugSystem
import Testing

@Suite struct SecretBytesTests {
    @Test func theBytesAreThoseThatWereCopied() {
        let bytes: [UInt8] = [1, 2, 3]
        let secret = SecretBytes(copying: bytes.span.bytes)
        #expect(secret.count == 3)
        #expect(secret.withBytes { Array($0) } == bytes)
    }

    @Test func aSecretCanBeEmpty() {
        let secret = SecretBytes(copying: [UInt8]().span.bytes)
        #expect(secret.count == 0)
        #expect(secret.withBytes { Array($0) }.isEmpty)
    }

    @Test func onlyWhatWasFilledIsTheSecret() {
        let secret = SecretBytes(capacityBytes: 16) { memory in
            memory.copyBytes(from: [7, 8])
            return 2
        }
        #expect(secret.withBytes { Array($0) } == [7, 8])
    }

    @Test func anErrorWhileFillingIsPassedOn() {
        struct Failed: Error {}
        #expect(throws: Failed.self) {
            _ = try SecretBytes(capacityBytes: 16) { _ throws(Failed) in throw Failed() }
        }
    }

    @Test func fillingMoreThanThereIsRoomForTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = SecretBytes(capacityBytes: 16) { _ in 17 }
        }
    }

    @Test func anArrayIsOverwrittenWhereItLies() {
        var secret = Array("open sesame".utf8)
        secret.withUnsafeBytes { memory in
            // The array's own memory, looked at while it is still the array's.
            #expect(memory.elementsEqual("open sesame".utf8))
        }
        overwrite(&secret)
        #expect(secret.isEmpty)
    }
}
