# SPDX-License-Identifier: Apache-2.0
"""scripts/trials --screen: random edits, messages and resizes, and whether a terminal shows what the editor believes."""
import argparse
import multiprocessing
import os
import random
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

from terminal import CUTS, REWRAPS, Terminal
from wcwidth import wcwidth

STEPS = 300  # on each screen
KEPT = 100   # rows that have scrolled out of it
PROBE = Path(os.environ.get("SNUG_PROGRAMS", ".build/debug")) / "screen-probe"

KEYS = {
    "\x1b[D": 8, "\x1b[C": 6, "\x1b[H": 2, "\x1b[F": 2, "\x7f": 6, "\x1b[3~": 3, "\x1b[A": 2, "\x1b[B": 2, "\r": 3,
    "\x17": 1, "\x0b": 1, "\x15": 1, "\x19": 2, "\x14": 1, "\x1f": 2, "\x1bb": 2, "\x1bf": 2, "\x1bd": 1, "\x1b\x7f": 1,
    "\x01": 1, "\x05": 1, "\x1b[1;5D": 1, "\x1b[1;5C": 1, "\t": 1, "\x12": 1, "\x07": 1, "\x0c": 1, "\x1b1": 1,
}
TEXTS = [
    "the quick brown fox", "สวัสดีครับ วันนี้ทำอะไร", "नमस्ते दुनिया क्षत्रिय", "مرحبا بالعالم", "漢字かな交じり文", "한국어 문장",
    "👨‍👩‍👧‍👦👩🏽‍💻🏳️‍🌈", "🇹🇭🇮🇳🇪🇬🇯🇵", "❤️☎️©️", "é e\u0301 ñ Ж … ① ½", "שלום עולם", "ไม้เอก น้ำ", "a", " ", "x", "👋🏽",
    "https://example.org/a/very/long/path?with=many&parameters=1", "ﷺ", "\u1100\u1161\u11a8", "கொடு", "👍", "…", "、。",
]


class Fault(Exception):
    pass


class Probing:
    """One editor and one terminal, side by side."""

    def __init__(self, seed, program=PROBE):
        self.chance = random.Random(f"screen {seed}")
        self.columns, self.lines = self.chance.randint(8, 120), self.chance.choice([3, 6, 12, 24])
        resizing = self.chance.choice([CUTS, REWRAPS])
        self.answers = []
        self.terminal = Terminal(self.columns, self.lines, self.answers.append, resizing, self.chance.random() < 0.7)
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.unknown = 0  # resizes after which nobody could know where the live area begins
        self.above = []  # the lines above the live area, as they were seen last
        self.ask(f"size {self.columns} {self.lines}", is_first=True)
        self.ask("open")

    # The probe

    def ask(self, request, is_first=False):
        self.process.stdin.write(request.encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise Fault(f"the probe has ended, at {request[:80]}")
        drawn, *beliefs = [b"" if field == b"-" else bytes.fromhex(field.decode()) for field in line.split()]
        self.beliefs = [belief.decode() for belief in beliefs]
        if not is_first:
            # As the system writes it to a terminal.
            self.terminal.take(drawn.replace(b"\n", b"\r\n"))
        while self.answers:
            self.ask("keys " + self.answers.pop(0).encode().hex())

    @staticmethod
    def hex(text):
        return text.encode().hex() or "20"

    # What is done

    def step(self):
        what = self.chance.random()
        if what < 0.45:
            self.do("keys " + self.hex(self.chance.choices(list(KEYS), KEYS.values())[0]))
        elif what < 0.75:
            self.do("keys " + self.hex(self.piece()))
        elif what < 0.80:
            pasted = "".join(self.piece() for _ in range(self.chance.randint(1, 5)))
            self.do("keys " + self.hex(f"\x1b[200~{pasted}\x1b[201~"))
        elif what < 0.90:
            self.hear(" ".join(self.chance.choice(TEXTS) for _ in range(self.chance.randint(1, 6))))
        elif what < 0.94:
            rows = [self.chance.choice(TEXTS) for _ in range(self.chance.choice([0, 0, 1, 2, 3, 6]))]
            self.do("live " + " ".join(map(self.hex, rows)))
        elif what < 0.95:
            self.do("prompt " + self.hex(self.chance.choice(["#main", "#ops(3)", "#โต๊ะ", "#" + "x" * 20])))
        else:
            self.resize(self.chance.randint(8, 120), self.chance.choice([3, 6, 12, 24]))

    def piece(self):
        text = self.chance.choice(TEXTS)
        begin = self.chance.randrange(len(text))
        return text[begin:begin + self.chance.randint(1, 12)]

    def do(self, request):
        self.ask(request)
        if request == "keys 0c":
            self.above = self.seen_above()  # the screen is cleared
        self.check(request)

    def hear(self, text):
        request, count = f"message {self.hex('ben')} {self.hex(text)}", len(self.above)
        self.ask(request)
        new = self.seen_above()[count:]
        self.above += new
        self.check(request)
        self.expect(squeezed("".join(new)) == squeezed("ben: " + text), f"{text!r} is shown as {new}", request)
        self.expect(all(row.startswith(" ") for row in new[1:]), f"a row begins where messages begin: {new}", request)

    def resize(self, columns, lines):
        request, rows = f"size {columns} {lines}", len(self.beliefs) - 2
        is_known = self.is_known(columns)
        loses = columns < self.terminal.columns and self.terminal.resizing == CUTS
        self.terminal.resize(lines, columns)
        seen = self.terminal.lines_to_cursor
        # What has scrolled out of the screen nobody can erase.
        is_known &= len(seen) >= rows and seen[-rows][1] >= len(self.terminal.scrolled)
        if loses:
            self.above = [text for text, _ in seen[:-rows]]
        self.ask(request)
        if not is_known:
            self.unknown += 1
            # What is left of a line whose end was erased with the area ends there.
            self.terminal.end_line(rows_above=len(self.beliefs) - 2)
            self.above = self.seen_above()
        self.check(request)

    def is_known(self, columns):
        """Whether a client can know in which row its area begins once the window has so many columns.

        It learns the column of the cursor, and from most terminals which one it is. A terminal that cuts and has no name
        looks like one that wraps while the cursor is not behind the edge, and how wide a terminal draws a picture is not
        known either.
        """
        before, after, _, *live = self.beliefs
        if self.terminal.resizing == CUTS and self.terminal.has_name:
            return True
        if all(width(row) < columns and most(row) < columns for row in [before + after, *live]):
            return True
        if any(width(row) != most(row) for row in [before + after, *live]):
            return False
        if self.terminal.resizing == REWRAPS:
            return True
        return before.isascii() and width(before) > columns and width(before) % columns != columns - 1

    # What is to be seen then

    def check(self, request):
        terminal = self.terminal
        before, after, columns, *live = self.beliefs
        row, shown, above = terminal.cursor_row, terminal.text_before_cursor, self.seen_above()
        rows = [text for text, _ in terminal.lines_to_cursor[-1 - len(live):-1]]
        self.expect(row == (before + after).rstrip(), f"the row is {row!r}, believed is {before + after!r}", request)
        # A sign without a width, such as a lone ᆨ, is drawn onto what is in front of it, and so seems to be in front.
        joins = shown.startswith(before) and not any(wcwidth(sign) > 0 for sign in shown[len(before):])
        self.expect(joins, f"in front of the cursor is {shown!r}, believed is {before!r}", request)
        self.expect(terminal.cursor.x <= int(columns),
                    f"the cursor is in column {terminal.cursor.x}, believed is {columns} at most", request)
        self.expect(not terminal.rows_below_cursor, f"below is {terminal.rows_below_cursor}", request)
        self.expect(rows == [row.rstrip() for row in live], f"the live rows are {rows}, believed is {live}", request)
        self.expect(above == self.above, f"above is {above[-4:]}, and should be {self.above[-4:]}", request)
        del terminal.scrolled[:-KEPT]
        self.above = self.seen_above()

    def seen_above(self):
        live = len(self.beliefs) - 3
        return [text for text, _ in self.terminal.lines_to_cursor[:-1 - live]]

    def expect(self, is_so, fault, request):
        if not is_so:
            raise Fault(f"{fault}; at {request[:200]} in {self.terminal.columns} columns, {self.terminal.lines} rows, "
                        f"which it {self.terminal.resizing}")

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def width(text):
    return sum(max(0, wcwidth(sign)) for sign in text)


def most(text):
    """The most columns that a terminal takes: there are some that show these in two."""
    return sum(0 if unicodedata.category(sign) in ("Mn", "Me", "Cf") and sign != "\ufe0f"
               else 2 if unicodedata.east_asian_width(sign) in "AWF" or sign == "\ufe0f" else 1 for sign in text)


def squeezed(text):
    """Without blanks and joiners: where rows end, there may have been one or none."""
    return "".join(unicodedata.normalize("NFC", text).replace("\u200d", "").split())


def probe(task):
    seed, steps = task
    probing = Probing(seed)
    try:
        for number in range(steps):
            probing.step()
    except Fault as fault:
        return seed, number + 1, f"step {number + 1}: {fault}", probing.unknown
    finally:
        probing.close()
    return seed, steps, None, probing.unknown


def main():
    parser = argparse.ArgumentParser(prog="scripts/trials --screen", description=__doc__)
    parser.add_argument("--edits", type=int, default=3000, help="how many edits, messages and resizes (3000)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once (2)")
    options = parser.parse_args()
    begin, done, failed, unknown = time.monotonic(), 0, 0, 0
    tasks = [(options.seed + number, STEPS) for number in range(-(-options.edits // STEPS))]
    with multiprocessing.Pool(options.jobs) as pool:
        for seed, steps, fault, count in pool.imap_unordered(probe, tasks):
            done, unknown = done + steps, unknown + count
            if fault:
                failed += 1
                print(f"FAILED seed {seed} (again: scripts/trials --screen --edits 1 --seed {seed})\n       {fault}", flush=True)
    print(f"{done:,} edits on {len(tasks)} screens in {time.monotonic() - begin:.0f} s; after {unknown:,} resizes "
          "no client could know where its rows begin")
    print(f"{'FAILED' if failed else 'ok    '} screens that were not as the editor believed: {failed}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
