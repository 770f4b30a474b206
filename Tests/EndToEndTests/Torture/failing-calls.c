// SPDX-License-Identifier: Apache-2.0
//
// Lets the k-th call that a program makes to one function of the system or of GnuTLS fail, as the test says that preloads this
// (LD_PRELOAD, ld.so(8)). The plan lies in a file that both map: the program runs on, and each k is a new plan.
//
// Every call fails in ways that its manual page names. What belongs to those who were there before the plan began is
// spared, so that whatever happens to them is the program's doing.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { SPARED_DESCRIPTORS = 1024, SESSIONS = 64, NAME_BYTES = 64 };

// The test reads and writes this by offsets.
struct plan {
    _Atomic int64_t armed;      // 0
    _Atomic int64_t target;     // 8: which of its calls fails, from 1; 0 for none
    _Atomic int64_t way;        // 16: which of its ways to fail
    _Atomic int64_t calls;      // 24: counted since the plan began
    _Atomic int64_t failed;     // 32: how many failed
    char name[NAME_BYTES];      // 40: the function
    uint8_t spared[SPARED_DESCRIPTORS]; // 104
};

static struct plan *plan;
static void *_Atomic sessions[SESSIONS];

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAILING_CALLS_PLAN");
    if (path == NULL) {
        return;
    }
    // Not by way of our own open.
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED) {
        plan = memory;
    }
}

// -1 if the call is to succeed, else the way in which it is to fail.
static int64_t judge(const char *name) {
    if (plan == NULL || !atomic_load(&plan->armed) || strncmp(plan->name, name, NAME_BYTES) != 0) {
        return -1;
    }
    if (atomic_fetch_add(&plan->calls, 1) + 1 != atomic_load(&plan->target)) {
        return -1;
    }
    atomic_fetch_add(&plan->failed, 1);
    return atomic_load(&plan->way);
}

static int is_spared(int descriptor) {
    return plan == NULL || descriptor < 0 || descriptor >= SPARED_DESCRIPTORS || plan->spared[descriptor];
}

static void know(void *session) {
    for (int index = 0; plan != NULL && atomic_load(&plan->armed) && index < SESSIONS; index++) {
        void *none = NULL;
        if (atomic_compare_exchange_strong(&sessions[index], &none, session)) {
            return;
        }
    }
}

static int is_known(void *session) {
    for (int index = 0; index < SESSIONS; index++) {
        if (atomic_load(&sessions[index]) == session) {
            return 1;
        }
    }
    return 0;
}

static void forget(void *session) {
    for (int index = 0; index < SESSIONS; index++) {
        void *known = session;
        atomic_compare_exchange_strong(&sessions[index], &known, NULL);
    }
}

static void *next(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    if (function == NULL) {
        abort();
    }
    return function;
}

#define NEXT(name) ((__typeof__(&name))({ static void *_Atomic known; if (!known) known = next(#name); known; }))

// Fails with one of the listed error numbers; 0 in the list means a short transfer.
#define FAIL(condition, name, failure, ...)                                                                          \
    int is_short = 0;                                                                                                \
    if (condition) {                                                                                                 \
        static const int ways[] = {__VA_ARGS__};                                                                     \
        int64_t way = judge(name);                                                                                   \
        if (way >= 0) {                                                                                              \
            int code = ways[way % (int64_t)(sizeof ways / sizeof *ways)];                                            \
            if (code != 0) {                                                                                         \
                errno = code;                                                                                        \
                return failure;                                                                                      \
            }                                                                                                        \
            is_short = 1;                                                                                            \
        }                                                                                                            \
    }                                                                                                                \
    (void)is_short

#define SHORTENED(size) (is_short && (size) > 1 ? 1 : (size))

int accept4(int listener, struct sockaddr *address, socklen_t *length, int flags) {
    FAIL(1, "accept4", -1, EINTR, EAGAIN, ECONNABORTED, EMFILE, ENFILE, ENOBUFS, ENOMEM);
    return NEXT(accept4)(listener, address, length, flags);
}

ssize_t recv(int socket, void *buffer, size_t size, int flags) {
    FAIL(!is_spared(socket), "recv", -1, EINTR, EAGAIN, 0, ECONNRESET, ENOMEM, ETIMEDOUT);
    return NEXT(recv)(socket, buffer, SHORTENED(size), flags);
}

ssize_t send(int socket, const void *buffer, size_t size, int flags) {
    FAIL(!is_spared(socket), "send", -1, EINTR, EAGAIN, 0, ECONNRESET, ENOBUFS, ENOMEM, EPIPE);
    return NEXT(send)(socket, buffer, SHORTENED(size), flags);
}

// What goes to standard error is what the test waits for.
ssize_t read(int file, void *buffer, size_t size) {
    FAIL(file > 2, "read", -1, EINTR, 0, EAGAIN, EIO);
    return NEXT(read)(file, buffer, SHORTENED(size));
}

ssize_t write(int file, const void *buffer, size_t size) {
    // An eventfd(2) takes eight bytes or none.
    FAIL(file > 2 && size != 8, "write", -1, EINTR, 0, EAGAIN, ENOSPC, EIO);
    if (!is_short && size == 8) {
        static const int ways[] = {EINTR};
        int64_t way = judge("write");
        if (way >= 0) {
            errno = ways[0];
            return -1;
        }
    }
    return NEXT(write)(file, buffer, SHORTENED(size));
}

int open(const char *path, int flags, ...) {
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
    va_end(arguments);
    FAIL(1, "open", -1, EINTR, EMFILE, ENFILE, ENOMEM, EACCES);
    return NEXT(open)(path, flags, mode);
}

int fstat(int file, struct stat *status) {
    FAIL(1, "fstat", -1, ENOMEM, EOVERFLOW);
    return NEXT(fstat)(file, status);
}

int epoll_wait(int instance, struct epoll_event *events, int count, int timeout) {
    FAIL(1, "epoll_wait", -1, EINTR);
    return NEXT(epoll_wait)(instance, events, count, timeout);
}

// Only to add something takes memory.
int epoll_ctl(int instance, int operation, int descriptor, struct epoll_event *event) {
    FAIL(operation == EPOLL_CTL_ADD, "epoll_ctl", -1, ENOMEM, ENOSPC);
    return NEXT(epoll_ctl)(instance, operation, descriptor, event);
}

int setsockopt(int socket, int level, int option, const void *value, socklen_t length) {
    FAIL(!is_spared(socket), "setsockopt", -1, ENOMEM, ENOBUFS);
    return NEXT(setsockopt)(socket, level, option, value, length);
}

int shutdown(int socket, int how) {
    FAIL(!is_spared(socket), "shutdown", -1, ENOTCONN, ENOBUFS);
    return NEXT(shutdown)(socket, how);
}

int poll(void *entries, unsigned long count, int timeout) {
    FAIL(1, "poll", -1, EINTR, ENOMEM);
    return ((int (*)(void *, unsigned long, int))({ static void *_Atomic known; if (!known) known = next("poll"); known; }))(
        entries, count, timeout);
}

// MARK: GnuTLS

#define FAIL_TLS(condition, name, ...)                                                                               \
    if (condition) {                                                                                                 \
        static const int ways[] = {__VA_ARGS__};                                                                     \
        int64_t way = judge(name);                                                                                   \
        if (way >= 0) {                                                                                              \
            return ways[way % (int64_t)(sizeof ways / sizeof *ways)];                                                \
        }                                                                                                            \
    }

#define MEMORY GNUTLS_E_MEMORY_ERROR
#define INTERNAL GNUTLS_E_INTERNAL_ERROR
#define RANDOM GNUTLS_E_RANDOM_FAILED

int gnutls_init(gnutls_session_t *session, unsigned int flags) {
    FAIL_TLS(1, "gnutls_init", MEMORY, RANDOM);
    int outcome = NEXT(gnutls_init)(session, flags);
    if (outcome == 0) {
        know(*session);
    }
    return outcome;
}

void gnutls_deinit(gnutls_session_t session) {
    forget(session);
    NEXT(gnutls_deinit)(session);
}

int gnutls_priority_set(gnutls_session_t session, gnutls_priority_t priority) {
    FAIL_TLS(is_known(session), "gnutls_priority_set", MEMORY, INTERNAL);
    return NEXT(gnutls_priority_set)(session, priority);
}

int gnutls_credentials_set(gnutls_session_t session, gnutls_credentials_type_t type, void *credentials) {
    FAIL_TLS(is_known(session), "gnutls_credentials_set", MEMORY, INTERNAL);
    return NEXT(gnutls_credentials_set)(session, type, credentials);
}

int gnutls_alpn_set_protocols(gnutls_session_t session, const gnutls_datum_t *names, unsigned count, unsigned flags) {
    FAIL_TLS(is_known(session), "gnutls_alpn_set_protocols", MEMORY, INTERNAL);
    return NEXT(gnutls_alpn_set_protocols)(session, names, count, flags);
}

int gnutls_handshake(gnutls_session_t session) {
    FAIL_TLS(is_known(session), "gnutls_handshake", MEMORY, INTERNAL, RANDOM, GNUTLS_E_INTERRUPTED);
    return NEXT(gnutls_handshake)(session);
}

ssize_t gnutls_record_send2(gnutls_session_t session, const void *data, size_t size, size_t padding, unsigned flags) {
    FAIL_TLS(is_known(session), "gnutls_record_send2", MEMORY, INTERNAL, RANDOM);
    return NEXT(gnutls_record_send2)(session, data, size, padding, flags);
}

ssize_t gnutls_record_recv(gnutls_session_t session, void *data, size_t size) {
    FAIL_TLS(is_known(session), "gnutls_record_recv", MEMORY, INTERNAL, GNUTLS_E_DECRYPTION_FAILED);
    return NEXT(gnutls_record_recv)(session, data, size);
}

int gnutls_bye(gnutls_session_t session, gnutls_close_request_t how) {
    FAIL_TLS(is_known(session), "gnutls_bye", MEMORY, INTERNAL);
    return NEXT(gnutls_bye)(session, how);
}

int gnutls_alert_send(gnutls_session_t session, gnutls_alert_level_t level, gnutls_alert_description_t alert) {
    FAIL_TLS(is_known(session), "gnutls_alert_send", MEMORY, INTERNAL);
    return NEXT(gnutls_alert_send)(session, level, alert);
}

int gnutls_range_split(gnutls_session_t session, const gnutls_range_st *whole, gnutls_range_st *first,
                       gnutls_range_st *rest) {
    FAIL_TLS(is_known(session), "gnutls_range_split", MEMORY, INTERNAL);
    return NEXT(gnutls_range_split)(session, whole, first, rest);
}

int gnutls_certificate_allocate_credentials(gnutls_certificate_credentials_t *credentials) {
    FAIL_TLS(1, "gnutls_certificate_allocate_credentials", MEMORY);
    return NEXT(gnutls_certificate_allocate_credentials)(credentials);
}

int gnutls_priority_init2(gnutls_priority_t *priority, const char *text, const char **position, unsigned flags) {
    FAIL_TLS(1, "gnutls_priority_init2", MEMORY, INTERNAL);
    return NEXT(gnutls_priority_init2)(priority, text, position, flags);
}

int gnutls_certificate_set_x509_key(gnutls_certificate_credentials_t credentials, gnutls_x509_crt_t *chain, int count,
                                    gnutls_x509_privkey_t key) {
    FAIL_TLS(1, "gnutls_certificate_set_x509_key", MEMORY, INTERNAL);
    return NEXT(gnutls_certificate_set_x509_key)(credentials, chain, count, key);
}

int gnutls_certificate_set_x509_trust(gnutls_certificate_credentials_t credentials, gnutls_x509_crt_t *authorities,
                                      int count) {
    FAIL_TLS(1, "gnutls_certificate_set_x509_trust", MEMORY, INTERNAL);
    return NEXT(gnutls_certificate_set_x509_trust)(credentials, authorities, count);
}

int gnutls_x509_crt_init(gnutls_x509_crt_t *certificate) {
    FAIL_TLS(1, "gnutls_x509_crt_init", MEMORY);
    return NEXT(gnutls_x509_crt_init)(certificate);
}

int gnutls_x509_crt_import(gnutls_x509_crt_t certificate, const gnutls_datum_t *data, gnutls_x509_crt_fmt_t format) {
    FAIL_TLS(1, "gnutls_x509_crt_import", MEMORY, INTERNAL);
    return NEXT(gnutls_x509_crt_import)(certificate, data, format);
}

int gnutls_x509_crt_get_extension_by_oid2(gnutls_x509_crt_t certificate, const char *oid, unsigned index,
                                          gnutls_datum_t *value, unsigned *critical) {
    FAIL_TLS(1, "gnutls_x509_crt_get_extension_by_oid2", MEMORY, INTERNAL);
    return NEXT(gnutls_x509_crt_get_extension_by_oid2)(certificate, oid, index, value, critical);
}

int gnutls_x509_crt_get_key_id(gnutls_x509_crt_t certificate, unsigned flags, unsigned char *id, size_t *size) {
    FAIL_TLS(1, "gnutls_x509_crt_get_key_id", MEMORY, INTERNAL);
    return NEXT(gnutls_x509_crt_get_key_id)(certificate, flags, id, size);
}

int gnutls_hmac_fast(gnutls_mac_algorithm_t algorithm, const void *key, size_t key_size, const void *data, size_t size,
                     void *digest) {
    FAIL_TLS(1, "gnutls_hmac_fast", MEMORY, INTERNAL);
    return NEXT(gnutls_hmac_fast)(algorithm, key, key_size, data, size, digest);
}

// GnuTLS calls these itself, and fails for good once it has no randomness: then there is nothing to be seen of the program.
static int is_programs(const void *caller) {
    Dl_info here, there;
    const void *program = (const void *)getauxval(AT_ENTRY);
    return dladdr(caller, &here) != 0 && dladdr(program, &there) != 0 && here.dli_fbase == there.dli_fbase;
}

int gnutls_rnd(gnutls_rnd_level_t level, void *bytes, size_t count) {
    FAIL_TLS(is_programs(__builtin_return_address(0)), "gnutls_rnd", RANDOM, INTERNAL);
    return NEXT(gnutls_rnd)(level, bytes, count);
}

int gnutls_hash_fast(gnutls_digest_algorithm_t algorithm, const void *data, size_t size, void *digest) {
    FAIL_TLS(is_programs(__builtin_return_address(0)), "gnutls_hash_fast", MEMORY, INTERNAL);
    return NEXT(gnutls_hash_fast)(algorithm, data, size, digest);
}
