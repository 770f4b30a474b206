# SPDX-License-Identifier: Apache-2.0
"""What the rows of a screen are, by the marks that they begin with: the only place that knows what clients look like."""
import re
from dataclasses import dataclass

SPEECH, OWN, NOTICE, PROGRAM, GAP, TRASH = "speech", "own", "notice", "program", "gap", "trash"
NAME = "aisha"  # of the person at the terminal


@dataclass
class Row:
    kind: str
    text: str
    who: str = ""


class Look:
    """How one client shows things."""

    def __init__(self, kinds, edited, parted=()):
        self.parted = parted  # characters of which it makes several
        self.kinds = [(kind, re.compile(r"(?:\d\d:\d\d(?::\d\d)? )?" + pattern)) for kind, pattern in kinds]
        self.edited = re.compile(edited)

    def classify(self, text):
        for kind, pattern in self.kinds:
            found = pattern.fullmatch(text)
            if found:
                parts = found.groupdict()
                return Row(kind, parts.get("text") or text, parts.get("who") or "")
        return Row(TRASH, text)

    def conversation(self, rows):
        """Everything above the row with the prompt, from one's own coming on; what is above that is told before the chat."""
        messages = [self.classify(text) for text in join(rows[:-1])]
        begin = next((number for number, row in enumerate(messages) if row.kind != TRASH), len(messages))
        return messages[begin:]

    def draft_of(self, row):
        """What is being typed, as a row shows it; None if it is not such a row."""
        found = self.edited.fullmatch(row)
        return found["draft"] if found else None


SPEECH_OF_OTHERS = r"(?P<who>[^\s:#*]+): (?P<text>.+)"
MISSING = r"\* lines are missing here: .+ \*"
LOOKS = {
    "snug": Look([
        (OWN, r"\*> (?P<text>.+)"),
        (GAP, MISSING),
        (PROGRAM, r"\*! .+"),
        (NOTICE, r"\* .+ \*"),
        (SPEECH, SPEECH_OF_OTHERS),
    ], r"[^\s>]*> ?(?P<draft>.*)"),
    "snug.py": Look([
        (OWN, rf"{NAME}[^\s:]*: (?P<text>.+)"),
        (GAP, MISSING),
        (PROGRAM, r"-- .+"),
        (NOTICE, r"\* .+ \*"),
        (SPEECH, SPEECH_OF_OTHERS),
    ], r"(?:(?:offline|\d+ unconfirmed)(?:, )?)*> ?(?P<draft>.*)", parted=["น้ำ"]),
}


def join(rows):
    """The messages that these rows are; all rows of a message but the first begin with spaces."""
    messages = []
    for row in rows:
        if row.startswith(" ") and messages:
            messages[-1] += " " + row.strip()
        else:
            messages.append(row)
    return messages
