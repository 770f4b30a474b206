# SPDX-License-Identifier: Apache-2.0
"""Three NATS servers that are one bus: killed, stopped, started again, and parted from each other and from their users."""
import http.client
import json
import multiprocessing
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import children

# Debian has it where an ordinary user's path does not go.
PROGRAM = shutil.which("nats-server") or "/usr/sbin/nats-server"
SERVERS = range(3)
FIRST_PORT, PORTS_OF_A_WORKER, WORKERS = 10_000, 400, 50
PATIENCE = 60

CONFIGURATION = """
server_name: n{number}
listen: 127.0.0.1:{client}
http: 127.0.0.1:{monitor}
jetstream {{ store_dir: "{store}" }}
cluster {{
  name: histories, listen: 127.0.0.1:{route}, advertise: "127.0.0.1:{way}"
  routes: [{ways}]
}}
"""


given = set()


def free_ports(count):
    """Ports that nobody has, and nobody gets meanwhile: who listens there is killed, and comes again.

    The kernel gives none of these to who connects, and each worker has some of its own.
    """
    worker = (multiprocessing.current_process()._identity or (0,))[0] % WORKERS
    first = FIRST_PORT + worker * PORTS_OF_A_WORKER
    ports = []
    while len(ports) < count:
        port = random.randrange(first, first + PORTS_OF_A_WORKER)
        if port in given:
            continue
        given.add(port)
        try:
            socket.create_server(("127.0.0.1", port)).close()
            ports.append(port)
        except OSError:
            pass
    return ports


class Bus:
    """Outlives a history: what becomes of it is noted in the world of the one that is under way."""

    def __init__(self, folder, users):
        self.folder = Path(folder)
        self.processes, self.stopped, self.parted = {}, set(), set()
        self.world = None
        ports = iter(free_ports(4 * len(SERVERS) + users * len(SERVERS)))
        self.client, self.route, self.way, self.monitor = ([next(ports) for _ in SERVERS] for _ in range(4))
        self.doors = [[next(ports) for _ in SERVERS] for _ in range(users)]
        routes = [(self.way[number], self.route[number], f"n{number}", None) for number in SERVERS]
        routes += [(door, self.client[number], f"n{number}", f"s{user}")
                   for user, doors in enumerate(self.doors) for number, door in enumerate(doors)]
        self.switch = children.start([sys.executable, "-B", Path(__file__).parent / "switch.py", json.dumps(routes)],
                                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
        for number in SERVERS:
            self.start(number)
        self.wait_until_ready()

    def note(self, what, **facts):
        if self.world:
            self.world.note("bus", what, **facts)

    def urls(self, user):
        """What a server of the chat is told, the NATS server beside it first."""
        doors = self.doors[user]
        return ",".join(f"nats://127.0.0.1:{doors[(user + number) % len(doors)]}" for number in SERVERS)

    def start(self, number):
        if number in self.processes:
            return
        ways = ", ".join(f"nats://127.0.0.1:{self.way[other]}" for other in SERVERS if other != number)
        path = self.folder / f"bus{number}.conf"
        path.write_text(CONFIGURATION.format(
            number=number, client=self.client[number], monitor=self.monitor[number], route=self.route[number],
            way=self.way[number], ways=ways, store=self.folder / f"store{number}"))
        self.processes[number] = children.start([PROGRAM, "-c", path, "-l", self.folder / f"bus{number}.log"],
                                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        self.note("start", server=number)

    # What is done to it

    def kill(self, number, **facts):
        process = self.processes.pop(number, None)
        if process:
            self.note("kill", server=number, **facts)
            process.kill()
            process.wait()
            self.stopped.discard(number)

    def stop(self, number):
        if number in self.processes and number not in self.stopped:
            self.note("SIGSTOP", server=number)
            self.stopped.add(number)
            self.processes[number].send_signal(signal.SIGSTOP)

    def go_on(self, number):
        if number in self.stopped:
            self.note("SIGCONT", server=number)
            self.stopped.discard(number)
            self.processes[number].send_signal(signal.SIGCONT)

    def part(self, name, others):
        """From now on nothing gets from one to the others, and nothing back."""
        self.note("part", one=name, others=others)
        self.parted |= {(name, other) for other in others}
        self.tell_switch()

    def join(self, name, others):
        if self.parted & {(name, other) for other in others}:
            self.note("join", one=name, others=others)
            self.parted -= {(name, other) for other in others}
            self.tell_switch()

    def tell_switch(self):
        self.switch.stdin.write(json.dumps({"parted": sorted(self.parted)}).encode() + b"\n")
        self.switch.stdin.flush()

    def repair(self):
        for number in list(self.stopped):
            self.go_on(number)
        if self.parted:
            self.note("join", one="all", others=[])
            self.parted.clear()
            self.tell_switch()
        for number in SERVERS:
            self.start(number)

    def end(self):
        for number in SERVERS:
            self.kill(number)
        self.switch.kill()
        self.switch.wait()
        self.switch.stdin.close()

    # What it says of itself

    def ask(self, number, path):
        """What a server says of itself; nothing if it does not answer at once."""
        if number not in self.processes or number in self.stopped:
            return {}
        connection = http.client.HTTPConnection("127.0.0.1", self.monitor[number], timeout=0.5)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        except (OSError, ValueError, http.client.HTTPException):
            return {}
        finally:
            connection.close()

    def leader(self, stream):
        """Which server leads a stream, as far as one that can be asked knows."""
        for number in SERVERS:
            for account in self.ask(number, "/jsz?streams=1&accounts=1").get("account_details") or []:
                for detail in account.get("stream_detail") or []:
                    leader = detail.get("cluster", {}).get("leader") if detail["name"] == stream else None
                    if leader:
                        return int(leader.removeprefix("n"))
        return None

    def wait_until_ready(self):
        """Until all know the one that leads them, and each has caught up with it."""
        deadline = time.monotonic() + PATIENCE
        while not self.is_ready():
            if time.monotonic() > deadline:
                logs = [path.read_text()[-300:] for path in sorted(self.folder.glob("bus*.log"))]
                raise TimeoutError("the NATS servers do not find each other:\n" + "\n".join(logs))
            time.sleep(0.05)

    def is_ready(self):
        metas = [self.ask(number, "/jsz").get("meta_cluster") or {} for number in SERVERS]
        leaders = {meta.get("leader") for meta in metas}
        if len(leaders) != 1 or not leaders.copy().pop():
            return False
        replicas = [replica for meta in metas for replica in meta.get("replicas") or []]
        return len(replicas) >= 2 and all(replica.get("current") and not replica.get("offline") for replica in replicas)
