# SPDX-License-Identifier: Apache-2.0
"""Whether the bus does what servers need of it: asked again and again, until it does."""
import socket

PAUSE = 0.25
# What the one that leads all NATS servers answers; and a message of nobody's, which the stream takes when enough are there.
ASKED = [("$JS.API.STREAM.NAMES", b""), ("{stream}.log", b"?")]


class Question:
    """To all NATS servers. `answered_at` is when all was answered by any of them, or None."""

    def __init__(self, world, addresses, stream):
        self.world, self.answered_at, self.has_ended = world, None, False
        self.missing = set(range(len(ASKED)))
        self.asking = [Asking(self, address, stream) for address in addresses]

    def take(self, number):
        self.missing.discard(number)
        if not self.missing and self.answered_at is None:
            self.answered_at = self.world.now
            self.end()

    def end(self):
        self.has_ended = True
        for asking in self.asking:
            asking.close()


class Asking:
    """A connection to one of them, in NATS's own words; another one when that is lost."""

    def __init__(self, question, address, stream):
        self.question, self.world, self.address, self.stream = question, question.world, address, stream
        self.socket = None
        self.ask()

    def ask(self):
        if self.question.has_ended:
            return
        try:
            if not self.socket:
                self.connect()
            for number in self.question.missing:
                subject, text = ASKED[number]
                subject = subject.format(stream=self.stream)
                head = f"PUB {subject} answer.{self.stream}.{number} {len(text)}\r\n"
                self.socket.send(head.encode() + text + b"\r\n")
        except OSError:
            self.close()
        self.world.after(PAUSE, self.ask)

    def connect(self):
        self.socket = socket.create_connection(self.address, PAUSE)
        self.socket.setblocking(False)
        self.said = b""
        self.socket.send(f'CONNECT {{"verbose":false}}\r\nSUB answer.{self.stream}.* 1\r\n'.encode())
        self.world.watch(self.socket, self)

    def close(self):
        if self.socket:
            self.world.unwatch(self.socket)
            self.socket.close()
            self.socket = None

    def ready(self, reads, writes):
        try:
            data = self.socket.recv(65536)
        except OSError:
            data = b""
        if not data:
            return self.close()
        self.said += data
        *lines, self.said = self.said.split(b"\r\n")
        number = None
        for line in lines:
            if line.startswith(b"MSG "):
                number = int(line.split()[1].rpartition(b".")[2])
            elif line == b"PING":
                self.socket.send(b"PONG\r\n")
            elif number is not None and b'"error"' not in line:
                self.question.take(number)
            if not line.startswith(b"MSG "):
                number = None
            if not self.socket:
                return
