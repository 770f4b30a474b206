# SPDX-License-Identifier: Apache-2.0
"""scripts/trials --ear: an ordinary conversation with --plain-output, row by row and as espeak-ng(1) reads it out."""
import os
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from people import Typed
from picture import PicturePlan
from server import make_certificates
from trial import Trial
from window import Window

# Said out loud these are names of signs, or nothing: they help nobody who listens.
SIGNS = re.compile(r"(?<!\S)[^\w\s]+(?!\S)|[*|\[\]<>{}^~\\✔→…]|\x1b|-{2,}")
TIME = re.compile(r"\d\d:\d\d ")
PLAIN = {"carla": "eve", "ben": "ann", "dan": "ben"}  # as `Trial` calls them


class Listening(Trial):
    """aisha, who listens and types whole lines, and two others."""

    def __init__(self, *surroundings):
        super().__init__(PicturePlan(), *surroundings)
        self.refs = 0
        self.typed_rows = set()  # which the terminal itself shows

    def typed(self, name, kind):
        name = next(shown for shown, called in PLAIN.items() if called == name)
        return Typed(self, name, kind, random.Random(name), ["main"])

    def open_window(self):
        command = [self.programs / "snug", "--plain-output", "--host", "localhost", "--port", str(self.relay.port), "--ca",
                   self.authority, "--name", "aisha"]
        self.window = Window(self.world, command, self.environment(), self.folder, 700, 100)

    def is_in(self):
        return self.has("you are in #main")

    def has(self, words):
        return any(words in row for row in self.window.terminal.rows)

    def run(self):
        try:
            if self.begin():
                for words in self.steps():
                    if not self.wait(f"told: {words}", lambda: self.has(words)):
                        break
                self.types("/quit", "goodbye")
                self.world.run_until(lambda: self.has("goodbye"), self.longest_wait)
            rows = self.window.terminal.rows if self.window else []
            return [row for row in rows if row and row not in self.typed_rows]
        finally:
            self.close()

    # What happens, and what is to be heard of it

    def steps(self):
        carla, ben, dan = self.everyone
        yield self.types("hello everybody", "you said: hello everybody")
        yield self.sends(ben, "ben says: hello aisha", type="say", room="main", text="hello aisha, how are you?")
        yield self.sends(dan, "dan does: waves", type="say", room="main", text="waves", action=True)
        yield self.sends(carla, "carla says to you only: there is cake", type="direct", to="aisha", text="there is cake")
        yield self.types("/r I shall be there", "to carla, you said: I shall be there")
        yield self.types("/msg nobody hello", "not said: \"hello\": nobody here is called nobody")
        yield self.types("/me sits down", "you did: sits down")
        for command, words in (("/who", "online: "), ("/rooms", "rooms: #main"), ("/topic tea at five", "set the topic"),
                               ("/nick", "usage: /nick NAME"), ("/kick ben", "only operators may do that"), ("/jion", "is no"),
                               ("/help", "anything else is said"), ("/tls", "can be read by"), ("/bell", "the bell rings"),
                               ("/join ops", "you are in #ops"), ("/go main", "you talk in #main now"),
                               ("/history", "nothing earlier of #main is kept"), ("/leave ops", "you left #ops")):
            yield self.types(command, words)
        # Of signs alone a voice says nothing.
        yield self.sends(dan, "dan is now somebody whose name is exclamation mark and full stop", type="nick", name="!.")
        yield self.sends(dan, "exclamation mark and full stop says: boo", type="say", room="main", text="boo")
        dan.send(type="quit")
        yield "somebody whose name is exclamation mark and full stop left"
        self.server.restart("term")
        yield "trying to come back"
        yield "you are back after"
        yield self.types("x" * 600, "it is too long")

    def sends(self, person, words, **message):
        self.refs += 1
        person.send(ref=f"e{self.refs}", **message)
        return words

    def types(self, text, words):
        self.typed_rows.add(text)
        self.window.write(text + "\r")
        return words


def listen(rows):
    """Prints each row and how it is said, and counts what is no word in it."""
    found = 0
    for row in rows:
        words = TIME.sub("", row, count=1)
        said = subprocess.run(["espeak-ng", "-q", "-x", "--", words], capture_output=True, text=True, check=True)
        print(f"{words}\n    {' '.join(said.stdout.split())}")
        for sign in SIGNS.findall(words):
            found += 1
            print(f"FAILED no word: {sign!r}")
    return found


def main():
    programs = Path(os.environ.get("SNUG_PROGRAMS", ".build/debug"))
    with tempfile.TemporaryDirectory(prefix="snug-ear-") as folder:
        certificates = make_certificates(programs / "snug-server", Path(folder) / "certs")
        listening = Listening(programs, "snug", certificates, Path(folder))
        rows = listening.run()
    found = listen(rows)
    is_whole = bool(rows) and rows[-1] == "goodbye"
    print(f"{'FAILED' if found or not is_whole else 'ok    '} {len(rows)} rows, {found} signs that no voice makes a word of")
    if not is_whole:
        print("       " + "; ".join(listening.faults))
    return 0 if is_whole and not found else 1


if __name__ == "__main__":
    sys.exit(main())
