# SPDX-License-Identifier: Apache-2.0
"""What a broken client would leave on a screen, put into what a good one left: a judge that is content misses it."""
import copy
import random

from rows import OWN, SPEECH
from verdict import judge


def lines_of(sight):
    """The numbers of the rows that are lines of the chat, each in one row."""
    followers = [row.startswith(" ") for row in sight.rows[1:]] + [False]
    return [number for number, row in enumerate(sight.rows[:-1])
            if sight.look.classify(row).kind in (SPEECH, OWN) and not followers[number]
            and sight.look.classify(row).text not in sight.doubtful]


def own_of(sight):
    return [number for number in lines_of(sight) if sight.look.classify(sight.rows[number]).kind == OWN]


def doubled(sight, chance):
    number = chance.choice(lines_of(sight))
    sight.rows.insert(number, sight.rows[number])


def doubled_later(sight, chance):
    number = chance.choice(lines_of(sight))
    sight.rows.insert(-1, sight.rows[number])


def missing(sight, chance):
    # The lines beside a gap may be missing with it.
    numbers = lines_of(sight)
    del sight.rows[chance.choice([number for number in numbers if {number - 1, number + 1} <= set(numbers)])]


def swapped(sight, chance):
    numbers = [number for number in lines_of(sight) if number + 1 in lines_of(sight)]
    number = chance.choice(numbers)
    sight.rows[number], sight.rows[number + 1] = sight.rows[number + 1], sight.rows[number]


def of_another(sight, chance):
    number = chance.choice([number for number in lines_of(sight) if sight.look.classify(sight.rows[number]).kind == SPEECH])
    sight.rows[number] = sight.rows[number].replace("ann:", "eve:").replace("ben:", "eve:")


def torn(sight, chance):
    number = chance.choice(lines_of(sight))
    sight.rows[number:number + 1] = [sight.rows[number][:3], sight.rows[number][3:]]


def remains_of_the_row(sight, chance):
    sight.rows.insert(chance.choice(lines_of(sight)), "> " + sight.typed)


def draft_changed(sight, chance):
    sight.draft = sight.draft[:-1]


def cursor_moved(sight, chance):
    sight.before = sight.before[:-1]


def typed_and_lost(sight, chance):
    text = chance.choice(sight.said)
    sight.room = [line for line in sight.room if line.text != text]
    sight.rows = [row for row in sight.rows if not row.endswith(text)]


def said_twice(sight, chance):
    number = chance.choice(own_of(sight))
    line = next(line for line in reversed(sight.room) if line.text == sight.look.classify(sight.rows[number]).text)
    sight.room.append(line)
    sight.rows.insert(-1, sight.rows[number])


def never_said(sight, chance):
    sight.rows.insert(-1, sight.rows[lines_of(sight)[-1]] + "!")


def unreadable(sight, chance):
    sight.looks.add(chance.choice(["30", "37", "93", "38;5;15", "38;5;226", "44", "1;33"]))


FAULTS = [doubled, doubled_later, missing, swapped, of_another, torn, remains_of_the_row, draft_changed, cursor_moved,
          typed_and_lost, said_twice, never_said, unreadable]


def unnoticed(sight, seed):
    """How many faults were planted, and the names of those that the judge is content with."""
    missed = []
    for fault in FAULTS:
        spoilt = copy.deepcopy(sight)
        fault(spoilt, random.Random(f"{fault.__name__} {seed}"))
        if not list(judge(spoilt)):
            missed.append(fault.__name__.replace("_", " "))
    return len(FAULTS), missed
