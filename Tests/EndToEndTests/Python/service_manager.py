#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What systemd does for a service: opens its sockets, starts it, listens to what it says, and starts it again.

usage: service_manager.py [--socket NAME] ... [--address ADDRESS] [--watchdog MICROSECONDS] -- PROGRAM [ARGUMENT ...]

Prints the port of each socket, and each message of the service on one line. Does what comes by standard input: "down"
stops the service, "up" starts it again, "reload" sends SIGHUP, and the end of the input stops all. Written from
sd_notify(3) and sd_listen_fds(3).
"""
import argparse
import os
import selectors
import signal
import socket
import sys

FIRST_SOCKET = 3


def tell(text):
    print(text, flush=True)


def open_listeners(names, address):
    listeners = []
    for name in names:
        listener = socket.create_server((address, 0), backlog=4096)
        tell(f"socket {name} {listener.getsockname()[1]}")
        listeners.append(listener)
    return listeners


def start(options, listeners, address):
    child = os.fork()
    if child:
        return child
    # Far away first, lest one takes the place of another.
    for index, listener in enumerate(listeners):
        os.dup2(listener.fileno(), 200 + index, inheritable=False)
    for index in range(len(listeners)):
        os.dup2(200 + index, FIRST_SOCKET + index)
    environment = os.environ | {"NOTIFY_SOCKET": address}
    if options.watchdog:
        environment |= {"WATCHDOG_USEC": options.watchdog, "WATCHDOG_PID": str(os.getpid())}
    if listeners:
        environment |= {
            "LISTEN_PID": str(os.getpid()),
            "LISTEN_FDS": str(len(listeners)),
            "LISTEN_FDNAMES": ":".join(options.socket),
        }
    os.execve(options.program[0], options.program, environment)


def stop(child):
    os.kill(child, signal.SIGTERM)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--socket", action="append", default=[])
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--watchdog")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()

    messages = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    name = f"snug-test-manager-{os.getpid()}"
    messages.bind("\0" + name)
    listeners = open_listeners(options.socket, options.address)
    child = start(options, listeners, "@" + name)

    def hear(flags=0):
        # Two lines of one message are one line here.
        tell("said " + messages.recv(4096, flags).decode().replace("\n", " "))

    selector = selectors.DefaultSelector()
    selector.register(messages, selectors.EVENT_READ)
    selector.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is messages:
                hear()
                continue
            command = sys.stdin.readline().strip()
            if command == "reload":
                os.kill(child, signal.SIGHUP)
            elif command == "up":
                child = start(options, listeners, "@" + name)
            elif command in ("down", ""):
                code = stop(child)
                try:
                    while True:
                        hear(socket.MSG_DONTWAIT)
                except BlockingIOError:
                    tell(f"ended {code}")
                if not command:
                    return


if __name__ == "__main__":
    main()
