# SPDX-License-Identifier: Apache-2.0
"""What happens in one trial, from its seed alone: the server's flags, and what is done to whom and when."""
import random

KINDS = ["cut", "cut in the middle", "half open", "stall", "delay", "swallow", "refuse", "stop", "kill", "sleep"]


class Plan:
    def __init__(self, seed, kinds=KINDS):
        chance = random.Random(f"trial {seed}")
        self.seed = seed
        self.seconds = 2.5
        self.has_file = chance.random() < 0.8
        # So few that what was missed may be gone, or more than are said.
        self.lines = 12 if self.has_file and chance.random() < 0.15 else 1000
        self.flags = ["--loops", str(chance.randint(1, 3)), "--history-lines", str(self.lines), "--rate", "0"]
        self.has_passphrase = chance.random() < 0.3
        self.columns, self.rows = chance.randint(88, 130), chance.choice([6, 24, 50])
        self.haste = chance.choice([0.3, 0.7])
        self.waits_at_end = chance.random() < 0.2  # for the back-off, instead of pressing Enter
        self.pace = chance.choice([0.02, 0.1, 0.2])
        self.term = chance.choice(["xterm-256color", "xterm", "vt220"])  # many colours, sixteen, none
        self.keeps_all = self.has_file and self.lines == 1000
        # What is not kept anywhere is lost with a server that is killed, and nobody could say what it was.
        kinds = [kind for kind in kinds if (kind != "kill" or self.keeps_all) and (kind != "stop" or self.lines == 1000)]
        self.steps = sorted((chance.uniform(0, self.seconds), *self.step(chance, chance.choice(kinds)))
                            for _ in range(chance.randint(2, 6) if kinds else 0))

    @staticmethod
    def step(chance, kind):
        seconds = chance.uniform(0.1, 0.8)
        if kind == "cut":
            return kind, (chance.choice(["rst", "fin"]),)
        if kind == "cut in the middle":
            return kind, (chance.randint(1, 3000), chance.choice(["rst", "fin", "client", "server"]))
        if kind == "half open":
            return kind, (chance.choice(["client", "server"]),)
        if kind == "delay":
            return kind, (chance.uniform(0.01, 0.3),)
        return (kind, ()) if kind in ("stop", "kill") else (kind, (seconds,))
