# SPDX-License-Identifier: Apache-2.0
"""scripts/compare-clients: what a client costs that waits, beside irssi and weechat, and how long joining takes."""
import argparse
import contextlib
import os
import pty
import re
import select
import shutil
import signal
import statistics
import sys
import tempfile
import termios
import time
from pathlib import Path

from server import Server, make_certificates
from window import Window
from world import World

ROUNDS = 31  # in each of which every program is started once
BOUND = 1.5
PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
TICK = os.sysconf("SC_CLK_TCK")


class Idle:
    """What a process took up while nothing happened, from what the system tells of it."""

    def __init__(self, pid):
        self.pid = pid
        self.begin = self.now()

    def now(self):
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        switches = sum(int(count) for count in re.findall(
            r"^(?:non)?voluntary_ctxt_switches:\s+(\d+)$", Path(f"/proc/{self.pid}/status").read_text(), re.MULTILINE))
        return int(fields[11]) + int(fields[12]), switches

    def figures(self):
        ticks, switches = (after - before for after, before in zip(self.now(), self.begin))
        rollup = Path(f"/proc/{self.pid}/smaps_rollup").read_text()
        resident, private = (sum(map(int, re.findall(rf"^{names}:\s+(\d+) kB$", rollup, re.MULTILINE)))
                             for names in ("Rss", "Private_(?:Clean|Dirty)"))
        return resident, private, ticks / TICK, switches


def environment(folder):
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SNUG_", "CHAT_", "XDG_"))}
    return kept | {"TERM": "xterm-256color", "HOME": str(folder), "LC_ALL": "C.UTF-8"}


class Chat:
    """A server without anybody in it."""

    def __init__(self, programs, folder):
        self.programs, self.folder, self.world = programs, folder, World()
        self.certificates = make_certificates(programs / "snug-server", folder / "certs")
        self.server = Server(self.world, programs / "snug-server", self.certificates, folder, ["--loops", "1"], False)
        self.server.start()
        if not self.world.run_until(lambda: self.server.is_up, 60):
            sys.exit(f"error: the server did not start\nhint: it said: {self.server.log().read_text()}")
        self.port = self.server.ports["encrypted"]

    def client(self, name="aisha"):
        return [self.programs / "snug", "--host", "localhost", "--port", str(self.port), "--ca",
                self.certificates / "ca.pem", "--name", name]


# Waiting

def waiting_clients(chat):
    """Each at a terminal of its own, without a server where it can start so: what they do then is the least they do."""
    clients = {"snug, in a room": chat.client()}
    for name, command in {
        "irssi, connected to nothing": ["irssi", "--noconnect", f"--home={chat.folder}/irssi"],
        "weechat, connected to nothing": ["weechat", "--no-connect", "--dir", f"{chat.folder}/weechat"],
        "weechat-headless, connected to nothing": ["weechat-headless", "--no-connect", "--dir", f"{chat.folder}/headless",
                                                   "--stdout"],
    }.items():
        if shutil.which(command[0]):
            clients[name] = command
    return clients


def compare_waiting(chat, seconds):
    windows = {name: Window(chat.world, command, environment(chat.folder), chat.folder)
               for name, command in waiting_clients(chat).items()}
    chat.world.run_until(lambda: False, 5)
    measures = {name: Idle(window.process.pid) for name, window in windows.items()}
    chat.world.run_until(lambda: False, seconds)
    rows = {}
    for name, window in windows.items():
        if window.code is not None:
            sys.exit(f"error: {name} has ended with {window.code}\nhint: " + " ".join(window.terminal.rows[-3:]))
        rows[name] = measures[name].figures()
        window.close()
    print(f"| waiting for {seconds} s | resident, KiB | of its own, KiB | processor, s | wake-ups |")
    print("|---|---|---|---|---|")
    for name, (resident, private, processor, switches) in rows.items():
        print(f"| {name} | {resident:,} | {private:,} | {processor:.2f} | {switches:,} |")


# Joining

def time_until(chat, words, command):
    """From the start of a program until it has written `words` to its terminal; it is started and heard as any other."""
    master, slave = pty.openpty()
    termios.tcsetwinsize(slave, (24, 80))
    place, command = os.ttyname(slave), [str(word) for word in command]
    begin = time.monotonic()
    process = os.posix_spawnp(command[0], command, environment(chat.folder), setsid=True, file_actions=[
        (os.POSIX_SPAWN_OPEN, 0, place, os.O_RDWR, 0), (os.POSIX_SPAWN_DUP2, 0, 1), (os.POSIX_SPAWN_DUP2, 0, 2)])
    os.close(slave)
    said = b""
    while words not in said:
        more = read(master)
        if not more:
            sys.exit(f"error: {command[0]} did not say {words.decode()}\nhint: " + said.decode(errors="replace")[-300:])
        said += more
    took = time.monotonic() - begin
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGTERM)
    while read(master):
        pass
    os.waitpid(process, 0)
    os.close(master)
    return took


def read(terminal):
    """What a program has written; nothing once it has ended, or if that takes too long."""
    with contextlib.suppress(OSError):
        if select.select([terminal], [], [], 60)[0]:
            return os.read(terminal, 65536)
    return b""


def compare_joining(chat):
    handshake = ["openssl", "s_client", "-connect", f"localhost:{chat.port}", "-CAfile", chat.certificates / "ca.pem",
                 "-verify_hostname", "localhost", "-verify_return_error", "-tls1_3", "-brief"]
    times = {"snug": [], "openssl s_client": [], "snug --version": [], "openssl version": []}
    for number in range(ROUNDS):
        times["snug"].append(time_until(chat, b"you are in", chat.client(f"guest{number}")))
        times["openssl s_client"].append(time_until(chat, b"Verification: OK", handshake))
        times["snug --version"].append(time_until(chat, b"snug", [chat.programs / "snug", "--version"]))
        times["openssl version"].append(time_until(chat, b"OpenSSL", ["openssl", "version"]))
    medians = {name: 1000 * statistics.median(took) for name, took in times.items()}
    said = {"snug": "you are in", "openssl s_client": "Verification: OK"}
    print("\n| from the program's start until its terminal shows | ms |\n|---|---|")
    for name, took in medians.items():
        print(f"| {name}: {said.get(name, 'the version')} | {took:.1f} |")
    joined, handshake, snug, openssl = medians.values()
    ratio = joined / handshake
    is_good = ratio <= BOUND
    print(f"{'ok    ' if is_good else 'FAILED'} joining takes {ratio:.2f} times as long as a handshake (promised: {BOUND}), and "
          f"{(joined - snug) / (handshake - openssl):.2f} times without the programs' own start")
    return is_good


def main():
    parser = argparse.ArgumentParser(prog="scripts/compare-clients", description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for how long they wait (60)")
    options = parser.parse_args()
    programs = Path(os.environ.get("SNUG_PROGRAMS", ".build/release")).resolve()
    with tempfile.TemporaryDirectory() as folder:
        chat = Chat(programs, Path(folder))
        try:
            compare_waiting(chat, options.seconds)
            is_good = compare_joining(chat)
        finally:
            chat.server.kill()
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
