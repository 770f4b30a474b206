#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A terminal with a program in it that stops reading once the program has said that somebody is in.

usage: silent_terminal.py PROGRAM ARGUMENT...

It then does what it is told on standard input: "type TEXT" and "key NUMBER" press keys, "signal NUMBER" sends one
to the program, and both of the last wait for the program's end; "read NUMBER" reads until so many lines have come.
"""
import os
import pty
import re
import select
import signal
import sys
import time


def read_until(terminal, is_enough, patience=60):
    seen = b""
    deadline = time.monotonic() + patience
    while not is_enough(seen):
        if not select.select([terminal], [], [], max(0, deadline - time.monotonic()))[0]:
            raise SystemExit(f"nothing more came behind {seen[-200:]}")
        seen += os.read(terminal, 65536)
    return seen


def wait_for_end(child):
    if signal.sigtimedwait([signal.SIGCHLD], 20) is None:
        os.kill(child, signal.SIGKILL)
        return print("deaf", flush=True)
    print("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def main():
    os.environ["TERM"] = "xterm"
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
    child, terminal = pty.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGCHLD])
        os.execv(sys.argv[1], sys.argv[1:])
    read_until(terminal, lambda seen: b"joined the chat" in seen and seen.count(b"> ") >= 2)
    print("in", flush=True)
    for line in sys.stdin:
        command, _, argument = line.rstrip("\n").partition(" ")
        if command == "type":
            os.write(terminal, argument.encode())
        elif command == "key":
            os.write(terminal, bytes([int(argument)]))
            wait_for_end(child)
        elif command == "signal":
            os.kill(child, int(argument))
            wait_for_end(child)
        elif command == "read":
            count = int(argument)
            last = b"line %d x" % count
            numbers = re.findall(rb"ben: line (\d+) x", read_until(terminal, lambda seen: last in seen))
            is_in_order = [int(number) for number in numbers] == list(range(1, count + 1))
            print(f"has read {len(numbers)} lines", "in order" if is_in_order else "in disorder", flush=True)
    os.kill(child, signal.SIGKILL)


main()
