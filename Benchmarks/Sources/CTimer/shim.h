// SPDX-License-Identifier: Apache-2.0
//
// Timers and clocks. Swift's Glibc module leaves out timerfd_create(2), and once this header brings <time.h>, the
// importer counts it as this module's, so what else needs a timespec is here as well.

#ifndef SNUG_CTIMER_SHIM_H
#define SNUG_CTIMER_SHIM_H

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

static inline int open_monotonic_timer(void) {
    return timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
}

// Makes the timer readable at `nanoseconds` of the monotonic clock: at once, if that is over.
static inline int arm_monotonic_timer(int timer, long long nanoseconds) {
    struct itimerspec when = {0};
    when.it_value.tv_sec = nanoseconds / 1000000000;
    when.it_value.tv_nsec = nanoseconds % 1000000000;
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, 0);
}

// Nanoseconds of processor time of all threads of a process, those that have ended too; -1 if the process is gone.
static inline long long processor_time(pid_t process) {
    clockid_t clock;
    struct timespec time;
    if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &time) != 0) {
        return -1;
    }
    return time.tv_sec * 1000000000LL + time.tv_nsec;
}

#endif
