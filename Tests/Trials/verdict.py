# SPDX-License-Identifier: Apache-2.0
"""Whether somebody who comes back to the terminal could tell that anything had happened; knows nothing but a sight."""
from collections import Counter

from colours import contrast, rgb
from rows import GAP, OWN, SPEECH, TRASH


WITHOUT_COLOUR = {"", "0", "1", "2", "7", "1;7"}  # nothing, bold, dim, reverse
LEAST_CONTRAST = 3.5


def judge(sight):
    return [*judge_draft(sight), *judge_said(sight), *judge_rows(sight), *judge_lines(sight),
            *judge_looks(sight)]


def judge_draft(sight):
    if sight.draft != sight.typed:
        yield f"the draft is {sight.draft!r}, and {sight.typed!r} was typed"
    elif sight.before.rstrip() != sight.typed_before.rstrip():
        yield f"the cursor is behind {sight.before!r}, and should be behind {sight.typed_before!r}"


def judge_said(sight):
    """Each line that was typed is in the room once, in the order of typing."""
    own = [line for line in sight.room if line.is_own]
    texts = [line.text for line in own]
    for text in sight.said:
        if text not in texts:
            yield f"typed and not said: {text!r}"
    for text in set(texts) - set(sight.said):
        yield f"said and not typed: {text!r}"
    # What a server forgets it cannot know to have been said before.
    often = Counter(("" if sight.is_kept else line.epoch, line.text) for line in own)
    for (_, text), count in often.items():
        if count > 1:
            yield f"typed once and said {count} times: {text!r}"
    if sight.is_kept:
        yield from judge_own_order(texts, sight.said)


def judge_own_order(texts, said):
    first = list(dict.fromkeys(texts))
    expected = [text for text in said if text in first]
    for is_there, should_be in zip([text for text in first if text in said], expected):
        if is_there != should_be:
            yield f"said out of order: {is_there!r} where {should_be!r} was typed"
            return


def judge_looks(sight):
    """What is sent can be read on a dark background and on a light one, which nobody knows and nobody changes."""
    for parameters in sight.looks - WITHOUT_COLOUR:
        colour = rgb(parameters)
        worst = min(contrast(colour, background) for background in ("000000", "ffffff")) if colour else 0
        if worst < LEAST_CONTRAST:
            yield f"the look {parameters!r} has a contrast of {worst:.1f} on black or on white"


def judge_rows(sight):
    for row in sight.look.conversation(sight.rows):
        if row.kind == TRASH:
            yield f"no row of a conversation: {row.text!r}"


def judge_lines(sight):
    """The rows are the room's lines, once and in order; where some are not, a row says that they are missing."""
    room, place, is_excused = sight.room, 0, False
    ghosts = Counter()  # what a killed server had told and not kept: it is told once more
    for row in sight.look.conversation(sight.rows):
        if row.kind == GAP:
            is_excused = True
        if row.kind not in (SPEECH, OWN):
            continue
        found = find(room, row, place)
        if found is None:
            if row.text in sight.doubtful and not ghosts[row.text]:
                ghosts[row.text] += 1
            elif find(room, row, 0) is not None:
                yield f"shown twice or out of order: {row.text!r}"
            else:
                yield f"shown and never said: {row.text!r}" if row.kind == SPEECH else (
                    f"shown as said and not in the room: {row.text!r}")
            continue
        if found > place and row.text in sight.doubtful and not ghosts[row.text]:
            # Told before its server was killed, and said again behind what came then.
            ghosts[row.text] += 1
            continue
        yield from missing(room[place:found], is_excused)
        place, is_excused = found + 1, False
    yield from missing(room[place:], is_excused)


def find(room, row, begin):
    for number in range(begin, len(room)):
        if squeezed(room[number].text) == squeezed(row.text) and room[number].is_own == (row.kind == OWN) and (
                row.kind == OWN or room[number].who == row.who):
            return number
    return None


def squeezed(text):
    """Without blanks: where a row ends, there may have been one or none."""
    return "".join(text.split())


def missing(lines, is_excused):
    for line in lines:
        if not is_excused:
            yield f"never shown: {line.text!r} of {line.who}"
