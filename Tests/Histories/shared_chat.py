# SPDX-License-Identifier: Apache-2.0
"""One history of several servers with one chat."""
import re

from bus_question import Question
from chat import Chat
from copies import Copies
from plan import PRIVATE
from ports import free_ports
from shared_plan import NODES
from texting import Texting

DIGEST = re.compile(r"the chat at message (\d+) of its order has the digest ([0-9a-f]{64})")
FINDING_OUT = 5  # seconds since all are there, of which each says once a second what it has read
LATE = len(NODES)  # the server that comes when all is over


class SharedChat(Chat):
    patience = 4
    retry_pause = 1

    def __init__(self, plan, program, certificates, folder, bus):
        self.bus = bus
        super().__init__(plan, program, certificates, folder)
        bus.world = self.world
        self.copies = Copies(self.world, [bus.store(number, self.stream) for number in NODES])
        self.world.pause = 0.02  # to look at sixty clients takes its time

    def facts(self):
        return {"shared": True, "snapshots": self.plan.has_snapshots}

    def make_servers(self):
        self.ports = free_ports(2 * (LATE + 1))
        return [self.make_node(node) for node in NODES]

    def make_node(self, node):
        encrypted, plain = self.ports[2 * node:2 * node + 2]
        flags = ["--cluster", self.bus.urls(node), "--cluster-replicas", "3", "--cluster-name", self.stream]
        if self.plan.has_addresses:
            flags += ["--cluster-address", f"127.0.0.1:{encrypted}"]
        server = self.make_server(node, flags, {"encrypted": encrypted, "plain": plain})
        server.before_other_log = lambda: self.copies.look()
        return server

    @property
    def stream(self):
        return f"h{self.plan.seed}"

    def server_for(self, person):
        """The one that it is to be at, or any, as long as that is not known to be gone: it may be stopped or cut off."""
        if person in self.pinned:
            return self.pinned[person] if self.pinned[person].is_up else None
        there = [server for server in self.servers if server.is_up]
        return person.pauses.choice(there) if there else None

    def absence(self, person):
        """Some come back when the others have noticed that a server is gone, and long before the stay is over."""
        is_long = not self.is_ending and person.pauses.random() < 0.1
        return (5, 8) if is_long else super().absence(person)

    def start_servers(self):
        """All at once; the first of them make the stream and the bucket."""
        self.copies.watch()
        for server in self.servers:
            server.start()
        self.world.run_until(lambda: all(s.is_up for s in self.servers) or not self.is_alive, self.longest_wait)
        for server in self.servers:
            if not server.is_up:
                self.world.note("server", "missed", text="it did not start: " + server.log().read_text()[-300:])
        return all(server.is_up for server in self.servers)

    # Faults

    def do_kill_node(self, node, seconds):
        self.servers[node].restart("kill", seconds)

    def do_end_node(self, node, seconds):
        self.servers[node].restart("term", seconds)

    def do_stop_node(self, node, seconds):
        self.servers[node].stop_for(seconds)

    def do_kill_leader(self, number, seconds):
        leader = self.bus.leader(self.stream)
        number = number if leader is None else leader
        self.bus.kill(number, leads=leader is not None)
        self.world.after(seconds, lambda: self.bus.start(number))

    def do_stop_bus(self, number, seconds):
        self.bus.stop(number)
        self.world.after(seconds, lambda: self.bus.go_on(number))

    def do_part_node(self, node, seconds):
        self.part_for(seconds, f"s{node}", [f"n{number}" for number in NODES])

    def do_part_bus(self, number, seconds):
        """A NATS server does not hear the other ones, and the chat's servers hear all."""
        self.part_for(seconds, f"n{number}", [f"n{other}" for other in NODES if other != number])

    def part_for(self, seconds, one, others):
        self.bus.part(one, others)
        self.world.after(seconds, lambda: self.bus.join(one, others))

    # The end

    def end_trouble(self):
        self.bus.repair()
        for server in self.servers:
            server.come_back()
        self.is_over = False
        self.trouble_ended = self.world.now
        self.world.held_up = 0.0
        self.question = Question(self.world, self.bus.addresses, self.stream)

    def is_calm(self):
        """Everybody is in, and each server has its requests ordered: on each, somebody came in when the trouble was over."""
        is_calm = super().is_calm()
        if is_calm and not self.probes:
            self.probes = [self.begin_reader(f"witness-{server.node}", server) for server in self.servers[1:]]
        is_calm = is_calm and all(map(self.is_in_all, self.probes))
        if is_calm and not self.is_over:
            self.is_over = True
            self.note_calm()
        return is_calm and self.has_found_out()

    def has_found_out(self):
        """Where NATS servers have different copies, whoever reads another one than most ends within seconds.

        Nobody could be told of the last line then who was there.
        """
        if self.copies.differed_at is None:
            return True
        last = max(self.copies.differed_at, *(server.up_at for server in self.servers))
        return self.world.now - last > FINDING_OUT

    def note_calm(self):
        """How long it took, and how much of that the bus did not answer."""
        # It is asked four times a second: who is in before it has answered did not wait for anything else.
        answered = self.question.there_since or self.world.now
        self.world.note("history", "calm", seconds=round(self.world.now - self.trouble_ended, 1),
                        without_bus=round(answered - self.trouble_ended, 1), held_up=round(self.world.held_up, 1))

    def end(self):
        self.probes = []
        super().end()
        self.question.end()
        self.copies.look()
        self.note_digests()

    def bring_readers(self):
        """Those at each server, and one at a server that comes only now and gets all that was from the others."""
        if not self.wait("the bus does what it is for", lambda: self.question.there_since is not None):
            return []
        late = self.make_node(LATE)
        self.servers.append(late)
        late.start()
        if not self.wait("the late server is up", lambda: late.is_up):
            return []
        last = self.bring_reader("witness-late", late)
        if not last:
            return []
        readers = [self.witness, *self.probes, last]
        # A server that has not heard of it yet answers what is true behind the event before; and whose server ends, for it has
        # read another log, comes again, and is not told of what it has missed but in the list of people.
        if not self.wait("each server tells who came last", lambda: self.is_calm() and all(
                self.is_in_all(reader) and last.me in reader.has_met for reader in readers)):
            return []
        people = [self.name_of(person.name) for person in self.everyone if self.is_in_main(person)]
        self.world.note("history", "present", people=people + [reader.is_called for reader in readers])
        for reader in readers:
            reader.ask("who", "main")
        return readers

    def insiders(self):
        """One, who comes to each server with its token: nobody else may be in that room."""
        for insider in super().insiders():
            for server in self.servers:
                if self.move(insider, server):
                    yield insider

    def move(self, person, server):
        self.pinned[person] = server
        if person.link and person.server is not server:
            person.link.cut_after("out", 0, "rst")
        return self.wait(f"{person.name} is at server {server.node}",
                         lambda: person.server is server and person.is_ready(PRIVATE))

    def is_in_main(self, person):
        is_there = person.room == "main" if isinstance(person, Texting) else "main" in person.rooms
        return is_there and self.is_settled(person) and not person.is_banned

    def note_digests(self):
        for path in sorted(self.folder.glob("server-*.log")):
            run = int(path.stem.partition("-")[2])
            node = next(entry["node"] for entry in self.world.record
                        if entry["what"] == "start" and entry["who"] == "server" and entry["run"] == run)
            for sequence, digest in DIGEST.findall(path.read_text()):
                self.world.note("server", "digest", node=node, run=run, sequence=int(sequence), digest=digest)
