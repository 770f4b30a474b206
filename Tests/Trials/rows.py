# SPDX-License-Identifier: Apache-2.0
"""What the rows of a screen are, by the marks that they begin with: the only place that knows what `snug` looks like."""
import re
from dataclasses import dataclass

SPEECH, OWN, NOTICE, PROGRAM, GAP, MARKER, LIVE, PROMPT, TRASH = (
    "speech", "own", "notice", "program", "gap", "marker", "live", "prompt", "trash")

TIME = r"(?:\d\d:\d\d(?::\d\d)? )?"
KINDS = [
    (OWN, re.compile(TIME + r"\*> (?P<text>.+)")),
    (GAP, re.compile(TIME + r"\*! .*(?:no longer kept|are missing|is missing).*")),
    (PROGRAM, re.compile(TIME + r"\*! .+")),
    (NOTICE, re.compile(TIME + r"\* .+ \*")),
    (SPEECH, re.compile(TIME + r"(?P<who>[^\s:#*]+): (?P<text>.+)")),
]
EDITED = re.compile(r"(?P<prompt>[^\s>]*)> ?(?P<draft>.*)")


@dataclass
class Row:
    kind: str
    text: str
    who: str = ""


def classify(text):
    for kind, pattern in KINDS:
        found = pattern.fullmatch(text)
        if found:
            parts = found.groupdict()
            return Row(kind, parts.get("text") or text, parts.get("who") or "")
    return Row(TRASH, text)


def join(rows):
    """The messages that these rows are; all rows of a message but the first begin with spaces."""
    messages = []
    for row in rows:
        if row.startswith(" ") and messages:
            messages[-1] += " " + row.strip()
        else:
            messages.append(row)
    return messages


def conversation(rows):
    """Everything above the row with the prompt, from one's own coming on; what is above that is told before the chat."""
    messages = [classify(text) for text in join(rows[:-1])]
    begin = next((number for number, row in enumerate(messages) if row.kind != TRASH), len(messages))
    return messages[begin:]


def draft_of(row):
    """What is being typed, as a row shows it; None if it is not such a row."""
    found = EDITED.fullmatch(row)
    return found["draft"] if found else None
