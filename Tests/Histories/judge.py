# SPDX-License-Identifier: Apache-2.0
"""Judges a record against what docs/protocol-1.md promises. Nothing but the record comes in, so it can be made by hand.

Each promise that is broken is a sentence. No sentence: all held.
"""
from itertools import pairwise

from directs import judge_directs
from level0 import judge_texting
from level1 import Follower
from moderation import judge_moderation
from private import judge_private
from shared import judge_presence, judge_shared, judge_states
from truth import Truth


def judge(record):
    truth = Truth(record)
    followers = {}
    for connection in truth.connections:
        if connection.level == 1:
            if connection.who not in followers:
                followers[connection.who] = Follower(truth, connection.who)
            followers[connection.who].follow(connection)
        else:
            judge_texting(truth, connection)
    for follower in followers.values():
        follower.judge_coverage()
        follower.judge_live()
    judge_pages(truth, followers.values())
    judge_gaps(truth, followers.values())
    judge_lines(truth)
    judge_senders(truth)
    judge_private(truth)
    judge_directs(truth)
    judge_moderation(truth)
    judge_shared(truth)
    if truth.has_two_logs:
        # What was said meanwhile was said in two orders; servers say so and end, and that is all that they can do.
        truth.faults = [fault for fault in truth.faults if fault.startswith("the server ended")]
        judge_states(truth)
        judge_presence(truth)
    for entry in record:
        if entry["what"] == "missed":
            truth.fault(f"{entry['who']}: {entry['text']}")
    return truth


def judge_lines(truth):
    """Everything that was said was sent, where it was sent, and once."""
    for (epoch, text), lines in truth.by_text.items():
        sent = truth.sent.get(text)
        if not sent:
            truth.fault(f"nobody sent “{text[:60]}”")
            continue
        real = [line.seq for line in lines if not line.is_orphan and not truth.is_said_anew(epoch, line)]
        if len(real) > 1:
            truth.fault(f"doubled: “{text[:40]}” of {sent.who} was said as {real}")
        for line in lines:
            event = truth.events[epoch, line.seq]
            # At level 0, whoever is put out of a room is in `main`, and has perhaps not heard of it yet.
            is_moved = line.room == "main" and not sent.ref and (sent.who, sent.room) in truth.kicked
            if line.room != sent.room and not is_moved:
                truth.fault(f"“{text[:40]}” was sent to {sent.room} and said in {line.room}")
            if event.get("action", False) != sent.action:
                truth.fault(f"“{text[:40]}” was not said as it was meant: action is {event.get('action', False)}")
    for (who, ref), texts in truth.by_ref.items():
        for epoch in set(truth.epoch_of_run.values()):
            lines = [line for text in texts for line in truth.by_text.get((epoch, text), ())]
            lines.sort(key=lambda line: line.seq)
            if any(old.text != new.text and not old.is_forgotten_in(new.run) for old, new in pairwise(lines)):
                said = sorted({line.text for line in lines})
                truth.fault(f"the ref {ref} of {who} was used for two lines, and both were said: {said}")


def judge_senders(truth):
    """What one client said in one room is in the order in which it said it."""
    spoken = {}
    for (epoch, room), lines in truth.lines.items():
        for seq in truth.real_lines(epoch, room, 0, max(lines)):
            sent = truth.sent.get(lines[seq].text)
            if not sent or len(truth.by_ref[sent.who, sent.ref]) > 1 or (sent.who, sent.ref) in truth.refused_for_now:
                continue
            if truth.is_said_anew(epoch, lines[seq]):
                continue
            # At level 0 what an earlier connection sent may still be on its way when the next one speaks.
            stay = None if sent.ref else sent.connections[0].number
            number = int(sent.text.partition(".")[2].partition(" ")[0])
            key = epoch, room, sent.who, stay
            if spoken.get(key, 0) > number:
                truth.fault(f"{sent.who} said {number} after {spoken[key]} in {room}, and sent it before")
            spoken[key] = number


def judge_gaps(truth, followers):
    """What was told to be gone is gone."""
    for follower in followers:
        for index, epoch, room, after, before, node in follower.gaps:
            if after == 0:
                continue  # all of the room counts as never seen
            kept = truth.kept[node].get(room, {}) if epoch == truth.last_epoch else {}
            for seq in truth.real_lines(epoch, room, after, before - 1):
                if seq in kept:
                    truth.fault(f"{follower.who} was told that {after} to {before} of {room} is gone; {seq} is kept")


def judge_pages(truth, followers):
    """A page of history leaves nothing out."""
    is_short = truth.facts["lines"] < 1000 or truth.has_snapshots
    for follower in followers:
        for page in follower.pages:
            numbers = page.numbers
            where = f"a page of {page.room} for {follower.who}"
            end = min(page.before - 1, page.known) if page.before else page.known
            begin = numbers[0] - 1 if numbers else 0
            if not numbers and (is_short or page.limit == 0):
                continue
            missing = set(truth.real_lines(page.epoch, page.room, begin, max(end, *numbers[-1:], begin)))
            missing -= set(numbers)
            missing = {seq for seq in missing if not follower.is_in_gap(page.epoch, page.room, seq)}
            # What came to others while the page was made may be behind it.
            missing = {seq for seq in missing if seq <= end or (numbers and seq < numbers[-1])}
            if missing:
                truth.fault(f"{where} leaves out {sorted(missing)[:5]}")
            if page.before and numbers and numbers[-1] >= page.before:
                truth.fault(f"{where} has {numbers[-1]}, asked for what is before {page.before}")
            if page.more and len(numbers) != page.limit:
                truth.fault(f"{where} has {len(numbers)} of {page.limit} lines, and more are kept")
            if not page.more and numbers and not is_short and page.asked:
                earlier = truth.real_lines(page.epoch, page.room, 0, numbers[0] - 1)
                if earlier:
                    truth.fault(f"{where} says that nothing is kept before {numbers[0]}; {earlier[-1]} is")
