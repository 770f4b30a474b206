# SPDX-License-Identifier: Apache-2.0
"""What a trial's end looks like, and what the room has: all that is judged, as plain values that can be spoilt."""
from dataclasses import dataclass, field

from rows import draft_of


@dataclass
class Line:
    epoch: str
    who: str
    text: str


@dataclass
class Sight:
    rows: list      # of the screen, and what has scrolled out of it
    draft: str      # what the row for it shows
    before: str     # what of it is in front of the cursor
    typed: str      # what should be there
    typed_before: str
    said: list      # what the person said, in order
    room: list      # what the room has, as Lines
    is_kept: bool   # whether the server keeps its lines across restarts
    doubtful: set = field(default_factory=set)


def sight_of(trial):
    terminal, person = trial.window.terminal, trial.person
    return Sight(
        rows=terminal.rows, draft=draft_of(terminal.cursor_row), before=draft_of(terminal.text_before_cursor),
        typed=person.text, typed_before="".join(person.draft[:person.cursor]), said=list(person.said),
        room=room_of(trial), is_kept=trial.plan.has_file,
        doubtful=set(trial.doubtful))


def room_of(trial):
    """The room's lines in their order, as the observer got them."""
    lines, epoch, seen = [], None, set()
    for entry in trial.world.record:
        message = entry.get("message", {})
        if entry["who"] != trial.observer.name or entry["what"] != "got":
            continue
        if message["type"] == "hello":
            epoch = message["epoch"]
        elif message["type"] == "said" and (epoch, message["seq"]) not in seen:
            seen.add((epoch, message["seq"]))
            lines.append(Line(epoch, message["from"]["name"], message["text"]))
    return lines
