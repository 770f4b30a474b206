# SPDX-License-Identifier: Apache-2.0
"""The servers that can be measured, and how each is started."""
import contextlib
import os
import pathlib
import resource
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from bus import free_ports, running_bus

ROOT = pathlib.Path(__file__).resolve().parents[2]
BENCHMARKS = ROOT / "Benchmarks"
SNUG_PROGRAMS = ROOT / ".build-package" / "release"
NODE_PROGRAMS = ROOT / ".build-package-cluster" / "release"
BEFORE_PROGRAMS = pathlib.Path(os.environ.get("SNUG_BEFORE_PROGRAMS", ""))
PROGRAMS = BENCHMARKS / ".build" / "release"
START_SECONDS = 20
STOP_SECONDS = 10


class BenchError(Exception):
    """A failure for people: a sentence and a hint."""

    def __init__(self, sentence, hint):
        super().__init__(sentence)
        self.hint = hint


@dataclass(frozen=True)
class Server:
    label: str
    dialect: str
    command: tuple
    """With {folder}, {port} and {metrics}, another port, to be filled in."""
    encrypted: bool = True
    package: str = ""
    """The Debian package whose version is worth naming."""
    queue: int = 32
    """How many may connect at once."""
    nodes: int = 0
    """So many servers share the chat over a bus; the first one is measured. 0: one server, and no bus."""


def snug(label, *options, encrypted=True, programs=SNUG_PROGRAMS, dialect="frame",
         nodes=0):
    # What limits a person is off: one address sends everything here, as fast as it can.
    ports = ("--port", "{port}") if encrypted else ("--port", "0", "--plain-port", "{port}")
    return Server(label, dialect, (
        str(programs / "snug-server"), *ports,
        "--cert", "{folder}/certs/server.pem", "--key", "{folder}/certs/server-key.pem",
        "--rate", "0", "--max-per-address", "0", "--max-members", "20000", "--idle-timeout", "3600",
        "--log-level", "error", *options), encrypted, nodes=nodes)


def floor(label, batch):
    return Server(label, "frame", (
        str(PROGRAMS / "floor"), "{folder}/certs/server.pem", "{folder}/certs/server-key.pem", "{port}", batch))


def peer(label, name, dialect, package="", **more):
    command = (str(BENCHMARKS / "peers" / f"{name}.sh"), "{folder}", "{port}")
    return Server(label, dialect, command, package=package, **more)


SERVERS = {
    "snug": snug("Snug", "--pad", "0"),
    "snug-pad": snug("Snug, records padded to 256 bytes", "--pad", "256"),
    "snug-plain": snug("Snug without TLS", encrypted=False),
    "snug-free": snug("Snug with --no-sandbox", "--pad", "0", "--no-sandbox"),
    "snug-figures": snug("Snug with --metrics", "--pad", "0", "--metrics", "127.0.0.1:{metrics}"),
    "snug-as-long": snug("Snug, lines as long as at level 1", "--pad", "0", dialect="frame-long"),
    "snug-level-1": snug("Snug, level 1", "--pad", "0", dialect="level-1"),
    "snug-rooms": snug("Snug, many rooms", "--pad", "0", "--max-rooms", "1000"),
    "snug-forgets": snug("Snug, nothing kept", "--pad", "0", "--history-lines", "0"),
    "snug-history": snug("Snug, kept in a file", "--pad", "0", "--history", "{folder}/history-{port}.db"),
    "snug-nodes": snug("Snug, three nodes", "--pad", "0", programs=NODE_PROGRAMS, nodes=3),
    "before": snug("Snug before", "--pad", "0", programs=BEFORE_PROGRAMS),
    "before-level-1": snug("Snug before, level 1", "--pad", "0", programs=BEFORE_PROGRAMS, dialect="level-1"),
    "before-rooms": snug("Snug before, many rooms", "--pad", "0", "--max-rooms", "1000", programs=BEFORE_PROGRAMS),
    "floor-1": floor("floor, one line a record", "1"),
    "floor-16": floor("floor, up to 16 lines a record", "16"),
    "floor-turn": floor("floor, a turn's lines in one record", "0"),
    "ngircd": peer("ngIRCd", "ngircd", "irc", "ngircd"),
    "inspircd": peer("InspIRCd", "inspircd", "irc", "inspircd"),
    "nio": peer("SwiftNIO + NIOSSL", "nio", "frame"),
    "ncat": peer("ncat --chat", "ncat", "line", "ncat", queue=4),
    "python": peer("Python, the lesson's", "python", "frame"),
}


def cores():
    """The server's processor and the load generator's; None each where there is only one."""
    usable = sorted(os.sched_getaffinity(0))
    return (usable[0], usable[1]) if len(usable) > 1 else (None, None)


def pinned(core):
    return [] if core is None else ["taskset", "--cpu-list", str(core)]


def raise_file_limit():
    """Ten thousand members are ten thousand descriptors on both sides; children inherit the limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def make_certificates(folder):
    command = [SNUG_PROGRAMS / "snug-server", "make-certs", "--out", folder / "certs"]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def running(name, folder):
    """Runs a server for as long as the caller measures it, or several that share a chat: lends the process ID of the
    first, the ports of all, and the first one's port of figures."""
    count = SERVERS[name].nodes
    *ports, metrics = free_ports(max(1, count) + 1)
    with contextlib.ExitStack() as stack:
        urls = stack.enter_context(running_bus(folder)) if count else []
        processes = []
        for number, port in enumerate(ports):
            nearest = urls[number:] + urls[:number]
            options = ["--cluster", ",".join(nearest), "--cluster-replicas", str(len(urls))] if urls else []
            processes.append(stack.enter_context(process(name, folder, port, metrics, number, options)))
        yield processes[0].pid, ports, metrics


@contextlib.contextmanager
def process(name, folder, port, metrics, number, options):
    command = [part.format(folder=folder, port=port, metrics=metrics) for part in SERVERS[name].command]
    log = folder / f"{name}-{number}.log"
    # The one that is measured has a processor to itself, as far as there are enough.
    place = pinned(cores()[0]) if number == 0 else []
    with open(log, "wb") as output:
        started = subprocess.Popen(
            place + command + options, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        wait_until_accepting(started, port, name, log)
        yield started
    finally:
        stop(started)


def wait_until_accepting(process, port, name, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    last = log.read_text(errors="replace").strip().splitlines()[-1:]
    raise BenchError(f"{name} does not accept connections: {' '.join(last)}", "is its package installed?")


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
