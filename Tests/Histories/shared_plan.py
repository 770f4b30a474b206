# SPDX-License-Identifier: Apache-2.0
"""A history of several servers with one chat: sixty clients, and what becomes of servers, of NATS and of the network."""
from plan import OPERATOR, ROOMS, Plan

NODES = range(3)
CLIENTS = 60
PEOPLE = ["ann", "ben", "cho", "dia", "eve", "fay", "gus", "hal", "ida", "joe", "kay", "lea", "mia", "ned", "pam", "ron",
          "sue", "ted", "una", "val"]
TWINS = ["sam", "sam/b"]  # two people who want one name
FAULTS = ["kill-node", "kill-node", "kill-leader", "kill-leader", "stop-node", "stop-bus", "end-node", "part-node",
          "part-bus"]


class SharedPlan(Plan):
    restful = ("kim", "sam")
    seconds = 6.0

    def server(self):
        r = self.random
        self.is_flood = False
        self.restarts = []
        self.has_file = self.chance(0.65)
        self.has_passphrase = self.chance(0.2)
        self.lines = 12 if self.chance(0.1) else 1000
        self.has_addresses = self.chance(0.7)  # a server that comes again is known by its own
        self.has_snapshots = self.chance(0.3)
        self.flags = ["--loops", str(r.randint(1, 2)), "--history-lines", str(self.lines), "--backlog", "65536",
                      "--rate", r.choice(["0", "0", "0", "20/100"])]
        if self.has_snapshots:
            self.flags += ["--cluster-snapshot", "150"]

    def people(self):
        r = self.random
        self.typed = [{"name": name, "kind": r.choice(["plain", "tls"]), "rooms": ["main", *r.sample(ROOMS, r.randint(0, 2))],
                       "history": r.choice([0, 5, 50]), "is_eager": self.chance(0.3)} for name in PEOPLE]
        self.typed += [{"name": name, "kind": "plain", "rooms": ["main"], "history": 0, "is_eager": False} for name in TWINS]
        keys = ["kim/phone", "kim/laptop"]
        self.operators = [OPERATOR] if self.chance(0.5) else []
        self.typed += [{"name": name, "kind": "key", "rooms": ["main", ROOMS[0]], "history": 5, "is_eager": False}
                       for name in [*keys, *self.operators]]
        self.private_rooms = []
        if self.chance(0.5):
            self.furnish()
            for person in self.typed:
                if person["name"] in TWINS and person["rooms"] != ["main"]:
                    person["rooms"] = ["main"]
        self.texting = [{"name": f"l{number}", "kind": r.choice(["plain", "plain", "tls"]),
                         "room": r.choice(["main", *ROOMS])} for number in range(1, 1 + CLIENTS - len(self.typed))]
        self.lifts_all = self.chance(0.5)
        self.end = {person["name"]: self.chance(0.2) for person in self.typed}

    def everybody(self, without=None):
        return [name for name in super().everybody(without) if name not in TWINS]

    def make_steps(self):
        r = self.random
        for _ in range(r.randint(140, 220)):
            yield (r.uniform(0, self.seconds), *self.step())
        for _ in range(r.randint(3, 8) if self.operators else 0):
            yield (r.uniform(0, self.seconds), *self.order())
        for _ in range(r.randint(2, 4)):
            yield (r.uniform(0.3, self.seconds - 1), *self.fault())

    def fault(self):
        """What it is, whom it is about, and how long it lasts."""
        r = self.random
        return r.choice(FAULTS), r.choice(NODES), r.choice([r.uniform(0, 1), r.uniform(1, 4), r.uniform(4, 8)])
