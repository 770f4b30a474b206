# SPDX-License-Identifier: Apache-2.0
"""scripts/trials --tmux: in a real terminal, all kinds of writing is typed, edited, completed and pasted among messages."""
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from rows import LOOKS, join
from scenarios import Scenario
from server import make_certificates
from sight import Sight, looks_in, room_of
from verdict import judge

BETWEEN = 0.05  # seconds between messages
# Columns and names of terminals: with 256 colours, with 16 in as narrow a window as people have, and with 16 again.
WINDOWS = [(80, "xterm-256color"), (20, "xterm"), (40, "screen")]
WRITINGS = {
    "Thai": "สวัสดีครับ ไม้เอก", "Hindi": "नमस्ते दुनिया", "Arabic": "مرحبا بالعالم", "Chinese and Japanese": "漢字かな交じり文",
    "Korean": "한국어 문장", "families": "👨‍👩‍👧 👩🏽‍💻 ok", "flags": "🇹🇭 🇮🇳 ok", "accents": "é ñ Ж … ok", "Latin": "the quick brown fox",
}


class Tmux:
    """As `Window`, with tmux(1) for a terminal, which shows what it has to whoever asks."""

    is_stopped = False
    code = None

    def __init__(self, command, environment, folder, columns, lines):
        self.socket = folder / "tmux"
        words = " ".join(f"'{word}'" for word in command)
        variables = " ".join(f"{name}='{environment[name]}'" for name in ("HOME", "LC_ALL", "CHAT_SECRET")
                             if name in environment)
        self.tmux("new-session", "-d", "-x", str(columns), "-y", str(lines), f"cd {folder}; env {variables} {words}")
        self.tmux("set-option", "-g", "history-limit", "100000")
        self.output = folder / "output"  # what the program sends, as it is
        self.tmux("pipe-pane", f"cat >'{self.output}'")

    def tmux(self, *arguments):
        outcome = subprocess.run(["tmux", "-u", "-f", "/dev/null", "-S", self.socket, *arguments], capture_output=True)
        if outcome.returncode:
            raise RuntimeError("tmux: " + outcome.stderr.decode())
        return outcome.stdout.decode()

    def type(self, text):
        self.tmux("send-keys", "-l", text)

    def press(self, *keys):
        self.tmux("send-keys", *keys)

    def paste(self, text):
        self.tmux("set-buffer", text, ";", "paste-buffer", "-p")

    def resize(self, columns):
        self.tmux("resize-window", "-x", str(columns))

    @property
    def recorded(self):
        return self.output.read_bytes()

    @property
    def rows(self):
        """What is to be seen and scrolled back to; what tmux has wrapped is one row."""
        rows = [row.rstrip() for row in self.tmux("capture-pane", "-p", "-J", "-S", "-").split("\n")]
        while rows and not rows[-1]:
            rows.pop()
        return rows

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)


class Session(Scenario):
    """One window of one width, in which every writing is typed in several ways."""

    longest_wait = 30

    def __init__(self, columns, term, *surroundings):
        super().__init__(1, *surroundings)
        self.columns, self.term, self.said, self.checks = columns, term, [], 0

    def run(self):
        try:
            self.server.start()
            if self.wait("the server is up", lambda: self.server.is_up):
                for person in self.everyone:
                    person.connect()
                if self.wait("everybody is in", lambda: all(person.is_ready() for person in self.everyone)):
                    self.sit_down()
        finally:
            if self.window:
                self.window.close()
                self.window = None
            self.close()
        return self.faults

    def open_tmux(self):
        command = [self.programs / "snug", "--host", "localhost", "--port", str(self.server.ports["encrypted"]), "--ca",
                   self.authority, "--name", "aisha"]
        environment = self.environment() | {"TERM": self.term}
        self.window = Tmux(command, environment, self.folder, self.columns, 24)

    def sit_down(self):
        self.open_tmux()
        if not self.wait("the prompt", lambda: self.shows("")):
            return
        self.is_talking = True
        self.chatter()
        for name, text in WRITINGS.items():
            self.write(name, text)
            if self.faults:
                return
        self.complete()
        self.is_talking = False
        last = f"ann.{self.talkers[0].refs + 1} the end"
        self.talkers[0].say("main", "the end")
        if not self.wait("the last line", lambda: any(last in row for row in join(self.window.rows))):
            return
        self.read_kept()
        self.faults += judge(Sight(
            look=LOOKS["snug"], rows=self.window.rows, draft="", before="", typed="", typed_before="", said=self.said,
            room=room_of(self), is_kept=True, looks=looks_in(self.window.recorded)))

    def chatter(self):
        if self.is_talking:
            self.talkers[0].say("main", "tick")
            self.world.after(BETWEEN, self.chatter)

    def shows(self, draft):
        rows = self.window.rows
        shown = self.look.draft_of(rows[-1]) if rows else None
        # A narrow window shows the end of it.
        return shown is not None and (shown == draft or bool(draft) and len(shown) >= 3 and draft.endswith(shown))

    def expect_draft(self, what, draft):
        self.checks += 1
        if not self.wait(f"{what}: {draft!r}", lambda: self.shows(draft)):
            self.faults.append(f"there is {self.window.rows[-1]!r}")
            return False
        return True

    def write(self, name, text):
        number = f"own.{len(self.said) + 1} "
        line = number + text
        for sign in line:
            self.window.type(sign)
            self.pass_time(BETWEEN)
        if not self.expect_draft(f"{name} is typed", line):
            return
        # In front of the last word, which is a word to everybody, and back.
        self.window.press("Home")
        self.window.press(*["Right"] * len(number))
        self.window.type("x")
        self.window.press("BSpace")
        self.window.press("End")
        self.window.type("!")
        if not self.expect_draft(f"{name} is edited in the middle", line + "!"):
            return
        self.window.press("BSpace")
        # tmux tells of a new size a quarter of a second after it has wrapped the rows: nobody could draw meanwhile.
        self.is_talking = False
        self.pass_time(0.1)
        for columns in (max(20, self.columns - 30), self.columns):
            self.window.resize(columns)
            self.pass_time(0.5)
        self.is_talking = True
        self.chatter()
        self.window.paste(text[-2:])
        if self.expect_draft(f"{name} is pasted, in a window that was resized", line + text[-2:]):
            self.say(line + text[-2:])

    def complete(self):
        self.window.type("an")
        self.window.press("Tab")
        self.window.type("own.tab")
        if self.expect_draft("a name is completed", "ann: own.tab"):
            self.window.press("C-u")

    def say(self, line):
        self.window.press("Enter")
        self.said.append(line)
        self.wait(f"said: {line!r}", lambda: line in self.observer.heard)
        self.expect_draft("an empty row", "")


def run(window):
    """In a process of its own."""
    programs = Path(os.environ.get("SNUG_PROGRAMS", ".build/debug")).resolve()
    with tempfile.TemporaryDirectory(prefix="snug-tmux-") as folder:
        certificates = make_certificates(programs / "snug-server", Path(folder) / "certs")
        session = Session(*window, programs, "snug", certificates, Path(folder))
        faults = session.run()
    return faults, len(session.said), session.checks, session.talkers[0].refs


def main():
    # Who ends it ends tmux as well, which is nobody's child.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed = 0
    with multiprocessing.Pool(len(WINDOWS)) as pool:
        for (columns, term), (faults, said, checks, messages) in zip(WINDOWS, pool.imap(run, WINDOWS)):
            failed += bool(faults)
            print(f"{'FAILED' if faults else 'ok    '} {columns} columns, TERM={term}: {said} lines of {len(WRITINGS)} "
                  f"writings, {checks} looks, {messages} messages meanwhile", flush=True)
            for fault in faults[:8]:
                print(f"       {fault}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
