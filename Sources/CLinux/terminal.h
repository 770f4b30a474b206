// SPDX-License-Identifier: Apache-2.0
//
// Giving a terminal back whatever ends the process. In C, because a handler of signals may call next to nothing
// (signal-safety(7)), and what Swift's own code calls behind the scenes is not said anywhere.

#ifndef SNUG_CLINUX_TERMINAL_H
#define SNUG_CLINUX_TERMINAL_H

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

struct held_terminal {
    int is_held;
    int input;
    int output;
    struct termios modes;
    // Those that it has while it is held.
    struct termios own_modes;
    int has_own_modes;
    char last_words[64];
    size_t last_words_length;
    struct sigaction former_actions[_NSIG];
    unsigned char is_watched[_NSIG];
    stack_t former_stack;
    // A stack that has overflowed is no place to handle that.
    char signal_stack[65536];
    int is_called_at_exit;
};

// The one terminal of the process. Every source file that uses these functions would get one of its own, so only
// RawMode.swift does. (Swift does not make variables of a header that stand outside of a function.)
static inline struct held_terminal *the_held_terminal(void) {
    static struct held_terminal terminal;
    return &terminal;
}

// With nothing waited for: all signals may be blocked here, and a terminal that says it takes something may take a part
// of it only.
static inline void write_last_words(const struct held_terminal *terminal) {
    struct pollfd output = {.fd = terminal->output, .events = POLLOUT};
    // A terminal that takes nothing for so long is not waited for.
    if (poll(&output, 1, 200) != 1 || (output.revents & POLLOUT) == 0) {
        return;
    }
    int flags = fcntl(terminal->output, F_GETFL);
    if (flags == -1 || fcntl(terminal->output, F_SETFL, flags | O_NONBLOCK) == -1) {
        return;
    }
    ssize_t written = write(terminal->output, terminal->last_words, terminal->last_words_length);
    (void)written;
    fcntl(terminal->output, F_SETFL, flags);
}

static inline int are_same_modes(const struct termios *one, const struct termios *other) {
    return one->c_iflag == other->c_iflag && one->c_oflag == other->c_oflag && one->c_cflag == other->c_cflag
        && one->c_lflag == other->c_lflag && memcmp(one->c_cc, other->c_cc, sizeof one->c_cc) == 0;
}

// Whether a shell has taken the terminal meanwhile, as it does when the job was stopped without our doing: then it has
// its own modes and its own row, and neither is ours to change.
static inline int has_terminal_been_taken(const struct held_terminal *terminal) {
    struct termios present;
    pid_t foreground = tcgetpgrp(terminal->input);
    return terminal->has_own_modes && foreground != -1 && foreground != getpgrp()
        && tcgetattr(terminal->input, &present) == 0 && !are_same_modes(&present, &terminal->own_modes);
}

static inline void give_back_held_terminal(void) {
    struct held_terminal *terminal = the_held_terminal();
    sigset_t all, former;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &former);
    if (terminal->is_held) {
        terminal->is_held = 0;
        if (!has_terminal_been_taken(terminal)) {
            // Not TCSADRAIN: it would wait for a terminal that somebody holds. With SIGTTOU blocked this works from the
            // background, too (tcsetattr(3p)).
            tcsetattr(terminal->input, TCSANOW, &terminal->modes);
            write_last_words(terminal);
        }
        for (int number = 1; number < _NSIG; number++) {
            if (terminal->is_watched[number]) {
                sigaction(number, &terminal->former_actions[number], NULL);
                terminal->is_watched[number] = 0;
            }
        }
        sigaltstack(&terminal->former_stack, NULL);
    }
    sigprocmask(SIG_SETMASK, &former, NULL);
}

// Remembers the modes that the terminal has now that they are changed.
static inline void remember_own_modes(void) {
    struct held_terminal *terminal = the_held_terminal();
    terminal->has_own_modes = tcgetattr(terminal->input, &terminal->own_modes) == 0;
}

// Whether the terminal is held, and nobody has given it other modes meanwhile.
static inline int is_held_terminal_as_left(void) {
    const struct held_terminal *terminal = the_held_terminal();
    struct termios present;
    return terminal->is_held && terminal->has_own_modes && tcgetattr(terminal->input, &present) == 0
        && are_same_modes(&present, &terminal->own_modes);
}

// Ends the process as the signal does by default, so that its parent sees which one it was. A former handler is not
// called: it could go on drawing.
static inline void give_back_held_terminal_and_end(int number) {
    sigset_t this_one;
    const struct held_terminal *terminal = the_held_terminal();
    // What was typed was meant for this program: the shell must not run it.
    if (terminal->is_held && tcgetpgrp(terminal->input) == getpgrp()) {
        tcflush(terminal->input, TCIFLUSH);
    }
    give_back_held_terminal();
    signal(number, SIG_DFL);
    sigemptyset(&this_one);
    sigaddset(&this_one, number);
    sigprocmask(SIG_UNBLOCK, &this_one, NULL);
    raise(number);
    _exit(128 + number);
}

// Whether the signal ends a process that does nothing about it (signal(7)).
static inline int signal_ends_process(int number) {
    switch (number) {
    case SIGKILL: // nobody can do anything about this one
    case SIGSTOP:
    case SIGCHLD:
    case SIGCONT:
    case SIGTSTP:
    case SIGTTIN:
    case SIGTTOU:
    case SIGURG:
    case SIGWINCH:
        return 0;
    default:
        return 1;
    }
}

// Remembers the modes of a terminal and what to write to it at the end, and sees to it that both happen before any
// signal or exit(3) ends the process. To be called before the modes are changed.
static inline void hold_terminal(
    int input, int output, const struct termios *modes, const char *last_words, size_t length
) {
    struct held_terminal *terminal = the_held_terminal();
    sigset_t all, former;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &former);
    terminal->input = input;
    terminal->output = output;
    terminal->modes = *modes;
    terminal->has_own_modes = 0;
    terminal->last_words_length =
        length < sizeof terminal->last_words ? length : sizeof terminal->last_words;
    memcpy(terminal->last_words, last_words, terminal->last_words_length);
    stack_t stack = {.ss_sp = terminal->signal_stack, .ss_size = sizeof terminal->signal_stack};
    sigaltstack(&stack, &terminal->former_stack);
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = give_back_held_terminal_and_end;
    action.sa_flags = SA_ONSTACK;
    sigfillset(&action.sa_mask);
    for (int number = 1; number < _NSIG; number++) {
        struct sigaction present;
        // What is ignored, such as SIGHUP under nohup(1), ends nothing. Two signals belong to the C library, which
        // does not let anyone have them.
        terminal->is_watched[number] =
            signal_ends_process(number) && sigaction(number, NULL, &present) == 0 && present.sa_handler != SIG_IGN
            && sigaction(number, &action, &terminal->former_actions[number]) == 0;
    }
    terminal->is_held = 1;
    if (!terminal->is_called_at_exit) {
        terminal->is_called_at_exit = atexit(give_back_held_terminal) == 0;
    }
    sigprocmask(SIG_SETMASK, &former, NULL);
}

#endif
