// SPDX-License-Identifier: Apache-2.0
//
// An executable's definition of a function comes before a shared library's, for the libraries' own calls as well
// (ld.so(8), symbol lookup): so the clock and GnuTLS's random numbers are replaced without a line in either.

#define _GNU_SOURCE
#include "CFuzz.h"

#include <sanitizer/allocator_interface.h>
#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const uint64_t start = 1000000000000;
static bool is_stopped;
static uint64_t now;
static uint64_t random_states[FUZZ_RANDOM_SEQUENCES];
static unsigned int random_sequence;

void fuzz_begin(void) {
    is_stopped = true;
    now = start;
    random_sequence = 0;
    for (unsigned int number = 0; number < FUZZ_RANDOM_SEQUENCES; number++) {
        random_states[number] = number;
    }
}

void fuzz_pass_nanoseconds(uint64_t nanoseconds) {
    now += nanoseconds;
}

void fuzz_use_random_sequence(unsigned int number) {
    random_sequence = number % FUZZ_RANDOM_SEQUENCES;
}

// The sanitizer's runtime reads the clock before its own memory is ready.
__attribute__((no_sanitize("address"))) int clock_gettime(clockid_t clock, struct timespec *time) {
    if (clock != CLOCK_MONOTONIC || !is_stopped) {
        return (int)syscall(SYS_clock_gettime, clock, time);
    }
    now += 1000;
    time->tv_sec = (time_t)(now / 1000000000);
    time->tv_nsec = (long)(now % 1000000000);
    return 0;
}

// SplitMix64: nothing here has to be kept secret.
static uint64_t next_random(uint64_t *state) {
    uint64_t mixed = (*state += 0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
}

// gnutls_rnd(3); the level of secrecy that is asked for makes no difference here.
int gnutls_rnd(int level, void *data, size_t length) {
    (void)level;
    uint8_t *bytes = data;
    while (length > 0) {
        uint64_t number = next_random(&random_states[random_sequence]);
        size_t count = length < sizeof number ? length : sizeof number;
        memcpy(bytes, &number, count);
        bytes += count;
        length -= count;
    }
    return 0;
}

size_t fuzz_held_bytes(void) {
    return __sanitizer_get_current_allocated_bytes();
}

// libFuzzer's own note, for every comparison of one or two bytes, what only -use_value_profile=1 reads, and take a tenth
// of the time.
void __sanitizer_cov_trace_cmp1(uint8_t left, uint8_t right) { (void)left, (void)right; }
void __sanitizer_cov_trace_cmp2(uint16_t left, uint16_t right) { (void)left, (void)right; }
void __sanitizer_cov_trace_const_cmp1(uint8_t left, uint8_t right) { (void)left, (void)right; }
void __sanitizer_cov_trace_const_cmp2(uint16_t left, uint16_t right) { (void)left, (void)right; }

// Of eight bytes libFuzzer looks for the one number in an input, to put the other in its place. Counts, indices and sizes
// are none that an input holds in eight bytes, and are nearly all that is compared: scripts/fuzz has the linker put these
// in front of libFuzzer's own (ld(1), --wrap).
void __real___sanitizer_cov_trace_cmp8(uint64_t left, uint64_t right);
void __real___sanitizer_cov_trace_const_cmp8(uint64_t left, uint64_t right);
void __wrap___sanitizer_cov_trace_cmp8(uint64_t left, uint64_t right) {
    if ((left | right) >> 16 != 0 && left != right) { __real___sanitizer_cov_trace_cmp8(left, right); }
}
void __wrap___sanitizer_cov_trace_const_cmp8(uint64_t left, uint64_t right) {
    if ((left | right) >> 16 != 0 && left != right) { __real___sanitizer_cov_trace_const_cmp8(left, right); }
}
