# SPDX-License-Identifier: Apache-2.0
"""What happens in one history, from its seed alone: the server's flags, who is there, and who does what when."""
import random

ROOMS = ["tea", "plans"]
PRIVATE = "den"  # whoever owns it makes it private
NOWHERE = "nil"  # a room that nobody opens before the end
OPERATOR = "olga"
NAMES = ["ann", "ben", "cho", "dia", "eve"]
WORDS = ["tea", "at", "five", "café", "👋🏽", "“so”", "\\o/", "it's", "{}", "42", "nine", "…", "日本", "/etc", "ok"]


class Plan:
    restful = ("kim",)
    seconds = 0.5

    def __init__(self, seed):
        self.seed = seed
        self.random = random.Random(f"snug {seed}")
        self.server()
        self.people()
        self.steps = sorted(self.make_steps(), key=lambda step: step[0])

    def chance(self, share):
        return self.random.random() < share

    def server(self):
        r = self.random
        self.has_file = self.chance(0.65)
        self.has_passphrase = self.chance(0.3)
        self.is_flood = self.chance(0.1)
        if self.is_flood:
            self.seconds = 1.0
        # So few that what a reader missed may be gone, or more than are said.
        self.lines = 5000 if self.is_flood else 12 if self.chance(0.15) else 1000
        self.restarts = []
        if self.lines >= 1000 and self.chance(0.6):
            self.restarts = [r.choice(["kill", "kill", "term"]) for _ in range(1 + self.chance(0.3))]
        self.flags = ["--loops", str(r.randint(1, 3)), "--history-lines", str(self.lines)]
        rate = "0" if self.is_flood else r.choice(["0", "0", "0", "0", "20/100"])
        self.flags += ["--rate", rate, "--backlog", "65536"]

    def people(self):
        r = self.random
        self.typed = []
        for name in NAMES[:r.randint(2, 4)]:
            self.typed.append({"name": name, "kind": r.choice(["plain", "plain", "tls"]),
                               "rooms": ["main", *r.sample(ROOMS, r.randint(0, 2))], "history": r.choice([0, 5, 50]),
                               "is_eager": self.chance(0.3)})
        if self.chance(0.3):  # one person with two connections
            rooms = ["main", *ROOMS[:r.randint(0, 1)]]
            for name in ["kim/phone", "kim/laptop"]:
                self.typed.append({"name": name, "kind": "key", "rooms": list(rooms), "history": r.choice([0, 5]),
                                   "is_eager": False})
        self.private_rooms = []
        if self.chance(0.5):
            self.furnish()
        self.operators = []
        if self.chance(0.3):
            self.operators = [OPERATOR]
            self.seconds += 0.3
            self.typed.append({"name": OPERATOR, "kind": "key", "rooms": ["main", *ROOMS[:r.randint(0, 2)]],
                               "history": r.choice([0, 5]), "is_eager": False})
        self.texting = [{"name": f"l{number}", "kind": r.choice(["plain", "tls"]), "room": r.choice(["main", *ROOMS])}
                        for number in range(1, 2 + r.randint(0, 2))]
        if self.is_flood:
            self.typed[0]["is_slow"] = True
        # How it ends with bans and mutes.
        self.lifts_all = self.chance(0.5)
        self.end = {person["name"]: self.chance(0.5) for person in self.typed}  # who comes anew at the end

    def furnish(self):
        """A room that its owner makes private; some are in it before."""
        self.private_rooms = [PRIVATE]
        kim = [person for person in self.typed if person["name"].startswith("kim")]
        owners = kim if kim and self.chance(0.6) else self.typed[:1]
        owners[0]["owns"] = PRIVATE  # of kim's two connections one asks for it
        others = [person for person in self.typed if person not in [*kim, *owners] and self.chance(0.3)]
        for person in [*owners, *others]:
            person["rooms"].append(PRIVATE)

    def text(self):
        r = self.random
        if self.chance(0.04):
            return "long " * r.randint(20, 90) + "line"
        return " ".join(r.choice(WORDS) for _ in range(r.randint(1, 6)))

    def cut(self):
        r = self.random
        how = r.choice(["rst", "fin"])
        count = 0 if self.chance(0.25) else r.choice([r.randint(1, 8), r.randint(1, 200), r.randint(1, 3000)])
        return r.choice(["in", "out"]), count, how

    def make_steps(self):
        r = self.random
        for _ in range(r.randint(40, 110)):
            step = self.step()
            if not (self.is_flood and step[1] == self.typed[0]["name"]):  # who only has to be slow
                yield (r.uniform(0, self.seconds), *step)
        for _ in range(r.randint(5, 12) if self.operators else 0):
            yield (r.uniform(0, self.seconds), *self.order())
        for how in self.restarts:
            yield r.uniform(0.1, self.seconds), "restart", how
        if self.chance(0.3):
            yield r.uniform(0, self.seconds), "sigstop", r.uniform(0.01, 0.12)
        if self.chance(0.3):
            yield r.uniform(0, self.seconds), "reload"
        if self.is_flood:
            slow = self.typed[0]["name"]
            yield 0.02, "stall", slow, 1.2
            speakers = [person["name"] for person in self.typed[1:]]
            for number in range(80):
                yield 0.03 + number * 0.01, "flood", r.choice(speakers), r.choice(self.texting)["name"], 10

    def step(self):
        r = self.random
        name = r.choice(self.typed)["name"]
        rooms = [*ROOMS, *self.private_rooms]
        # Of a person's connections none goes into rooms that the other does not know.
        if name.startswith(self.restful) or name == OPERATOR:
            kinds = ["say"] * 6 + ["again", "page", "who", "stall"]
            if name != OPERATOR or self.chance(0.2):  # its key takes its time to be shown again
                kinds.append("cut")
        else:
            kinds = ["say"] * 12 + ["again", "forge", "cut", "cut", "stall", "page", "page", "who", "join", "leave",
                                    "quit", "nick", "usurp"] + ["join"] * len(self.private_rooms)
        kinds += ["direct", "direct", "direct-again", "text-direct"]
        kinds += ["invite", "invite", "probe", "probe"] * len(self.private_rooms)
        kinds += ["text"] * 4 + ["text-cut", "text-join"]
        kind = r.choice(kinds)
        if kind == "say":
            lines = [(self.text(), self.chance(0.1)) for _ in range(r.choice([1, 1, 2, 5]))]
            return "say", name, r.randint(0, 2), lines
        if kind in ("again", "forge"):
            return kind, name, r.randint(0, 99)
        if kind == "cut":
            return "cut", name, self.cut(), self.cut() if self.chance(0.3) else None
        if kind == "stall":
            return "stall", name, r.uniform(0.02, 0.25)
        if kind == "page":
            return "page", name, r.randint(0, 2), r.choice([1, 3, 20, 200]), r.choice([None, r.randint(0, 200)])
        if kind in ("who", "quit", "nick"):
            return kind, name, r.randint(0, 2)
        if kind in ("join", "leave"):
            return kind, name, r.choice(rooms)
        if kind == "direct":
            return kind, name, r.choice([*self.everybody(), *self.everybody(), "nobody", name]), self.text()
        if kind == "direct-again":
            return kind, name, r.randint(0, 99)
        if kind == "invite":
            return kind, self.random.choice(self.typed)["name"], r.choice(self.everybody(without="kim"))
        if kind == "probe":
            return kind, name, r.choice(["who", "history", "leave", "topic", "private", "invite"])
        if kind == "usurp":
            return kind, name, r.choice(["kick", "mute", "ban"]), r.choice(self.everybody())
        person = r.choice(self.texting)["name"]
        if kind == "text-direct":
            return kind, person, r.choice([*self.everybody(), "nobody"]), self.text()
        if kind == "text":
            return "text", person, [self.text() for _ in range(r.choice([1, 1, 3]))]
        if kind == "text-cut":
            return "text-cut", person, self.cut()
        return "text-join", person, r.choice(["main", *rooms])

    def everybody(self, without=None):
        names = [person["name"] for person in [*self.typed, *self.texting]]
        return [name for name in names if not without or without not in name]

    def order(self):
        """What the operator does."""
        r = self.random
        kind = r.choice(["kick"] * 4 + ["mute", "mute", "ban", "ban", "ban", "lift", "lift", "bans"])
        if kind == "kick":
            room = r.choice(["main", *ROOMS])
            return kind, r.choice(self.everybody(without="kim" if room != "main" else None)), room
        if kind in ("mute", "ban"):
            # Whether the server is killed as soon as it is confirmed.
            return kind, r.choice(self.everybody()), r.choice([None, None, 1]), self.has_file and self.chance(0.3)
        return (kind, r.randint(1, 5)) if kind == "lift" else (kind,)
