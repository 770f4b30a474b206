// SPDX-License-Identifier: Apache-2.0

import CLinux
import Glibc
import TestSupport
import Testing

@testable import SnugSystem

/// The filter's program, run as the kernel runs it, for what no process here can try.
@Suite struct SystemCallFilterTests {
    /// What the kernel hands to the program (struct seccomp_data, seccomp(2)).
    private struct Call {
        var number: Int32
        var architecture = own_architecture
        var arguments = [UInt64](repeating: 0, count: 6)

        func word(at offset: UInt32) -> UInt32? {
            switch offset {
            case 0: return UInt32(bitPattern: number)
            case 4: return architecture
            case 16..<64 where offset % 4 == 0:
                let argument = arguments[Int(offset - 16) / 8]
                return UInt32(truncatingIfNeeded: offset % 8 == 0 ? argument : argument >> 32)
            default: return nil
            }
        }
    }

    private enum Verdict: Equatable {
        case allowed
        case refused(Int32)
    }

    private static let filter = SystemCallFilter(process: 4_711)

    /// Nil if the program is none that the kernel would take.
    private func verdict(on call: Call) -> Verdict? {
        var accumulator: UInt32 = 0
        var index = 0
        while Self.filter.code.indices.contains(index) {
            let statement = Self.filter.code[index]
            index += 1
            let isTrue: Bool
            switch Int32(statement.code) {
            case BPF_LD | BPF_W | BPF_ABS:
                guard let word = call.word(at: statement.k) else { return nil }
                accumulator = word
                continue
            case BPF_RET | BPF_K:
                if statement.k == UInt32(SECCOMP_RET_ALLOW) { return .allowed }
                return .refused(Int32(statement.k & 0xFFFF))
            case BPF_JMP | BPF_JEQ | BPF_K: isTrue = accumulator == statement.k
            case BPF_JMP | BPF_JGT | BPF_K: isTrue = accumulator > statement.k
            case BPF_JMP | BPF_JSET | BPF_K: isTrue = accumulator & statement.k != 0
            default: return nil
            }
            index += Int(isTrue ? statement.jt : statement.jf)
        }
        return nil
    }

    @Test func everyCallHasAVerdict() {
        for number in -1...1_000 { #expect(verdict(on: Call(number: Int32(number))) != nil, "\(number)") }
    }

    @Test(arguments: [
        SYS_read, SYS_write, SYS_recvfrom, SYS_accept4, SYS_epoll_pwait, SYS_openat, SYS_close, SYS_futex,
        SYS_fdatasync, SYS_getrandom, SYS_exit_group, SYS_munmap, SYS_unlinkat, SYS_sendto,
    ])
    func whatAServerDoesAllDayIsAllowed(number: Int32) {
        #expect(verdict(on: Call(number: number)) == .allowed)
    }

    /// A second interface of the same kernel has other numbers for the same calls.
    @Test func theInterfacesOfOtherArchitecturesAreRefusedWhole() {
        for architecture in [UInt32(0x4000_0003), 0, own_architecture ^ 0x8000_0000] {
            for number in [SYS_read, SYS_execve, 11] {
                #expect(verdict(on: Call(number: number, architecture: architecture)) == .refused(EPERM))
            }
        }
        let secondInterface: Int32 = 0x4000_0000
        for number in [SYS_read, SYS_execve] {
            #expect(verdict(on: Call(number: secondInterface | number)) == .refused(ENOSYS))
        }
    }

    @Test func whatIsNewerThanTheListDoesNotExist() {
        for number in [SYS_set_mempolicy_home_node + 1, 600, Int32.max, -1] {
            #expect(verdict(on: Call(number: number)) == .refused(ENOSYS))
        }
        #expect(verdict(on: Call(number: SYS_clone3)) == .refused(ENOSYS))
    }

    @Test(arguments: [0, UInt64(CLONE_VFORK | CLONE_VM), UInt64(CLONE_NEWUSER), UInt64(SIGCHLD)])
    func aThreadIsStartedAndAProcessIsNot(otherFlags: UInt64) {
        var call = Call(number: SYS_clone)
        call.arguments[0] = otherFlags
        #expect(verdict(on: call) == .refused(EPERM))
        call.arguments[0] = otherFlags | UInt64(CLONE_THREAD)
        #expect(verdict(on: call) == .allowed)
    }

    /// The kernel takes the lower half of what is an `int`, whatever the upper one holds.
    @Test(arguments: [UInt64(0), 0xFFFF_FFFF_0000_0000])
    func theHalfThatTheKernelDoesNotReadDecidesNothing(upper: UInt64) {
        var signal = Call(number: SYS_kill)
        signal.arguments[0] = upper | 4_711
        #expect(verdict(on: signal) == .allowed)
        signal.arguments[0] = upper | 4_712
        #expect(verdict(on: signal) == .refused(EPERM))
        var sending = Call(number: SYS_sendto)
        sending.arguments[3] = upper | UInt64(MSG_NOSIGNAL)
        #expect(verdict(on: sending) == .allowed)
        sending.arguments[3] = upper | UInt64(MSG_NOSIGNAL) | UInt64(MSG_FASTOPEN)
        #expect(verdict(on: sending) == .refused(EPERM))
    }

    @Test(arguments: [SYS_mmap, SYS_mprotect, SYS_pkey_mprotect])
    func memoryIsReadOrWrittenAndNeverRun(number: Int32) {
        var call = Call(number: number)
        for protection in [PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE] {
            call.arguments[2] = UInt64(protection)
            #expect(verdict(on: call) == .allowed)
            call.arguments[2] = UInt64(protection | PROT_EXEC)
            #expect(verdict(on: call) == .refused(EPERM))
        }
    }
}
