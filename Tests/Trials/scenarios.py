# SPDX-License-Identifier: Apache-2.0
"""Trials of which the length is the point: many restarts, a long wait, a long silence, a long sleep, a false server."""
import re

from person import ENTER
from server import make_certificates
from trial import Trial

SLACK = 5  # seconds, for a machine with much else to do
LONGEST_WAIT = 10  # seconds between two attempts, and half as much again by chance
AFTER = 3  # seconds that a server which stops asks everybody to stay away
SPOKEN_TO = re.compile(r": 127\.0\.0\.1:\d+ (?!did not complete the TLS handshake)")  # in a server's log
LOST = 60  # seconds after which a stay that was cut is over


class ScenarioPlan:
    """The same each time; where a scenario needs something by chance, its seed says what."""

    has_file = keeps_all = True
    lines, steps, seconds, haste, waits_at_end, pace = 5000, (), 0, 0.3, False, 0.2
    flags = ["--loops", "2", "--history-lines", str(lines), "--rate", "0"]
    has_passphrase, columns, rows, term = True, 100, 24, "xterm-256color"

    def __init__(self, seed):
        self.seed = seed


class Scenario(Trial):
    longest_wait = 180

    def __init__(self, seed, *arguments):
        super().__init__(ScenarioPlan(seed), *arguments)

    def make_trouble(self):
        self.person.begin_line()
        self.person.is_typing = True
        self.person.live()
        self.world.after(0, self.talk)
        self.go_through()

    def pass_time(self, seconds):
        until = self.world.now + seconds
        self.world.run_until(lambda: self.world.now > until or self.is_over, 2 * seconds + self.longest_wait)

    def hands_off(self):
        """Nobody at the keyboard, and a draft in the row."""
        self.person.is_typing = False
        return self.wait("what was typed is to be seen", lambda: self.person.sees_draft)

    def hands_on(self):
        self.person.is_typing = True
        self.person.looks_since = None
        self.person.live()
        self.talk()

    def expect(self, is_so, fault):
        if not is_so:
            self.faults.append(fault)

    def come_back(self, what):
        """How long it takes until all that is said is to be seen, from when everybody else is back."""
        if not self.wait("everybody else is back", self.is_everybody_back):
            return 0
        begin = self.world.now
        self.wait(f"back after {what}", lambda: self.is_back_with(self.ask_for_sign()))
        return self.world.now - begin


class TwentyRestartsAndTenKills(Scenario):
    """Under a talking client; with Enter in every other case, and by itself in the others."""

    def go_through(self):
        ways = ["term"] * 20 + ["kill"] * 10
        self.person.chance.shuffle(ways)
        longest = 0
        for number, how in enumerate(ways):
            self.pass_time(0.4)
            run = self.server.run
            self.do_kill() if how == "kill" else self.do_stop()
            if not self.wait("the server is started again", lambda: self.server.run > run and self.server.is_up):
                return
            is_hasty = number % 2
            if is_hasty:
                self.press_enter_while_away()
            took = self.come_back(how)
            if self.is_over:
                return
            longest = max(longest, took)
            bound = 1.5 * AFTER + SLACK
            self.expect(took <= bound, f"back {took:.1f} s after {how}, and not within {bound}")
        self.figures["longest way back, s"] = round(longest, 1)

    def press_enter_while_away(self):
        if not self.relay.passages and not self.window.is_stopped:
            self.person.enter()
            self.person.press(ENTER)
            self.person.begin_line()


class BackOffAndEnter(Scenario):
    """Each wait is twice as long as the one before, up to a limit, and Enter makes it none."""

    def go_through(self):
        self.pass_time(0.5)
        if not self.hands_off():
            return
        self.relay.rejects = True
        begin = self.world.now
        self.relay.cut("rst")
        wanted = 5
        attempts = lambda: [at for at in self.relay.attempts if at > begin]
        if not self.wait(f"{wanted} attempts", lambda: len(attempts()) >= wanted):
            return
        times = [begin, *attempts()[:wanted]]
        for number, (before, after) in enumerate(zip(times, times[1:])):
            shortest, wait = min(2 ** number, LONGEST_WAIT), after - before
            self.expect(shortest * 0.95 <= wait <= 1.5 * shortest + SLACK,
                        f"wait {number + 1} took {wait:.1f} s, and not {shortest} to {1.5 * shortest}")
        self.figures["waits, s"] = [round(after - before, 1) for before, after in zip(times, times[1:])]
        # The next wait is LONGEST_WAIT or more, and begins when the client has learned of its failure.
        self.pass_time(1)
        self.relay.rejects = False
        self.person.enter()
        pressed = self.world.now
        self.person.press(ENTER)
        self.person.begin_line()
        if not self.wait("an attempt at Enter", lambda: len(attempts()) > wanted):
            return
        took = attempts()[wanted] - pressed
        self.expect(took < SLACK, f"Enter was followed by an attempt after {took:.1f} s")
        self.figures["attempt after Enter, s"] = round(took, 2)
        self.come_back("Enter")
        self.hands_on()


class Silence(Scenario):
    """A connection on which nothing comes any more, and nobody says that it is gone."""

    def go_through(self):
        self.pass_time(0.5)
        begin, before = self.world.now, len(self.relay.attempts)
        for passage in self.relay.passages:
            passage.stall(True)
        if not self.wait("a new connection", lambda: len(self.relay.attempts) > before):
            return
        self.figures["silence noticed after, s"] = round(self.world.now - begin, 1)
        self.come_back("silence")


class LongSleep(Scenario):
    """A laptop that sleeps for longer than a stay is kept."""

    def go_through(self):
        self.pass_time(0.5)
        self.window.stop()
        # Its network goes with it.
        self.relay.cut("server")
        self.pass_time(LOST + 5)
        self.window.go_on()
        self.figures["awake again for, s"] = round(self.come_back("a long sleep"), 1)


class FalseServer(Scenario):
    """One that answers on the same port, and that the authority does not vouch for: no word is said to it."""

    def go_through(self):
        self.pass_time(0.5)
        if not self.hands_off():
            return
        false = make_certificates(self.programs / "snug-server", self.folder / "false")
        before = len(self.relay.attempts)
        # The others would not speak to it either.
        for person in self.everyone:
            person.stay_away()
        self.server.certificates = false
        run = self.server.run
        self.do_stop()
        if not self.wait("the false server is up", lambda: self.server.run > run and self.server.is_up):
            return
        self.person.enter()
        self.person.press(ENTER)
        self.person.begin_line()
        shown = lambda: any("certificate" in row for row in self.window.terminal.rows[-12:])
        self.wait("a refusal", lambda: len(self.relay.attempts) > before and shown())
        self.pass_time(2)
        self.expect(not SPOKEN_TO.search(self.server.log().read_text()), "the false server was spoken to")
        self.expect(self.person.sees_draft, f"the draft is gone: {self.window.terminal.cursor_row!r}")
        self.expect(not any("next attempt" in row for row in self.window.terminal.rows[-4:]),
                    "another attempt is promised, of which there will be none")
        # It is over, as somebody may be at the other end who must learn nothing.
        self.person.press("\x15\r")
        self.world.run_until(lambda: self.window.code is not None, self.longest_wait)
        self.expect(self.window.code == 77, f"it left with {self.window.code}, and not with 77")
        rows = self.window.terminal.rows
        begin = max([number for number, row in enumerate(rows) if "not sent" in row], default=len(rows))
        for line in self.person.said[-1:]:
            self.expect(any(line in row for row in rows[begin:]), f"is not told that it was not sent: {line!r}")
        self.is_over = True


SCENARIOS = [TwentyRestartsAndTenKills, BackOffAndEnter, Silence, LongSleep, FalseServer]
