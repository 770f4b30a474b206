# SPDX-License-Identifier: Apache-2.0
"""Those who give a server trouble, each in its own way, again and again."""
import asyncio
import contextlib
import itertools
import json
import random
import signal
import socket
import struct

from chat import PASSPHRASE, TROUBLE, frame

numbers = itertools.count(1)
counts = {}


def count(what, by=1):
    counts[what] = counts.get(what, 0) + by


def every(seconds):
    """Repeats a visit until the time is over; a visit may fail, because trouble is what it looks for."""
    def repeating(visit):
        async def repeat(until, *arguments):
            clock = asyncio.get_running_loop().time
            while clock() < until:
                with contextlib.suppress(*TROUBLE):
                    await visit(*arguments)
                    count(visit.__name__.replace("_", " "))
                await asyncio.sleep(seconds)
        return repeat
    return repeating


# Dear questions, and how each level asks them.
QUESTIONS = [["/who"], [json.dumps({"type": "who", "room": "main"}),
                        json.dumps({"type": "history", "room": "main", "limit": 200})]]


def either_level():
    return random.randrange(2)


def say(level, text):
    return text if level == 0 else json.dumps({"type": "say", "room": "main", "text": text})


@every(0.2)
async def cut(room):
    level = either_level()
    connection = await room.enter(f"cut-{next(numbers)}", encrypted=random.random() < 0.7, level=level)
    connection.send(say(level, "I am"), QUESTIONS[level][0], say(level, "not here for long"))
    way = random.randrange(4)
    if way == 0:
        await connection.close()
    elif way == 1:
        connection.reset()
    elif way == 2:
        connection.cut()
    else:
        connection.writer.write(frame("the half of a line")[:9])
        connection.reset()


@every(0.3)
async def broken_beginning(room):
    """Someone who never gets to a name."""
    garbage = random.choice([
        b"GET / HTTP/1.1\r\n\r\n", b"PROXY TCP4 1.2.3.4 5.6.7.8 9 10\r\n", b"NICK bob\r\nUSER bob 0 * :bob\r\n",
        b"\x16\x03\x01\x40\x00" + b"\x01" * 300, b"\x16\x03\x01\x00\x05\x01", random.randbytes(200), b""])
    if random.random() < 0.5:
        _, writer = await asyncio.open_connection("127.0.0.1", room.ports[random.random() < 0.5])
        writer.write(garbage)
        await asyncio.sleep(random.random() / 5)
        writer.transport.abort()
    else:
        connection = await room.connect()
        connection.writer.write(frame(PASSPHRASE)[:random.randrange(4, 20)])
        connection.reset()


@every(3)
async def stalled_reader(room):
    """Asks for much, and reads nothing of it."""
    level = either_level()
    connection = await room.enter(f"stalled-{next(numbers)}", level=level)
    connection.writer.transport.pause_reading()
    for _ in range(20):
        connection.send(*[random.choice(QUESTIONS[level])] * 100)
        await asyncio.sleep(0.5)
    connection.reset()


@every(2)
async def ghost(room):
    """Asks for much, and is gone."""
    level = either_level()
    connection = await room.enter(f"ghost-{next(numbers)}", encrypted=random.random() < 0.5, level=level)
    connection.send(*[random.choice(QUESTIONS[level])] * 4_000)
    await connection.close()


@every(10)
async def storm(room):
    async def visit():
        with contextlib.suppress(*TROUBLE):
            connection = await room.enter(f"storm-{next(numbers)}")
            connection.send("what weather", "/quit")
            await connection.read_until_end(10)
            await connection.close()
    await asyncio.gather(*(visit() for _ in range(60)))


@every(0.05)
async def handshake_and_off(room):
    connection = await room.connect()
    connection.reset()


@every(0.05)
async def connect_and_off(room):
    with socket.socket() as visitor:
        visitor.setblocking(False)
        visitor.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await asyncio.get_running_loop().sock_connect(visitor, ("127.0.0.1", room.ports[True]))


@every(0.1)
async def guess(room):
    level = either_level()
    connection = await room.connect(source="127.0.0.99", level=level)
    connection.send(f"guess {next(numbers)}")
    answer = await connection.read(40)
    if answer != "wrong passphrase" and '"wrong-passphrase"' not in answer:
        raise AssertionError(f"a guess was answered: {answer}")
    await connection.close()


@every(4)
async def reload(server, certificates):
    """Another certificate in the same files, and word of it."""
    certificates.swap()
    server.send_signal(signal.SIGHUP)


async def filters(until, room, listener, problems):
    """Lines from a pipe: all at once, more than the rate allows, then the end of the input. All must be heard."""
    clock = asyncio.get_running_loop().time
    while clock() < until:
        name = f"filter-{next(numbers)}"
        with contextlib.suppress(*TROUBLE):
            # Python's TLS cannot end one direction alone.
            connection = await room.enter(name, encrypted=False)
            connection.send(*(f"line {number}" for number in range(1, 21)))
            connection.writer.write_eof()
            await connection.read_until_end(30)
            await connection.close()
        for _ in range(100):
            if listener.heard(name) == 20:
                break
            await asyncio.sleep(0.1)
        else:
            problems.append(f"of 20 lines of {name} {listener.heard(name)} were heard")
        count("filter")
        await asyncio.sleep(2)
