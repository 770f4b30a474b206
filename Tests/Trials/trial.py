# SPDX-License-Identifier: Apache-2.0
"""One trial: a real server, people who talk, a relay, and the real `snug` at a terminal with somebody who types."""
import os
import random
import ssl
import sys
from pathlib import Path

from one_server import OneServer
from people import Typed
from person import ENTER, Person
from relay import Relay
from rows import LOOKS, NAME, NOTICE
from server import PASSPHRASE, Server
from sight import sight_of
from window import Window
from world import World

END = "the end of it"
SCRIPT = Path("clients/snug.py").resolve()


class Trial(OneServer):
    longest_wait = 60  # which only a failure takes
    private_rooms = ()

    def __init__(self, plan, programs, client, certificates, folder):
        self.figures = {}  # that a person wants to know
        self.plan, self.programs, self.folder = plan, Path(programs), folder
        self.world = World()
        self.faults, self.sight = [], None
        self.client, self.look = client, LOOKS[client]
        self.is_over = False
        self.certificates, self.authority = certificates, certificates / "ca.pem"
        self.contexts = {1: self.context()}
        flags = list(plan.flags) + (["--history", str(folder / "history.db")] if plan.has_file else [])
        self.server = Server(self.world, self.programs / "snug-server", certificates, folder, flags,
                             plan.has_passphrase)
        # It sees everything that happens, and is cut by nothing but a restart.
        self.observer = self.typed("eve", "plain")
        self.talkers = [self.typed("ann", "tls"), self.typed("ben", "plain")]
        self.everyone = [self.observer, *self.talkers]
        self.relay = self.window = self.person = None
        self.doubtful = set()  # what was under way when the server was killed

    def context(self):
        context = ssl.create_default_context(cafile=self.authority)
        context.set_alpn_protocols(["snug/1"])
        return context

    def typed(self, name, kind):
        # What was said in a new epoch before it came is told to it as history.
        return Typed(self, name, kind, random.Random(f"{self.plan.seed} {name}"), ["main"], history=200)

    # Beginning

    def begin(self):
        self.server.start()
        if not self.wait("the server is up", lambda: self.server.is_up):
            return False
        for person in self.everyone:
            person.connect()
        self.relay = Relay(self.world, self.server, random.Random(f"relay {self.plan.seed}"))
        if not self.wait("everybody is in", lambda: all(person.is_ready() for person in self.everyone)):
            return False
        self.open_window()
        self.person = Person(self, self.window, random.Random(f"person {self.plan.seed}"))
        return self.wait("the person is in", self.is_in)

    def environment(self):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith(("SNUG_", "CHAT_", "XDG_")) and name not in ("NO_COLOR", "COLORTERM")}
        environment |= {"TERM": self.plan.term, "HOME": str(self.folder), "SWIFT_BACKTRACE": "enable=no",
                        "LC_ALL": "C.UTF-8"}
        if self.plan.has_passphrase:
            environment["CHAT_SECRET"] = PASSPHRASE.decode()
        return environment

    def open_window(self):
        command = [*self.command(), "--host", "localhost", "--port", str(self.relay.port), "--ca",
                   self.authority, "--name", NAME]
        self.window = Window(self.world, command, self.environment(), self.folder, self.plan.columns, self.plan.rows)

    def command(self):
        return [self.programs / "snug"] if self.client == "snug" else [sys.executable, SCRIPT, "--time", "%H:%M"]

    def is_in(self):
        rows = self.window.terminal.rows
        return bool(rows) and self.person.sees_draft and any(row.kind == NOTICE for row in self.look.conversation(rows))

    # Trouble

    def run(self):
        try:
            if self.begin():
                self.make_trouble()
                self.end()
                self.read_kept()
                self.sight = None if self.is_over else sight_of(self)
                self.leave()
        finally:
            self.close()

    def make_trouble(self):
        self.person.begin_line()
        self.person.is_typing = True
        self.person.live()
        self.world.after(0, self.talk)
        for at, kind, facts in self.plan.steps:
            self.world.after(at, lambda do=getattr(self, "do_" + kind.replace(" ", "_")), facts=facts: do(*facts))
        until = self.world.now + self.plan.seconds
        self.world.run_until(lambda: self.world.now > until or self.is_over, self.longest_wait)

    def talk(self):
        if self.person.is_typing and not self.is_over:
            talker = self.person.chance.choice(self.talkers)
            talker.say("main", "".join(self.person.letters(self.person.chance.randint(1, 8))))
            self.world.after(self.person.chance.uniform(0, 2 * self.plan.pace), self.talk)

    def note(self, what, **facts):
        self.world.note("trouble", what, **facts)

    def do_cut(self, how):
        self.note("cut", how=how)
        self.relay.cut(how)

    def do_cut_in_the_middle(self, count, how):
        self.note("cut in the middle", count=count, how=how)
        self.relay.cut_after(count, how)

    def do_half_open(self, whose):
        self.note("half open", whose=whose)
        self.relay.cut(whose)

    def do_stall(self, seconds):
        self.note("stall", seconds=seconds)
        self.relay.stall(seconds)

    def do_delay(self, seconds):
        self.note("delay", seconds=seconds)
        self.relay.longest_delay = seconds

    def do_swallow(self, seconds):
        self.note("swallow", seconds=seconds)
        self.relay.swallow(seconds)

    def do_refuse(self, seconds):
        self.note("refuse", seconds=seconds)
        self.relay.refuse_for(seconds)

    def do_stop(self):
        self.server.restart("term")

    def do_kill(self):
        if self.server.is_up and not self.server.is_expected_to_end:
            self.doubtful |= {line["text"] for talker in self.talkers for line in talker.unconfirmed.values()}
            self.server.restart("kill")

    def do_sleep(self, seconds):
        self.note("sleep", seconds=seconds)
        self.window.stop()
        self.world.after(seconds, self.window.go_on)

    # Ending

    def end(self):
        """The trouble is over: everything that was said and typed arrives, on both sides."""
        self.world.note("trial", "end of trouble")
        self.window.go_on()
        self.relay.be_good()
        if self.is_over or not self.wait("everybody is back", self.is_everybody_back):
            return
        if self.plan.waits_at_end:
            # The draft waits as well, with nobody at the keyboard.
            self.person.is_typing = False
            if not self.wait("the client is back by itself", lambda: self.is_back_with(self.ask_for_sign())):
                return
        self.person.is_typing = False
        if not self.wait("what was typed is to be seen", lambda: self.person.sees_draft):
            return
        self.person.enter()
        self.hurry()
        if not self.wait("all that was typed is said", self.is_all_said):
            return
        if not self.wait("all that was said is to be seen", lambda: self.is_back_with(self.ask_for_sign())):
            return
        self.person.begin_line()
        self.wait("the draft is to be seen", lambda: self.person.sees_draft)

    def read_kept(self):
        """All that is kept of the room, where that is everything: also what a killed server had told is in it once."""
        self.kept, before = [], {}
        while self.plan.keeps_all and not self.is_over:
            ref = self.observer.ask("history", "main", limit=200, **before)
            if not self.wait("a page of what is kept", lambda: ref in self.observer.pages):
                return
            page, has_more = self.observer.pages[ref]
            self.kept = [text for _, text in page] + self.kept
            if not has_more or not page:
                return
            before = {"before": page[0][0]}

    def leave(self):
        """The terminal is given back as it was."""
        if self.is_over:
            return
        self.person.press("\x15/quit\r")
        if not self.world.run_until(lambda: self.window.code is not None, self.longest_wait):
            self.give_up(f"in {self.longest_wait} s it did not leave")
        elif self.window.code != 0:
            self.give_up(f"it left with {self.window.code}")
        elif not self.window.has_its_modes_back:
            self.give_up("the terminal did not get its modes back")

    def is_everybody_back(self):
        return self.server.is_up and not self.server.is_expected_to_end and all(
            person.is_ready() and not person.unconfirmed for person in self.everyone)

    def ask_for_sign(self):
        """Somebody's line that comes behind all others; it is said once."""
        if not getattr(self, "sign", None) and self.is_everybody_back():
            self.talkers[0].say("main", END)
            self.sign = f"ann.{self.talkers[0].refs} {END}"
        return getattr(self, "sign", None)

    def is_back_with(self, sign):
        if not sign or self.window.is_stopped:
            return False
        if any(sign in row for row in self.window.terminal.rows[-60:]):
            self.sign = None
            return True
        return False

    def hurry(self):
        """Enter on an empty line, as long as there is no connection."""
        if not self.is_all_said() and not self.is_over:
            if not self.relay.passages:
                self.person.press(ENTER)
            self.world.after(0.3, self.hurry)

    def is_all_said(self):
        return set(self.person.said) <= self.observer.heard

    # Keeping order

    def wait(self, what, condition):
        came = self.world.run_until(lambda: self.is_over or self.has_ended or condition(), self.longest_wait)
        if self.has_ended:
            rows = "\n         ".join(self.window.terminal.rows[-4:])
            self.give_up(f"the client has ended with {self.window.code}, and not: {what}; its last rows:\n"
                         f"         {rows}")
        elif not came:
            self.give_up(f"in {self.longest_wait} s not: {what}")
        return not self.is_over

    @property
    def has_ended(self):
        return self.window is not None and self.window.code is not None

    def give_up(self, fault):
        self.faults.append(fault)
        self.is_over = True

    def close(self):
        for person in self.everyone:
            person.stay_away()
            if person.link:
                person.link.cut_after("out", 0, "rst")
        if self.window:
            self.window.close()
        if self.relay:
            self.relay.close()
        self.server.kill()
