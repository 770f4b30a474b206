// SPDX-License-Identifier: Apache-2.0
//
// Linux system calls that Swift's Glibc module leaves out.

#ifndef SNUG_CLINUX_SHIM_H
#define SNUG_CLINUX_SHIM_H

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "confinement.h"
#include "terminal.h"

// glibc declares these under _GNU_SOURCE only. To define that here would give fd_set and others another shape than
// they have in Swift's Glibc module and in CGnuTLS, which the compiler refuses.
extern int accept4(int, struct sockaddr *, socklen_t *, int);
extern int sched_getaffinity(pid_t, size_t, cpu_set_t *);
extern char **environ;

static inline int accept_nonblocking(int listener, struct sockaddr *address, socklen_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

// struct ucred is declared under _GNU_SOURCE only (unix(7)). Who connected, or who listens, at the time it did so.
struct peer_process {
    pid_t process;
    uid_t user;
    gid_t group;
};

static inline int read_peer_process(int socket, struct peer_process *peer) {
    socklen_t length = sizeof *peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, peer, &length);
}

// prctl(2) is variadic, which Swift does not import.
static inline void name_this_thread(const char *name) {
    prctl(PR_SET_NAME, name, 0, 0, 0);
}

static inline int forbid_dumps(void) {
    return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

// ioctl(2) is variadic as well. What of a TCP socket's output its peer has not acknowledged (tcp(7)); -1 if it cannot
// be told.
static inline int unacknowledged_bytes(int socket) {
    int bytes = 0;
    return ioctl(socket, SIOCOUTQ, &bytes) == 0 ? bytes : -1;
}

// A function-like macro counts the bits of the set. What taskset(1) or a container leaves this process can be less
// than what is online. 0 if it cannot be told: more than CPU_SETSIZE processors.
static inline int usable_processor_count(void) {
    cpu_set_t processors;
    if (sched_getaffinity(0, sizeof processors, &processors) != 0) {
        return 0;
    }
    return __CPU_COUNT_S(sizeof processors, &processors);
}

// Lets a packet socket (packet(7), SOCK_DGRAM) see the IPv4 TCP packets from and to one port, and nothing else. On
// loopback every packet passes twice, going out and coming in: the first is left out. Written with macros that Swift
// does not import; see Documentation/networking/filter.rst of the kernel.
static inline int attach_tcp_port_filter(int packets, unsigned short port) {
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (unsigned int)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 8, 0),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 9), // protocol
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_TCP, 0, 6),
        BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), // length of the IPv4 header
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 0),  // source port
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 2, 0),
        BPF_STMT(BPF_LD | BPF_H | BPF_IND, 2), // destination port
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, port, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0x40000),
        BPF_STMT(BPF_RET | BPF_K, 0),
    };
    struct sock_fprog program = {.len = sizeof code / sizeof *code, .filter = code};
    return setsockopt(packets, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

// The constant is a cast, which Swift cannot compare with.
static inline int is_signal_ignored(int number) {
    struct sigaction present;
    return sigaction(number, NULL, &present) == 0 && present.sa_handler == SIG_IGN;
}

// environ is a mutable global, which Swift 6 does not let anyone touch.
static inline char **process_environment(void) {
    return environ;
}

// unsetenv(3) alone forgets where the value is,
// but /proc/PID/environ goes on showing it. An environment may hold a name more than once.
static inline void wipe_environment_variable(const char *name) {
    size_t length = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        if (strncmp(*entry, name, length) == 0 && (*entry)[length] == '=') {
            char *value = *entry + length + 1;
            explicit_bzero(value, strlen(value));
        }
    }
    unsetenv(name);
}

#endif
