# SPDX-License-Identifier: Apache-2.0
"""scripts/picture: an ordinary conversation as a terminal shows it, drawn as SVG, for dark and for light backgrounds."""
import argparse
import os
import random
import sys
import tempfile
from html import escape
from pathlib import Path

from colours import SIXTEEN
from people import Typed
from server import make_certificates
from trial import Trial
from troubles import Plan

COLUMNS, ROWS = 72, 21
WIDTH, HEIGHT, EDGE = 8.4, 18, 14  # of a character, of a row, around all of them
MOST_BYTES = 40_000


class PicturePlan(Plan):
    def __init__(self):
        super().__init__(1, ())
        self.has_file, self.keeps_all, self.has_passphrase, self.lines = True, True, False, 1000
        self.flags = ["--loops", "1"]
        self.columns, self.rows, self.term = COLUMNS, ROWS, "xterm-256color"


class Sitting(Trial):
    """aisha at the terminal, and who she talks with."""

    def __init__(self, *surroundings):
        super().__init__(PicturePlan(), *surroundings)
        self.refs = 0

    def typed(self, name, kind):
        name = {"ann": "ben", "ben": "น้ำ", "eve": "carla"}[name]
        return Typed(self, name, "plain", random.Random(name), ["main", "ops"] if name == "carla" else ["main"])

    def run(self):
        try:
            if self.begin():
                for step in self.steps():
                    if self.is_over or not self.wait("what is said is to be seen", step):
                        break
            return self.terminal_rows() if not self.faults else None
        finally:
            self.close()

    def terminal_rows(self):
        return self.window.terminal

    # What happens; each step is a condition that is waited for before the next one

    def steps(self):
        carla, ben, nam = self.everyone
        yield self.says(ben, "hello aisha! the kettle is on")
        yield self.types("hi ben, I am on my way")
        yield self.says(nam, "สวัสดีค่ะ 👋🏽 เจอกันตอนหกโมง")
        yield self.does(nam, "waves")
        yield self.says(carla, "here is the map: https://map.example/tea?from=station&to=kettle, it is ten minutes on foot")
        yield self.says(ben, "aisha: could you bring some 茶 from the corner?")
        yield self.types("of course 🍵")
        yield self.cut()
        yield self.says_meanwhile(nam, "I will be a little late, the train stands still")
        yield self.hurries()
        yield self.direct(carla, "psst: there is cake as well")
        yield self.drafts("see you all at s")

    def says(self, person, text, **members):
        self.refs += 1
        person.send(type="say", room="main", text=text, ref=f"p{self.refs}", **members)
        begin = " ".join(text.split()[:2])
        return lambda: any(begin in row for row in self.window.terminal.rows)

    def says_meanwhile(self, person, text):
        self.says(person, text)
        return lambda: text in self.observer.heard

    def does(self, person, text):
        return self.says(person, text, action=True)

    def direct(self, person, text):
        self.refs += 1
        person.send(type="direct", to="aisha", text=text, ref=f"p{self.refs}")
        return lambda: any(text.split()[-1] in row for row in self.window.terminal.rows)

    def types(self, text):
        self.window.write(text + "\r")
        return lambda: any(row.endswith(f"*> {text}") for row in self.window.terminal.rows)

    def drafts(self, text):
        self.window.write(text)
        return lambda: self.window.terminal.cursor_row.endswith(text)

    def cut(self):
        self.relay.refuse()
        self.relay.cut("rst")
        return lambda: any("lost" in row for row in self.window.terminal.rows)

    def hurries(self):
        self.relay.listen()
        self.window.write("\r")
        return lambda: any("train" in row for row in self.window.terminal.rows) and bool(self.relay.passages)


# Drawing

STYLE = """
  .window {{ fill: #fdfdfd }} .edge {{ stroke: #d0d0d0 }} text {{ fill: #1f1f1f }}
  .dim {{ fill: #6b6b6b }} .cursor {{ fill: #1f1f1f }} .on {{ fill: #fdfdfd }}
  @media (prefers-color-scheme: dark) {{
    .window {{ fill: #16181c }} .edge {{ stroke: #3a3d44 }} text {{ fill: #e4e4e4 }}
    .dim {{ fill: #9a9a9a }} .cursor {{ fill: #e4e4e4 }} .on {{ fill: #16181c }}
  }}
  text {{ font: 14px ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }}
  .bold {{ font-weight: bold }} {colours}
"""


def draw(terminal):
    """The screen as SVG; each run of one look has its column, so that no font's widths add up."""
    colours, shapes = set(), []
    first = next((y for y in range(terminal.lines) if "you are in" in terminal.text_of(terminal.buffer[y], 80)), 0)
    last = max(y for y in range(terminal.lines) if terminal.text_of(terminal.buffer[y], terminal.columns))
    for y in range(first, last + 1):
        for column, columns, text, look in runs(terminal.buffer[y], terminal.columns):
            colours.update(name for name in look if name.startswith("c"))
            x, baseline = EDGE + column * WIDTH, EDGE + (y - first) * HEIGHT + 14
            if "reverse" in look:
                shapes.append(f'<rect class="cursor" x="{x:g}" y="{EDGE + (y - first) * HEIGHT}" width="{columns * WIDTH:g}" '
                              f'height="{HEIGHT}"/>')
                look = [name for name in look if name != "reverse"] + ["on"]
            names = f' class="{" ".join(look)}"' if look else ""
            shapes.append(f'<text x="{x:g}" y="{baseline}"{names}>{escape(text, quote=False)}</text>')
    cursor = terminal.cursor
    shapes.append(f'<rect class="cursor" x="{EDGE + cursor.x * WIDTH:g}" y="{EDGE + (cursor.y - first) * HEIGHT}" '
                  f'width="{WIDTH:g}" height="{HEIGHT}"/>')
    width, height = 2 * EDGE + terminal.columns * WIDTH, 2 * EDGE + (last + 1 - first) * HEIGHT
    style = STYLE.format(colours=" ".join(f".{name} {{ fill: #{name[1:]} }}" for name in sorted(colours)))
    label = escape("\n".join(terminal.text_of(terminal.buffer[y], terminal.columns) for y in range(first, last + 1)), quote=False)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
            f'height="{height:g}" role="img">\n<title>A conversation in Snug</title>\n<desc>{label}</desc>\n'
            f'<style>{style}</style>\n<rect class="window edge" x="0.5" y="0.5" width="{width - 1:g}" '
            f'height="{height - 1:g}" rx="8"/>\n' + "\n".join(shapes) + "\n</svg>\n")


def runs(row, columns):
    """Column, columns, text and looks of each stretch that looks the same; a wide sign is one of its own."""
    found, column = [], 0
    while column < columns:
        cell = row[column]
        width = 2 if column + 1 < columns and not row[column + 1].data else 1
        look = looks(cell)
        is_same = found and found[-1][3] == look and width == 1 and len(cell.data) == 1 and found[-1][4]
        if is_same:
            found[-1][1] += 1
            found[-1][2] += cell.data
        else:
            found.append([column, width, cell.data, look, width == 1])
        column += width
    return [run[:4] for run in found if run[2].strip() or "reverse" in run[3]]


def looks(cell):
    names = [name for name, has in (("bold", cell.bold), ("dim", cell.blink), ("reverse", cell.reverse)) if has]
    if cell.fg != "default":
        names.append("c" + SIXTEEN.get(cell.fg, cell.fg))
    return names


def main():
    parser = argparse.ArgumentParser(prog="scripts/picture", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures/conversation.svg"))
    options = parser.parse_args()
    programs = Path(os.environ.get("SNUG_PROGRAMS", ".build/debug"))
    with tempfile.TemporaryDirectory() as folder:
        certificates = make_certificates(programs / "snug-server", Path(folder) / "certs")
        sitting = Sitting(programs, "snug", certificates, Path(folder))
        terminal = sitting.run()
    if terminal is None:
        sys.exit("error: the conversation did not come about\nhint: " + "; ".join(sitting.faults))
    picture = draw(terminal)
    if len(picture.encode()) > MOST_BYTES:
        sys.exit(f"error: the picture has {len(picture.encode()):,} bytes\nhint: {MOST_BYTES:,} are enough for anybody")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(picture)
    print(f"{options.out}: {len(picture.encode()):,} bytes")


if __name__ == "__main__":
    main()
