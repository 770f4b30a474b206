# SPDX-License-Identifier: Apache-2.0
"""Three NATS servers that are one bus: killed, stopped, started again, and parted from each other and from their users."""
import http.client
import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import children

# Debian has it where an ordinary user's path does not go.
PROGRAM = shutil.which("nats-server") or "/usr/sbin/nats-server"
SERVERS = range(3)
PATIENCE = 60

CONFIGURATION = """
server_name: n{number}
listen: {host}:{client}
http: {host}:{monitor}
jetstream {{ store_dir: "{store}" }}
cluster {{
  name: histories, listen: {host}:{route}, {told}
  routes: [{ways}]
}}
"""


class Bus:
    """Outlives a history: what becomes of it is noted in the world of the one that is under way."""

    def __init__(self, folder, network):
        self.folder = Path(folder)
        self.processes, self.stopped, self.parted = {}, set(), set()
        self.world = None
        self.network = network
        for number in SERVERS:
            self.start(number)
        self.wait_until_ready()

    def note(self, what, **facts):
        if self.world:
            self.world.note("bus", what, **facts)

    @property
    def addresses(self):
        """Where nothing is parted from the NATS servers."""
        return [self.network.side_door(number, "client") for number in SERVERS]

    def urls(self, user):
        """What a server of the chat is told, the NATS server beside it first."""
        doors = [self.network.door(user, (user + number) % len(SERVERS)) for number in SERVERS]
        return ",".join(f"nats://{host}:{port}" for host, port in doors)

    def store(self, number, stream):
        """Where a server keeps the messages of a stream."""
        return self.folder / f"store{number}" / "jetstream" / "$G" / "streams" / stream / "msgs"

    def start(self, number):
        if number in self.processes:
            return
        ways = [self.network.way(number, other) for other in SERVERS if other != number]
        path = self.folder / f"bus{number}.conf"
        path.write_text(CONFIGURATION.format(
            number=number, host=self.network.host, store=self.folder / f"store{number}",
            ways=", ".join(f"nats://{host}:{port}" for host, port in ways), **self.network.ports(number)))
        command = self.network.command(number, [PROGRAM, "-c", path, "-l", self.folder / f"bus{number}.log"])
        self.processes[number] = children.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
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
        self.network.part(self.parted)

    def join(self, name, others):
        if self.parted & {(name, other) for other in others}:
            self.note("join", one=name, others=others)
            self.parted -= {(name, other) for other in others}
            self.network.part(self.parted)

    def repair(self):
        for number in list(self.stopped):
            self.go_on(number)
        if self.parted:
            self.note("join", one="all", others=[])
            self.parted.clear()
            self.network.part(self.parted)
        for number in SERVERS:
            self.start(number)

    def end(self):
        for number in SERVERS:
            self.kill(number)
        self.network.end()

    # What it says of itself

    def ask(self, number, path):
        """What a server says of itself; nothing if it does not answer at once."""
        if number not in self.processes or number in self.stopped:
            return {}
        connection = http.client.HTTPConnection(*self.network.side_door(number, "monitor"), timeout=0.5)
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
