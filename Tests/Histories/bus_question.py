# SPDX-License-Identifier: Apache-2.0
"""Whether the bus does what servers need of it: asked again and again."""
import json
import socket

PAUSE = 0.25
SILENCE = 2.5  # seconds without one of the answers, while each server of the chat puts something into the stream every second
# What the one that leads all NATS servers answers, and the one that leads the stream.
NAMES, INFO = 0, 1
ASKED = ["STREAM.NAMES", "STREAM.INFO.{stream}"]


class Question:
    """To all NATS servers. `there_since` is since when one of them leads all, and the stream of one takes messages; or None.

    One that led before it was cut off says so for a moment when it is back, and then they elect another one.

    Each server of the chat sends one every second. One of nobody's would do no good: from whoever it is, a NATS server takes it
    that was stopped while it led the stream, and does not know yet that it does not lead it any more.
    """

    def __init__(self, world, addresses, stream, silence=SILENCE):
        self.world, self.silence, self.since, self.has_ended = world, silence, None, False
        self.answered = {NAMES: None, INFO: None}  # when, the last time
        self.last = {}  # the last message of the stream, as whoever leads it says
        self.asking = [Asking(self, address, stream) for address in addresses]

    @property
    def is_silent(self):
        return any(at is None or self.world.now - at > self.silence for at in self.answered.values())

    @property
    def there_since(self):
        return None if self.is_silent else self.since

    def take(self, number, answer):
        if number == INFO and not self.has_grown(answer):
            return
        was_silent = self.is_silent
        self.answered[number] = self.world.now
        if was_silent and not self.is_silent:
            self.since, self.world.held_up = self.world.now, 0.0

    def has_grown(self, answer):
        leader, last = answer.get("cluster", {}).get("leader"), answer["state"]["last_seq"]
        before = self.last.setdefault(leader, last)
        self.last[leader] = max(before, last)
        return last > before

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
            for number, subject in enumerate(ASKED):
                subject = subject.format(stream=self.stream)
                self.socket.send(f"PUB $JS.API.{subject} answer.{self.stream}.{number} 0\r\n\r\n".encode())
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
                self.question.take(number, json.loads(line))
            if not line.startswith(b"MSG "):
                number = None
            if not self.socket:
                return
