# SPDX-License-Identifier: Apache-2.0
"""scripts/soak: a real server, people who talk, and those who give it trouble; see docs/proving.md."""
import argparse
import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import meters
import trouble
from chat import PASSPHRASE, Listener, Room, Talker

PROGRAM = Path(os.environ["SNUG_PROGRAMS"]) / "snug-server"
SECONDS_BETWEEN_SAMPLES = 1


class Certificates:
    """Two authorities' certificates, of which one at a time lies where the server reads it."""

    def __init__(self, folder):
        self.folder = folder
        self.sources = [folder / "a", folder / "b"]
        for source in self.sources:
            subprocess.run([PROGRAM, "make-certs", "--out", source], check=True, capture_output=True)
        self.current = 1
        self.swap()

    @property
    def authorities(self):
        return [source / "ca.pem" for source in self.sources]

    def swap(self):
        self.current = 1 - self.current
        for name in ("server.pem", "server-key.pem"):
            fresh = self.folder / f"new-{name}"
            shutil.copy2(self.sources[self.current] / name, fresh)
            fresh.replace(self.folder / name)


class Server:
    def __init__(self, folder):
        self.log = folder / "log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [PROGRAM, "--port", "0", "--plain-port", "0", "--loops", "2", "--cert", folder / "server.pem",
                 "--key", folder / "server-key.pem"],
                stderr=log, stdin=subprocess.DEVNULL, env={**os.environ, "CHAT_SECRET": PASSPHRASE})

    def port(self, encrypted):
        pattern = r"^encrypted chat on 127\.0\.0\.1:(\d+) " if encrypted else r"^plain chat on 127\.0\.0\.1:(\d+) "
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            found = re.search(pattern, self.log.read_text(), re.MULTILINE)
            if found:
                return int(found[1])
            time.sleep(0.05)
        sys.exit(f"error: the server did not start\nhint: it said:\n{self.log.read_text()}")

    def sample(self):
        return meters.sample(self.process.pid, self.log)


async def wait_until(condition, seconds):
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
    return condition()


async def enter(people, room):
    tasks = []
    for number, person in enumerate(people):
        inside = asyncio.Event()
        # The last one listens without encryption: both kinds are in one order.
        tasks.append(asyncio.create_task(person.stay(room, number != len(people) - 1, inside)))
        await asyncio.wait_for(inside.wait(), 20)
    return tasks


def start_trouble(until, room, server, certificates, listener, problems):
    alone = [trouble.cut, trouble.broken_beginning, trouble.stalled_reader, trouble.ghost, trouble.storm,
             trouble.handshake_and_off, trouble.connect_and_off, trouble.guess, trouble.guess]
    tasks = [asyncio.create_task(visit(until, room)) for visit in alone]
    tasks.append(asyncio.create_task(trouble.reload(until, server.process, certificates)))
    tasks.append(asyncio.create_task(trouble.filters(until, room, listener, problems)))
    return tasks


async def soak(minutes, folder):
    certificates = Certificates(folder)
    server = Server(folder)
    try:
        room = Room(server.port(True), server.port(False), certificates.authorities)
        talkers = [Talker(f"talker-{number}") for number in (1, 2, 3)]
        listeners = [Listener("listener-1"), Listener("listener-2"), Listener("listener-3")]
        people = talkers + listeners
        stays = await enter(people, room)
        await asyncio.sleep(1)
        before = server.sample()
        problems = []
        until = asyncio.get_running_loop().time() + minutes * 60
        tasks = start_trouble(until, room, server, certificates, listeners[0], problems)
        tasks += [asyncio.create_task(talker.talk(0.4, until)) for talker in talkers]
        samples = []
        while asyncio.get_running_loop().time() < until:
            samples.append(server.sample())
            await asyncio.sleep(SECONDS_BETWEEN_SAMPLES)
        await asyncio.wait(tasks, timeout=90)
        for task in tasks:
            if task.done() and task.exception():
                problems.append(f"{task.exception()!r}")
        await wait_until(lambda: all(person.heard(talker.name) == talker.said for person in people
                                     for talker in talkers if person is not talker), 20)
        await wait_until(lambda: server.sample().descriptors <= before.descriptors, 40)
        after = server.sample()
        problems += [f"{person.name} was shown out before the end" for person in people if person.ended]
        verdict = judge(minutes, before, samples, after, talkers, listeners, problems)
        server.process.send_signal(signal.SIGTERM)
        verdict.equal("exit code after SIGTERM", await asyncio.to_thread(server.process.wait, 10), 0)
        await asyncio.wait(stays, timeout=10)
        verdict.equal("of those who stayed, said goodbye to", sum(person.ended for person in people), len(people))
        return not verdict.failed
    finally:
        if server.process.poll() not in (None, 0):
            print(f"FAILED the server ended with {server.process.returncode}:\n{server.log.read_text()[-2_000:]}")
        server.process.kill()
        server.process.wait()
        if os.environ.get("SNUG_SOAK_LOG"):
            shutil.copy(server.log, os.environ["SNUG_SOAK_LOG"])


def judge(minutes, before, samples, after, talkers, listeners, problems):
    verdict = meters.Verdict()
    print(f"in {minutes:g} minutes: " + ", ".join(f"{count} × {what}" for what, count in sorted(trouble.counts.items())))
    for problem in problems + [problem for person in talkers + listeners for problem in person.problems][:20]:
        print(f"       {problem}")
    heard = [(listener.heard(talker.name), talker.said) for listener in listeners for talker in talkers]
    verdict.equal("lines lost, doubled or out of order, and other surprises",
                  len(problems) + sum(len(person.problems) for person in talkers + listeners), 0)
    verdict.equal("lines heard of those said", sum(h for h, _ in heard), sum(s for _, s in heard))
    verdict.equal("listeners who heard the same in the same order",
                  sum(listener.lines == listeners[0].lines for listener in listeners), len(listeners))
    verdict.figure("resident memory, last quarter more than the one before",
                   meters.growth(samples, "resident_kib"), 4_096, " KiB")
    print(f"       resident memory before {before.resident_kib:,}, most {max(s.resident_kib for s in samples):,}, "
          f"after {after.resident_kib:,} KiB; slope of the second half "
          f"{meters.slope_per_hour(samples, 'resident_kib', SECONDS_BETWEEN_SAMPLES):,} KiB an hour")
    verdict.figure("resident memory at most", max(s.resident_kib for s in samples), 131_072, " KiB")
    verdict.figure("descriptors left open", after.descriptors - before.descriptors, 0)
    verdict.equal("threads", sorted({one.threads for one in samples + [after]}), [before.threads])
    # The machine's, and so the other ends' as well.
    verdict.figure("TCP memory at most", max(s.kernel_kib for s in samples), 65_536, " KiB")
    verdict.figure("TCP memory kept", after.kernel_kib - before.kernel_kib, 8_192, " KiB")
    verdict.figure("log", round((after.log_bytes - before.log_bytes) / minutes / 1_024), 256, " KiB a minute")
    return verdict


def main():
    parser = argparse.ArgumentParser(prog="scripts/soak")
    parser.add_argument("--minutes", type=float, default=30)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(0 if asyncio.run(soak(minutes, Path(folder))) else 1)


main()
