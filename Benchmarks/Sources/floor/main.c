// SPDX-License-Identifier: Apache-2.0
//
// The floor: what fan-out over GnuTLS costs when a program does nothing else.
//
// It takes lines from its members in Snug's frames, and sends the same bytes to every member with
// gnutls_record_send. No room, no names to compare, no text to check, no limits, no patience with anyone:
// not a server, a yardstick. Handshake and cipher are Snug's.
//
// usage: floor CERTIFICATE KEY PORT BATCH
//   BATCH  lines in one record at most; 0: all that one turn of the loop brought

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    MAXIMUM_EVENTS = 512,
    MAXIMUM_FRAME = 512,
    MAXIMUM_NAME = 32,
    MAXIMUM_RECORD = 16384,
    MAXIMUM_LINES = 4096,
    SEND_BUFFER = 131072,
};

static const char PRIORITY[] =
    "NONE:+VERS-TLS1.3:+ECDHE-ECDSA:+AES-256-GCM:+CHACHA20-POLY1305:+AEAD"
    ":+SIGN-ECDSA-SECP256R1-SHA256:+GROUP-X25519:+GROUP-SECP256R1:+COMP-NULL:+CTYPE-X509:%SERVER_PRECEDENCE";

struct member {
    gnutls_session_t session;
    int fd;
    bool handshaken;
    size_t name_length; // 0 until the name has come
    char name[MAXIMUM_NAME];
    size_t buffered;
    uint8_t buffer[MAXIMUM_FRAME];
};

static gnutls_certificate_credentials_t credentials;
static gnutls_priority_t priority;
static int poller;
static size_t lines_per_record;

static struct member **members; // by descriptor; most are NULL
static int members_end;

// What came in this turn, as it goes out again.
static uint8_t pending[MAXIMUM_LINES * 128];
static size_t line_ends[MAXIMUM_LINES];
static size_t lines;
static struct member *only_sender; // NULL if lines of several members are pending

static void fail(const char *what) {
    fprintf(stderr, "error: %s: %s\nhint: usage: floor CERTIFICATE KEY PORT BATCH\n", what, strerror(errno));
    exit(1);
}

static void drop(struct member *member) {
    members[member->fd] = NULL;
    if (only_sender == member) only_sender = NULL;
    gnutls_deinit(member->session);
    close(member->fd);
    free(member);
}

// Waits for a full socket: whoever measures reads, and a yardstick needs no queue.
static bool send_record(struct member *member, const uint8_t *bytes, size_t length) {
    ssize_t sent = gnutls_record_send(member->session, bytes, length);
    while (sent == GNUTLS_E_AGAIN || sent == GNUTLS_E_INTERRUPTED) {
        struct pollfd writable = {.fd = member->fd, .events = POLLOUT};
        poll(&writable, 1, -1);
        sent = gnutls_record_send(member->session, NULL, 0); // the same record again
    }
    return sent >= 0;
}

static void deliver_to(struct member *member) {
    size_t first = 0, start = 0;
    while (first < lines) {
        size_t last = first;
        while (last + 1 < lines && line_ends[last + 1] - start <= MAXIMUM_RECORD
               && (lines_per_record == 0 || last + 1 - first < lines_per_record)) {
            last++;
        }
        if (!send_record(member, pending + start, line_ends[last] - start)) {
            shutdown(member->fd, SHUT_RDWR); // the next turn finds its end of stream and drops it
            return;
        }
        start = line_ends[last];
        first = last + 1;
    }
}

static void deliver(void) {
    if (lines == 0) return;
    for (int fd = 0; fd < members_end; fd++) {
        struct member *member = members[fd];
        if (member != NULL && member->name_length > 0 && member != only_sender) deliver_to(member);
    }
    lines = 0;
    only_sender = NULL;
}

static size_t frame(uint8_t *out, const struct member *sender, const uint8_t *text, size_t length) {
    size_t payload = sender->name_length + 2 + length;
    uint32_t header = htonl((uint32_t)payload);
    memcpy(out, &header, 4);
    memcpy(out + 4, sender->name, sender->name_length);
    memcpy(out + 4 + sender->name_length, ": ", 2);
    memcpy(out + 4 + sender->name_length + 2, text, length);
    return 4 + payload;
}

static void received(struct member *member, const uint8_t *text, size_t length) {
    if (member->name_length == 0) {
        uint8_t welcome[MAXIMUM_NAME + 16];
        member->name_length = length < MAXIMUM_NAME ? length : MAXIMUM_NAME;
        memcpy(member->name, text, member->name_length);
        size_t count = frame(welcome, member, (const uint8_t *)"joined", 6);
        send_record(member, welcome, count);
        return;
    }
    if (length > 80) return;
    if (lines == MAXIMUM_LINES) deliver();
    size_t start = lines == 0 ? 0 : line_ends[lines - 1];
    only_sender = lines == 0 || only_sender == member ? member : NULL;
    line_ends[lines] = start + frame(pending + start, member, text, length);
    lines++;
}

static void take_frames(struct member *member) {
    size_t start = 0;
    while (member->buffered - start >= 4) {
        uint32_t header;
        memcpy(&header, member->buffer + start, 4);
        size_t length = ntohl(header);
        if (member->buffered - start < 4 + length) break;
        received(member, member->buffer + start + 4, length);
        start += 4 + length;
    }
    member->buffered -= start;
    memmove(member->buffer, member->buffer + start, member->buffered);
}

static void ready(struct member *member) {
    if (!member->handshaken) {
        int outcome = gnutls_handshake(member->session);
        if (outcome < 0) {
            if (gnutls_error_is_fatal(outcome)) drop(member);
            return;
        }
        member->handshaken = true;
    }
    for (;;) {
        ssize_t count = gnutls_record_recv(member->session, member->buffer + member->buffered,
                                           sizeof member->buffer - member->buffered);
        if (count == GNUTLS_E_AGAIN || count == GNUTLS_E_INTERRUPTED) return;
        if (count <= 0) {
            if (count == 0) gnutls_bye(member->session, GNUTLS_SHUT_WR);
            drop(member);
            return;
        }
        member->buffered += (size_t)count;
        take_frames(member);
    }
}

// GnuTLS's own way, sendmsg for a vector of one, costs a little more.
static ssize_t push(gnutls_transport_ptr_t descriptor, const void *bytes, size_t count) {
    return send((int)(intptr_t)descriptor, bytes, count, MSG_NOSIGNAL);
}

static void accept_all(int listener) {
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct member *member = calloc(1, sizeof *member);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        if (member == NULL || epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) fail("cannot take a member");
        member->fd = fd;
        gnutls_init(&member->session, GNUTLS_SERVER | GNUTLS_NONBLOCK | GNUTLS_NO_SIGNAL | GNUTLS_NO_TICKETS);
        gnutls_priority_set(member->session, priority);
        gnutls_credentials_set(member->session, GNUTLS_CRD_CERTIFICATE, credentials);
        gnutls_transport_set_int(member->session, fd);
        gnutls_transport_set_push_function(member->session, push);
        members[fd] = member;
        if (fd >= members_end) members_end = fd + 1;
    }
}

static int listen_on(uint16_t port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int on = 1, bytes = SEND_BUFFER;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    // Accepted sockets inherit all of these.
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(listener, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 4096) != 0)
        fail("cannot listen");
    return listener;
}

int main(int count, char **arguments) {
    if (count != 5) fail("four arguments are needed");
    lines_per_record = strtoul(arguments[4], NULL, 10);
    gnutls_certificate_allocate_credentials(&credentials);
    if (gnutls_certificate_set_x509_key_file(credentials, arguments[1], arguments[2], GNUTLS_X509_FMT_PEM) < 0)
        fail("cannot use certificate and key");
    if (gnutls_priority_init(&priority, PRIORITY, NULL) != 0) fail("cannot use the priorities");

    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    members = calloc(files.rlim_cur, sizeof *members);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_on((uint16_t)strtoul(arguments[3], NULL, 10));
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (members == NULL || epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event) != 0) fail("cannot start");

    for (;;) {
        struct epoll_event events[MAXIMUM_EVENTS];
        int ready_count = epoll_wait(poller, events, MAXIMUM_EVENTS, -1);
        for (int i = 0; i < ready_count; i++) {
            if (events[i].data.fd == listener) {
                accept_all(listener);
            } else if (members[events[i].data.fd] != NULL) {
                ready(members[events[i].data.fd]);
            }
        }
        deliver();
    }
}
