// SPDX-License-Identifier: Apache-2.0

internal import Glibc

/// The one owner of bytes that nobody else may see, which it overwrites before it gives their memory back.
///
/// An array would not do: it is copied whenever two of its owners part, and each copy stays in freed memory.
///
/// Unchecked Sendable: the memory has a single owner and changes only through exclusive access to it, so that whoever
/// can borrow it on two threads finds it immutable.
public struct SecretBytes: ~Copyable, @unchecked Sendable {
    private let memory: UnsafeMutableRawBufferPointer

    /// How many bytes the secret has.
    public private(set) var count: Int

    /// Copies bytes whose own memory the caller has to overwrite.
    public init(copying bytes: RawSpan) {
        memory = .allocate(byteCount: bytes.byteCount, alignment: 1)
        count = bytes.byteCount
        bytes.withUnsafeBytes { memory.copyMemory(from: $0) }
    }

    /// Lets `fill` write a secret into memory of its own.
    ///
    /// - Parameters:
    ///   - capacityBytes: how much room `fill` gets.
    ///   - fill: writes from the start on and returns how many bytes the secret has.
    public init<Failure: Error>(
        capacityBytes: Int,
        filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacityBytes, alignment: 1)
        let count: Int
        do throws(Failure) {
            count = try fill(memory)
        } catch {
            memory.overwriteAndDeallocate()
            throw error
        }
        precondition(
            (0...capacityBytes).contains(count),
            "\(count) bytes written in room for \(capacityBytes)"
        )
        self.memory = memory
        self.count = count
    }

    /// Lends the bytes to `body`, which MUST NOT keep the pointer nor copy what it points to.
    public borrowing func withBytes<Result: ~Copyable, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try body(UnsafeRawBufferPointer(rebasing: memory[..<count]))
    }

    /// Shortens the secret at its end; more than there are is all of them.
    package mutating func removeLast(_ removed: Int) {
        count = max(0, count - removed)
    }

    deinit {
        memory.overwriteAndDeallocate()
    }
}

extension UnsafeMutableRawBufferPointer {
    /// By a function that the compiler must not leave out, although nobody reads the memory afterwards
    /// (explicit_bzero(3)).
    package func overwrite() {
        if let baseAddress { explicit_bzero(baseAddress, count) }
    }

    fileprivate func overwriteAndDeallocate() {
        overwrite()
        deallocate()
    }
}

/// Overwrites a secret in an array, and empties the array.
///
/// Of an array that has a second owner this would overwrite a copy made for the purpose: only its sole owner can use
/// this, before anything else has it.
public func overwrite(_ bytes: inout [UInt8]) {
    bytes.withUnsafeMutableBytes { $0.overwrite() }
    bytes = []
}
