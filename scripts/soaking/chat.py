# SPDX-License-Identifier: Apache-2.0
"""The protocol's other end, by the standard library alone: connections, and people who talk and listen."""
import asyncio
import contextlib
import json
import random
import socket
import ssl
import struct

PASSPHRASE = "correct horse battery staple"
# What a connection may fail with when it is treated as badly as here.
TROUBLE = (OSError, EOFError, ssl.SSLError, asyncio.TimeoutError)


def frame(text):
    payload = text.encode() if isinstance(text, str) else text
    return struct.pack(">I", len(payload)) + payload


class Room:
    """Where the server is, and how its certificates are judged."""

    def __init__(self, tls_port, plain_port, authorities):
        self.ports = {True: tls_port, False: plain_port}
        self.contexts = [ssl.create_default_context() for _ in range(2)]
        for authority in authorities:
            for context in self.contexts:
                context.load_verify_locations(authority)
        self.contexts[1].set_alpn_protocols(["snug/1"])

    async def connect(self, encrypted=True, source=None, level=0):
        """A connection from an address of this machine's, one of thousands unless `source` says which."""
        source = source or f"127.{random.randint(1, 200)}.{random.randint(0, 250)}.{random.randint(1, 250)}"
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(
                "127.0.0.1", self.ports[encrypted], local_addr=(source, 0),
                ssl=self.contexts[level] if encrypted else None,
                server_hostname="localhost" if encrypted else None),
            30)
        connection = Connection(reader, writer)
        if level == 1:
            if not encrypted:
                writer.write(b"SNG1")
            if json.loads(hello := await connection.read())["type"] != "hello":
                raise EOFError(hello)
        return connection

    async def enter(self, name, encrypted=True, level=0):
        connection = await self.connect(encrypted, level=level)
        connection.send(PASSPHRASE)
        answer = await connection.read()
        if answer not in ("ok", '{"type":"accepted"}'):
            raise EOFError(answer)
        connection.send(name if level == 0 else json.dumps({"type": "enter", "name": name, "rooms": ["tea"]}))
        return connection


class Connection:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    def send(self, *texts):
        self.writer.write(b"".join(frame(text) for text in texts))

    async def read(self, seconds=60):
        (length,) = struct.unpack(">I", await asyncio.wait_for(self.reader.readexactly(4), seconds))
        return (await asyncio.wait_for(self.reader.readexactly(length), seconds)).decode()

    async def read_until_end(self, seconds=60):
        with contextlib.suppress(*TROUBLE):
            while True:
                await self.read(seconds)

    def reset(self):
        # There is none any more if the server was quicker.
        if raw := self.writer.get_extra_info("socket"):
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    def cut(self):
        self.writer.transport.abort()

    async def close(self):
        with contextlib.suppress(*TROUBLE):
            self.writer.close()
            await asyncio.wait_for(self.writer.wait_closed(), 5)


class Listener:
    """Stays from beginning to end, and writes down every numbered line and everyone who comes and goes."""

    def __init__(self, name):
        self.name = name
        self.lines = []
        self.problems = []
        self.ended = False
        self._present = set()
        self._last = {}

    async def stay(self, room, encrypted, inside):
        self.connection = await room.enter(self.name, encrypted)
        still_here = asyncio.create_task(self._say_still_here())
        try:
            while True:
                text = await self.connection.read(seconds=3_600)
                self._hear(text)
                if text == f"* {self.name} joined the chat *":
                    inside.set()
        except TROUBLE:
            self.ended = True
        finally:
            still_here.cancel()

    async def _say_still_here(self):
        """Who says nothing is shown out after five minutes."""
        while True:
            await asyncio.sleep(100)
            self.connection.send("")

    def _hear(self, text):
        words = text.split(" ")
        if text.startswith("* ") and text.endswith(" joined the chat *"):
            if words[1] in self._present:
                self.problems.append(f"joined twice: {text}")
            self._present.add(words[1])
        elif text.startswith("* ") and text.endswith(" left *"):
            self._present.discard(words[1])
        elif not text.startswith("* ") and len(words) == 3 and words[1] == "line":
            speaker, number = words[0].rstrip(":"), int(words[2])
            if number != self._last.get(speaker, 0) + 1:
                self.problems.append(f"after {self._last.get(speaker, 0)} came {text}")
            self._last[speaker] = number
            self.lines.append((speaker, number))

    def heard(self, speaker):
        return self._last.get(speaker, 0)


class Talker(Listener):
    """Listens as well, and says numbered lines at a steady pace."""

    said = 0

    async def talk(self, pace, until):
        while asyncio.get_running_loop().time() < until:
            self.said += 1
            self.connection.send(f"line {self.said}")
            await asyncio.sleep(pace)
