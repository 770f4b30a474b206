// SPDX-License-Identifier: Apache-2.0
//
// Has each thread of a program try what a confined one must not do, as somebody would who has taken it over. The test
// preloads this (LD_PRELOAD, ld.so(8)) and says when; each thread tries once, where it waits next.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { THREADS = 32, ATTEMPTS = 8, NAME_BYTES = 16 };

// The test reads and writes this by offsets.
struct record {
    _Atomic int64_t armed; // 0
    _Atomic int64_t count; // 8
    struct {
        char name[NAME_BYTES];
        int32_t codes[ATTEMPTS];
        _Atomic int64_t is_complete;
    } threads[THREADS]; // 16, 56 bytes each
};

static struct record *record;

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("TRYING_CALLS_RECORD");
    if (path == NULL) {
        return;
    }
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) {
        record = memory;
    }
}

// The error number of what fails; 0 for what does not.
#define CODE(call) (errno = 0, (call) == -1 ? errno : 0)

static void try_everything(void) {
    static _Thread_local int has_tried;
    if (record == NULL || !atomic_load(&record->armed) || has_tried) {
        return;
    }
    has_tried = 1;
    int64_t index = atomic_fetch_add(&record->count, 1);
    if (index >= THREADS) {
        return;
    }
    int former = errno;
    prctl(PR_GET_NAME, record->threads[index].name, 0, 0, 0);
    int32_t *codes = record->threads[index].codes;
    char *const words[] = {"true", NULL};
    codes[0] = CODE(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    codes[1] = CODE(open("/tmp/snug-left-behind", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    codes[2] = CODE(socket(AF_INET, SOCK_STREAM, 0));
    codes[3] = CODE(execve("/bin/true", words, NULL));
    codes[4] = CODE(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
    codes[5] = CODE(kill(getppid(), 0));
    codes[6] = CODE(fork());
    codes[7] = CODE((intptr_t)mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    errno = former;
    atomic_store(&record->threads[index].is_complete, 1);
}

static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        abort();
    }
    return function;
}

#define NEXT(name) ((__typeof__(&name))({ static void *_Atomic known; if (!known) known = next(#name); known; }))

int epoll_wait(int instance, struct epoll_event *events, int count, int timeout) {
    int outcome = NEXT(epoll_wait)(instance, events, count, timeout);
    try_everything();
    return outcome;
}

int poll(struct pollfd *entries, nfds_t count, int timeout) {
    int outcome = NEXT(poll)(entries, count, timeout);
    try_everything();
    return outcome;
}

// Where a program's first thread waits for signals.
int sigtimedwait(const sigset_t *signals, siginfo_t *details, const struct timespec *time) {
    int outcome = NEXT(sigtimedwait)(signals, details, time);
    try_everything();
    return outcome;
}
