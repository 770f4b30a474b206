// SPDX-License-Identifier: Apache-2.0
//
// Giving up rights for good: landlock(7) and seccomp(2), for which the C library has no functions, and whose newer parts
// the headers of Debian 12 do not have.

#ifndef SNUG_CLINUX_CONFINEMENT_H
#define SNUG_CLINUX_CONFINEMENT_H

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

// A sum of several macros, which Swift does not import.
#if defined(__x86_64__)
static const uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
static const uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#endif

// O_PATH is there under _GNU_SOURCE only.
static inline int open_as_path(const char *path) {
    return open(path, __O_PATH | O_CLOEXEC);
}

// landlock_ruleset_attr: an older kernel takes as much of it as it knows.
struct landlock_rights {
    uint64_t files;
    uint64_t network;
    uint64_t scopes;
};

// landlock_path_beneath_attr
struct landlock_path_rule {
    uint64_t files;
    int32_t path;
} __attribute__((packed));

// -1 where the kernel has no Landlock, or none that is turned on.
static inline int landlock_version(void) {
    return (int)syscall(SYS_landlock_create_ruleset, NULL, 0, 1); // LANDLOCK_CREATE_RULESET_VERSION
}

static inline int create_landlock_ruleset(const struct landlock_rights *handled, size_t size) {
    return (int)syscall(SYS_landlock_create_ruleset, handled, size, 0);
}

static inline int add_landlock_path(int ruleset, uint64_t files, int path) {
    struct landlock_path_rule rule = {.files = files, .path = path};
    return (int)syscall(SYS_landlock_add_rule, ruleset, 1, &rule, 0); // LANDLOCK_RULE_PATH_BENEATH
}

// landlock_net_port_attr
struct landlock_port_rule {
    uint64_t network;
    uint64_t port;
};

static inline int add_landlock_port(int ruleset, uint64_t network, uint16_t port) {
    struct landlock_port_rule rule = {.network = network, .port = port};
    return (int)syscall(SYS_landlock_add_rule, ruleset, 2, &rule, 0); // LANDLOCK_RULE_NET_PORT
}

// Holds for the calling thread, and for those that it starts from then on.
static inline int restrict_by_landlock(int ruleset) {
    return (int)syscall(SYS_landlock_restrict_self, ruleset, 0);
}

// What both want first from a process that is not root's.
static inline int forbid_new_privileges(void) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

// Holds for all threads that there are, or for none.
static inline int restrict_by_filter(struct sock_filter *code, unsigned short count) {
    struct sock_fprog program = {.len = count, .filter = code};
    long outcome = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program);
    if (outcome > 0) {
        // A thread has a filter of its own.
        errno = EBUSY;
        return -1;
    }
    return (int)outcome;
}

#endif
