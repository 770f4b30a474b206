# SPDX-License-Identifier: Apache-2.0
"""What a trial's end looks like, and what the room has: all that is judged, as plain values that can be spoilt."""
import re
from dataclasses import dataclass, field


@dataclass
class Line:
    epoch: str
    text: str

    @property
    def who(self):
        return self.text.partition(".")[0]

    @property
    def is_own(self):
        return self.who == "own"


@dataclass
class Sight:
    look: object    # how the client shows things
    rows: list      # of the screen, and what has scrolled out of it
    draft: str      # what the row for it shows
    before: str     # what of it is in front of the cursor
    typed: str      # what should be there
    typed_before: str
    said: list      # what the person said, in order
    room: list      # what the room has, as Lines
    is_kept: bool   # whether the server keeps its lines across restarts
    doubtful: set = field(default_factory=set)
    looks: set = field(default_factory=set)  # the parameters of all SGR sequences that were sent


def sight_of(trial):
    terminal, person = trial.window.terminal, trial.person
    return Sight(
        look=trial.look, rows=terminal.rows, draft=trial.look.draft_of(terminal.cursor_row),
        before=trial.look.draft_of(terminal.text_before_cursor),
        typed=person.text, typed_before="".join(person.draft[:person.cursor]), said=list(person.said),
        room=room_of(trial), is_kept=trial.plan.has_file,
        doubtful=set(trial.doubtful), looks=looks_in(trial.window.recorded))


def looks_in(recorded):
    return {parameters.decode() for parameters in re.findall(rb"\x1b\[([0-9;]*)m", bytes(recorded))}


def room_of(trial):
    """The room's lines in their order: those that are kept, or else as the observer got them."""
    if trial.plan.keeps_all:
        return [Line("", text) for text in trial.kept]
    lines, epoch, seen = [], None, set()
    for entry in trial.world.record:
        message = entry.get("message", {})
        if entry["who"] != trial.observer.name or entry["what"] != "got":
            continue
        if message["type"] == "hello":
            epoch = message["epoch"]
        elif message["type"] == "said" and (epoch, message["seq"]) not in seen:
            seen.add((epoch, message["seq"]))
            lines.append(Line(epoch, message["text"]))
    return lines
