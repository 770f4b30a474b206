# SPDX-License-Identifier: Apache-2.0
"""The network between servers and their bus, and between the servers of the bus, as a program of its own.

Whoever connects to one of its ports is connected to another one, by name: `s0` may reach `n1` until the two are parted.
Then nothing gets from one to the other, and no connection ends: as where a cable is pulled out. What was under way comes
later. Network namespaces would do the same, and need root and a kernel that lets it.

Its argument is a list of [port, target port, name of the target, name of who connects or null], in JSON. Servers of the
bus say who they are when they connect. Each line on its standard input is {"parted": [[name, name], …]}, in JSON, and is said again when it holds.
"""
import json
import re
import selectors
import socket
import sys

NAME = re.compile(rb'"server_name":"(\w+)"')
LONGEST_GREETING = 4096
MOST_WAITING = 1 << 20


class End:
    """One end of a connection: what is read here is written at the other one."""

    def __init__(self, pair, socket):
        self.pair, self.socket = pair, socket
        self.waiting = bytearray()  # to be written here
        self.other = None
        self.has_ended = False  # nothing more comes from here


class Pair:
    """A connection through the switch, with who has opened it and to whom."""

    def __init__(self, switch, caller, target, target_port, name):
        self.switch, self.target, self.name = switch, target, name
        self.caller = End(self, caller)
        self.greeting = bytearray()
        self.callee = None
        callee = socket.socket()
        callee.setblocking(False)
        callee.connect_ex(("127.0.0.1", target_port))
        self.callee = End(self, callee)
        self.caller.other, self.callee.other = self.callee, self.caller
        for end in (self.caller, self.callee):
            end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @property
    def is_parted(self):
        return frozenset((self.name, self.target)) in self.switch.parted

    def take(self, end, data):
        if end is self.caller and self.name is None:
            # It is somebody, and nothing of it gets on before it is known who.
            self.greeting += data
            found = NAME.search(self.greeting)
            if not found and len(self.greeting) < LONGEST_GREETING:
                return
            self.name = found[1].decode() if found else "nobody"
            data, self.greeting = self.greeting, bytearray()
        end.other.waiting += data


class Switch:
    def __init__(self, routes):
        self.selector = selectors.DefaultSelector()
        self.parted = set()
        self.pairs = set()
        self.commands = b""
        for port, target_port, target, name in routes:
            listener = socket.create_server(("127.0.0.1", port), backlog=64)
            listener.setblocking(False)
            self.selector.register(listener, selectors.EVENT_READ, (target, target_port, name))
        self.selector.register(sys.stdin.buffer.raw, selectors.EVENT_READ, None)

    def run(self):
        while True:
            for key, events in self.selector.select():
                if isinstance(key.data, tuple):
                    self.accept(key.fileobj, *key.data)
                elif key.data is None:
                    if not self.obey(key.fileobj.read(65536)):
                        return
                elif key.data.pair in self.pairs:
                    self.move(key.data, events)

    def accept(self, listener, target, target_port, name):
        try:
            caller, _ = listener.accept()
        except OSError:
            return
        caller.setblocking(False)
        pair = Pair(self, caller, target, target_port, name)
        self.pairs.add(pair)
        self.watch(pair)

    def obey(self, data):
        """Whether there may be more to obey."""
        self.commands += data or b""
        *lines, self.commands = self.commands.split(b"\n")
        for line in lines:
            self.parted = {frozenset(names) for names in json.loads(line)["parted"]}
            for pair in list(self.pairs):
                self.watch(pair)
            print(line.decode(), flush=True)
        return bool(data)

    def watch(self, pair):
        for end in (pair.caller, pair.callee):
            reads = not end.has_ended and len(end.other.waiting) < MOST_WAITING
            wanted = (selectors.EVENT_READ if reads else 0) | (selectors.EVENT_WRITE if end.waiting else 0)
            if pair.is_parted:
                wanted = 0
            watched = self.selector.get_map().get(end.socket)
            if not wanted and watched:
                self.selector.unregister(end.socket)
            elif wanted and not watched:
                self.selector.register(end.socket, wanted, end)
            elif watched and watched.events != wanted:
                self.selector.modify(end.socket, wanted, end)

    def move(self, end, events):
        pair = end.pair
        if pair.is_parted:
            return
        try:
            if events & selectors.EVENT_WRITE and end.waiting:
                del end.waiting[:end.socket.send(end.waiting)]
            if events & selectors.EVENT_READ:
                data = end.socket.recv(65536)
                end.has_ended = not data
                pair.take(end, data)
                if end.other.waiting and not pair.is_parted:
                    del end.other.waiting[:end.other.socket.send(end.other.waiting)]
        except BlockingIOError:
            pass
        except OSError:
            return self.close(pair)
        # Neither end of these protocols goes on after the other one has stopped.
        if end.has_ended and not end.other.waiting or end.other.has_ended and not end.waiting:
            return self.close(pair)
        self.watch(pair)

    def close(self, pair):
        self.pairs.discard(pair)
        for end in (pair.caller, pair.callee):
            if self.selector.get_map().get(end.socket):
                self.selector.unregister(end.socket)
            end.socket.close()


if __name__ == "__main__":
    Switch(json.loads(sys.argv[1])).run()
