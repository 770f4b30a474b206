# SPDX-License-Identifier: Apache-2.0
"""scripts/histories --killed: kill -9 while many lines a second are said, again and again, with one history file.

Clients of level 1 say lines with refs, the server is killed at a moment that nobody chose, it starts again with the
same file, and everybody comes back and says again what was not confirmed. The judge of scripts/histories looks for
lines that were confirmed and are gone, and for lines that are there twice.
"""
import argparse
import random
import sys
import tempfile
from pathlib import Path

from chat import Chat
from judge import judge
from server import PROGRAM, make_certificates
from traces import write_trace

PACE = 0.005


class KillingPlan:
    """Whoever is there, and when the server is killed; the rest of it is always the same."""

    has_file, has_passphrase, lines = True, False, 100_000
    private_rooms = operators = ()
    flags = ["--loops", "2", "--rate", "0", "--history-lines", str(lines)]

    def __init__(self, seed, rounds):
        self.seed = seed
        chance = random.Random(f"killed {seed}")
        self.moments = [chance.uniform(0.05, 0.8) for _ in range(rounds)]
        kinds = {"ann": "plain", "ben": "plain", "cho": "plain", "dia": "tls"}
        self.typed = [{"name": name, "kind": kind, "rooms": ["main"], "history": 0} for name, kind in kinds.items()]
        self.texting = []
        self.end = {}


class KilledChat(Chat):
    longest_wait = 60

    def __init__(self, plan, lines_per_second, *arguments):
        super().__init__(plan, *arguments)
        self.lines_per_second = lines_per_second
        self.owed = 0.0  # lines that may be said by now
        self.paced_until = self.world.now
        self.is_talking = False

    def make_trouble(self):
        self.pace()
        for number, moment in enumerate(self.plan.moments, 1):
            if not self.wait("everybody is in", self.is_everybody_in):
                return
            self.is_talking = True
            begin, before = self.world.now, self.confirmed
            end = begin + moment
            # In the middle of it: some were confirmed, and somebody waits for a confirmation.
            if not self.wait("lines are under way", lambda: self.world.now > end and self.is_in_the_middle(before)):
                return
            rate = (self.confirmed - before) / (self.world.now - begin)
            print(f"round {number}: {self.confirmed - before} lines confirmed in {self.world.now - begin:.2f} s"
                  f" ({rate:.0f} a second), {self.unconfirmed} under way, then kill -9", flush=True)
            # From here on everybody only listens: what the server has confirmed before its end is still to be read, and a
            # client that speaks into a connection that is gone would not get it.
            self.is_talking = False
            run = self.server.run
            self.server.restart("kill")
            if not self.world.run_until(lambda: self.server.run > run and self.server.is_up, self.longest_wait):
                text = "it did not start again: " + self.server.log().read_text()[-300:]
                return self.world.note("server", "missed", text=text)
        self.is_talking = False

    def pace(self):
        """As many lines as the rate allows, and no more at once than a client may have unconfirmed."""
        self.owed += (self.world.now - self.paced_until) * self.lines_per_second
        self.owed = min(self.owed, 0.1 * self.lines_per_second)
        self.paced_until = self.world.now
        speakers = list(self.typed.values())
        while self.is_talking and self.owed >= 1 and speakers:
            speakers = [person for person in speakers if self.owed >= 1 and self.say(person)]
        self.world.after(PACE, self.pace)

    def say(self, person):
        has_said = person.say("main", "as fast as it goes")
        self.owed -= has_said
        return has_said

    def is_in_the_middle(self, confirmed_before):
        return self.confirmed > confirmed_before and self.unconfirmed > 0

    def is_everybody_in(self):
        return all(person.link and person.is_ready() for person in self.typed.values())

    @property
    def confirmed(self):
        return sum(person.refs for person in self.typed.values()) - self.unconfirmed

    @property
    def unconfirmed(self):
        return sum(len(person.unconfirmed) for person in self.typed.values())


def judge_numbers(truth):
    """Each start gives numbers that are greater than all that anybody saw before, also of lines that are lost."""
    greatest = 0
    for run in sorted(truth.begin_of_run):
        if truth.begin_of_run[run] <= greatest:
            truth.fault(f"run {run} of the server gives {truth.begin_of_run[run]}; {greatest} was seen before")
        greatest = max(greatest, truth.end_of_run[run])


def main():
    parser = argparse.ArgumentParser(prog="scripts/histories --killed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often the server is killed (20)")
    parser.add_argument("--rate", type=int, default=1000, help="lines a second, where the machine allows (1000)")
    parser.add_argument("--seed", type=int, help="of the moments; without it, another one each time")
    options = parser.parse_args()
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="snug-killed-") as folder:
        certificates = make_certificates(PROGRAM, Path(folder) / "certs")
        chat = KilledChat(KillingPlan(seed, options.rounds), options.rate, PROGRAM, certificates, Path(folder))
        truth = judge(chat.run())
        judge_numbers(truth)
        kills = sum(entry["what"] == "kill" for entry in truth.record)
        if kills != options.rounds:
            truth.fault(f"the server was killed {kills} times")
        logs = [path.read_text() for path in sorted(Path(folder).glob("server-*.log"))]
    kept = len(truth.kept[0].get("main", {}))
    print(f"{chat.confirmed} lines confirmed, {kept} kept, {truth.orphans} seen unconfirmed and gone; {kills} kills")
    if truth.faults:
        trace = write_trace(f"killed-{seed}", truth.faults, truth.record, logs)
        print(f"FAILED (trace: {trace})")
        for fault in truth.faults[:12]:
            print(f"       {fault}")
        return 1
    print("ok     nothing that was confirmed is lost, nothing is there twice")
    return 0


if __name__ == "__main__":
    sys.exit(main())
