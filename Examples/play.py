#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Examples/play.py FOLDER [NAME...]    plays the examples that are built in FOLDER, by clients that share no code with them

A name is echo, hub, game, devices or figures; without any, all are played.

Called by scripts/examples. Ends with an error at the first line that does not come as it should.
"""
import os
import re
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import tty
from pathlib import Path

PATIENCE = 60


class Peer:
    """A client: frames over TLS, by Python's own library, which trusts the example's authority alone."""

    def __init__(self, port, folder):
        context = ssl.create_default_context(cafile=folder / "ca.pem")
        context.set_alpn_protocols(["snug/0"])
        connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.stream = context.wrap_socket(connection, server_hostname="localhost")

    def send(self, text):
        self.stream.sendall(frame(text))

    def receive(self):
        return read_frame(self.read)

    def read(self, count):
        return self.stream.recv(count)

    def expect(self, *texts):
        for text in texts:
            came = self.receive()
            if came != text:
                raise SystemExit(f"error: {text!r} was to come, and {came!r} came")

    def expect_goodbye(self):
        if self.stream.recv(1):
            raise SystemExit("error: the connection was to end, and there was more")

    def expect_cut(self):
        try:
            self.expect_goodbye()
        except ConnectionError:
            pass

    def close(self):
        self.stream.close()


class Device(Peer):
    """The other end of a serial line."""

    def __init__(self, terminal):
        self.terminal = terminal

    def send(self, text):
        os.write(self.terminal, frame(text))

    def read(self, count):
        return os.read(self.terminal, count)


def frame(text):
    payload = text.encode()
    return struct.pack(">I", len(payload)) + payload


def read_frame(read):
    def exactly(count):
        data = b""
        while len(data) < count:
            more = read(count - len(data))
            if not more:
                raise SystemExit("error: the connection ended, and a frame was to come")
            data += more
        return data

    return exactly(struct.unpack(">I", exactly(4))[0]).decode()


class Example:
    """A program of Examples while it runs, with its certificates in a folder of its own."""

    def __init__(self, programs, name, folder, *arguments):
        self.folder = folder
        self.process = subprocess.Popen(
            [str(programs / name), *map(str, arguments)], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        found = re.search(r" over TLS on 127\.0\.0\.1:(\d+)", line)
        if not found:
            raise SystemExit(f"error: {name} said no port but {line!r}")
        self.port = int(found[1])

    def peer(self):
        return Peer(self.port, self.folder)

    def wait_for(self, text):
        # What never comes ends the program, and so the wait.
        patience = threading.Timer(PATIENCE, self.process.kill)
        patience.start()
        try:
            self.read_until(text)
        finally:
            patience.cancel()

    def read_until(self, text):
        while (line := self.process.stdout.readline()) != text + "\n":
            if not line:
                raise SystemExit(f"error: {text!r} was to be printed, and the program has ended")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)


def play_echo(programs, folder):
    with Example(programs, "EchoServer", folder, folder, 0) as example:
        peer, other = example.peer(), example.peer()
        for text in ("hello", "", "x" * 8192):
            peer.send(text)
            peer.expect(text)
        other.stream.sendall(struct.pack(">I", 8193))
        other.expect_cut()
        peer.send("still here")
        peer.expect("still here")


def play_hub(programs, folder):
    with Example(programs, "NotificationHub", folder, "serve", folder, 0) as example:
        reader = example.peer()
        reader.send("reader")
        reader.expect("* reader joined the chat *")
        reader.send("/join deploys")
        while "#deploys" not in reader.receive():
            pass
        told = "version 7 is out"
        command = [programs / "NotificationHub", "notify", folder, str(example.port), "deploys", *told.split()]
        subprocess.run(command, check=True, timeout=PATIENCE)
        while reader.receive() != f"notifier: {told}":
            pass
        # Who was away is told all the same.
        late = example.peer()
        late.send("late")
        late.expect("* late joined the chat *")
        late.send("/join deploys")
        late.send("/history")
        while told not in late.receive():
            pass


def play_game(programs, folder):
    with Example(programs, "GameLobby", folder, folder, 0) as example:
        aisha = example.peer()
        aisha.send("aisha")
        aisha.expect("* wait for somebody to play with *")
        ben = example.peer()
        # A name that would pass for a line of somebody else.
        ben.send("ben: I give up")
        begin = aisha.receive()
        name = re.fullmatch(r"\* aisha against (.*): take 1 to 3 of 11 sticks \*", begin)
        if not name or ":" in name[1]:
            raise SystemExit(f"error: a name passed for a line: {begin}")
        ben.receive()
        aisha.expect("* it is your turn *")
        ben.send("3")
        ben.expect("* it is not your turn *")
        aisha.send("4")
        aisha.expect("* 1, 2 or 3, and no more than there are *")
        players, left = [aisha, ben], 11
        for turn, count in enumerate((3, 1, 3, 1, 3)):
            players[turn % 2].send(str(count))
            left -= count
            said = [player.receive() for player in players]
            if said[0] != said[1] or not said[0].endswith(f"takes {count}, {left} are left *"):
                raise SystemExit(f"error: a move was told wrong: {said}")
            if left:
                players[(turn + 1) % 2].expect("* it is your turn *")
        for player in players:
            player.expect("* aisha has won *")
            player.expect_goodbye()


def play_devices(programs, folder):
    near, far = os.openpty()
    tty.setraw(near)
    with Example(programs, "DeviceController", folder, folder, 0, os.ttyname(far)) as example:
        oven = Device(near)
        oven.send("device oven")
        lamp, operator = example.peer(), example.peer()
        operator.send("operator")
        while "oven" not in operator.receive():
            operator.send("operator")
        lamp.send("device lamp")
        while operator.receive() != "lamp is connected":
            pass
        operator.send("oven heat 180")
        oven.expect("heat 180")
        oven.send("temperature 21")
        operator.expect("oven: temperature 21")
        operator.send("lamp on")
        lamp.expect("on")
        lamp.close()
        operator.expect("lamp is gone")
        os.close(far)
        os.close(near)
        operator.expect("oven is gone")


def play_figures(programs, folder):
    with Example(programs, "WatchedServer", folder, folder, 0) as example:
        example.wait_for("snug_people 0.0")
        aisha, ben = example.peer(), example.peer()
        for peer, name in ((aisha, "aisha"), (ben, "ben")):
            peer.send(name)
            peer.expect(f"* {name} joined the chat *")
        example.wait_for("snug_joins_total 2.0")
        aisha.send("hello")
        ben.expect("aisha: hello")
        example.wait_for("snug_deliveries_total 1.0")
        ben.send("hello yourself")
        aisha.expect("* ben joined the chat *", "ben: hello yourself")
        example.wait_for("snug_deliveries_total 2.0")
        aisha.send("/quit")
        example.wait_for("snug_departures_total reason=quit 1.0")


def main():
    programs = Path(sys.argv[1]).resolve()
    plays = {"echo": play_echo, "hub": play_hub, "game": play_game, "devices": play_devices,
             "figures": play_figures}
    for name in sys.argv[2:] or plays:
        with tempfile.TemporaryDirectory() as folder:
            plays[name](programs, Path(folder) / "certs")
        print(f"played: {name}", flush=True)


if __name__ == "__main__":
    main()
