// SPDX-License-Identifier: Apache-2.0
//
// libFuzzer's entry points, and a clock and random numbers that make one input always give one run.

#ifndef SNUG_CFUZZ_H
#define SNUG_CFUZZ_H

#include <stddef.h>
#include <stdint.h>

// LLVM's compiler-rt/lib/fuzzer/FuzzerInterface.h.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*run)(const uint8_t *, size_t));
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t maximum);

// Stops the monotonic clock of this process (CLOCK_MONOTONIC) at a time that is always the same, and begins every
// sequence of random numbers anew. From then on each reading of the clock moves it by a microsecond, so that what
// waits for time to pass without waiting for anything else still ends.
void fuzz_begin(void);

// Moves the stopped clock.
void fuzz_pass_nanoseconds(uint64_t nanoseconds);

// Lets GnuTLS draw its random numbers from one of several sequences. With one for each end of a connection, an end
// draws the same numbers whether the other end is there or its recorded bytes are.
enum { FUZZ_RANDOM_SEQUENCES = 4 };
void fuzz_use_random_sequence(unsigned int number);

// What the address sanitizer's allocator has given out and not got back, in bytes.
size_t fuzz_held_bytes(void);

#endif
