# SPDX-License-Identifier: Apache-2.0
"""What a client of level 0 may see: the lines of the room it is in, in the order of their numbers, none left out."""
import re

DONE = [(kind, re.compile(pattern)) for kind, pattern in [
    ("kicked", r"^\* (?P<who>\S+) was kicked by (?P<by>\S+): (?P<reason>.*) \*$"),
    ("muted", r"^\* (?P<name>\S+) was muted by (?P<by>\S+) \(.*\) \*$"),
    ("banned", r"^\* (?P<name>\S+) was banned by (?P<by>\S+) \([^:]*: (?P<reason>.*)\) \*$"),
    ("unbanned", r"^\* (?P<by>\S+) lifted (?:ban|mute) (?P<number>\d+) of (?P<name>\S+) \*$"),
    ("private", r"^\* (?P<by>\S+) made the room private \*$"),
]]
NOTICE = re.compile(r"^\* (\S+) (joined the chat|left|is now (\S+)) \*$")


class Stretch:
    """From coming into a room to leaving it."""

    def __init__(self, room, begin):
        self.room, self.begin = room, begin
        self.position = begin or 0
        self.heard = []
        self.left = set()
        self.joined = set()


def judge_texting(truth, connection):
    epoch = truth.epoch_of(connection.run)
    name, stretch = None, None
    connection.was_in = set()  # the rooms that it saw made private
    for _, entry in connection.entries:
        if entry["what"] == "entering":
            name = entry["name"]
        elif entry["what"] == "passed" and entry["text"] != "ok":
            truth.fault(f"{connection} was not let in: {entry['text']}")
        elif entry["what"] == "heard":
            if stretch is None or entry["room"] != stretch.room:
                judge_stretch(truth, connection, epoch, stretch)
                stretch = Stretch(entry["room"], joining(truth, connection, epoch, entry["room"], name))
            hear(truth, connection, epoch, stretch, entry["text"], name)
    judge_stretch(truth, connection, epoch, stretch)


def joining(truth, connection, epoch, room, name):
    """The number with which it came into the room, if it came once and somebody of level 1 was there.

    Who is put out of another room comes into main once more.
    """
    if room == "main" and any(client == connection.who and of != "main" for client, of in truth.kicked):
        return None
    times = sum(entry.get("text") == f"/join {room}" for _, entry in connection.entries) + (room == "main")
    found = [seq for (of, seq), event in truth.events.items()
             if of == epoch and event["type"] == "joined" and event["room"] == room and event["who"]["name"] == name]
    return found[0] if len(found) == times == 1 else None


def line_of(truth, text):
    """What was sent, if this is how level 0 shows a line or an action."""
    _, colon, said = text.partition(": ")
    if colon and said in truth.sent and not truth.sent[said].action:
        return truth.sent[said]
    if text.startswith("* ") and text.endswith(" *"):
        said = text[2:-2].partition(" ")[2]
        if said in truth.sent and truth.sent[said].action:
            return truth.sent[said]
    return None


def hear(truth, connection, epoch, stretch, text, name):
    sent = line_of(truth, text)
    if not sent:
        return hear_done(truth, connection, epoch, stretch, text) or hear_notice(truth, connection, stretch, text)
    if stretch.room in truth.private_rooms and not may_hear(truth, connection, stretch.room, name):
        truth.fault(f"{connection} heard “{sent.text[:40]}” in {stretch.room}, which is private, and nobody invited it")
    if sent.who == connection.who and connection in sent.connections:
        truth.fault(f"{connection} was sent its own line: {text[:60]}")
    # What a killed server took with it may have been said again since.
    lines = [line.seq for line in truth.by_text.get((epoch, sent.text), [])
             if line.room == stretch.room and is_of_run(truth, connection.run, line.seq)]
    if go_on(stretch, lines):
        return
    if lines:
        truth.fault(f"{connection} heard “{sent.text[:40]}” in {stretch.room} twice, late or before its joining")
    elif epoch == truth.last_epoch and truth.is_kept(stretch.room) and not may_be_gone(truth):
        truth.fault(f"{connection} heard “{sent.text[:40]}” in {stretch.room}, which nobody of level 1 did")


def is_of_run(truth, run, seq):
    if truth.is_shared:
        return True
    begin = max((last for other, last in truth.end_of_run.items() if other < run), default=0)
    end = min((first for other, first in truth.begin_of_run.items() if other > run), default=1 << 53)
    return begin < seq < end


def go_on(stretch, numbers):
    """Whether one of the numbers is behind all that was heard; it is heard then."""
    later = [seq for seq in numbers if seq > stretch.position]
    if later:
        stretch.position = min(later)
        stretch.begin = stretch.begin or stretch.position
        stretch.heard.append(stretch.position)
    return bool(later)


def may_hear(truth, connection, room, name):
    """Whether somebody may have invited it to a private room, or it was there when the room was made private."""
    return room in connection.was_in or (name, room) in truth.invited


def hear_done(truth, connection, epoch, stretch, text):
    """What an operator did, and that a room is private, has its place in the order as a line has.

    Of two mutes of somebody nobody can say which one is heard of: nobody of level 1 may have been there for the other.
    """
    kind, found = next(((kind, found) for kind, pattern in DONE if (found := pattern.match(text))), (None, None))
    if not kind or kind == "muted" and truth.mutes[found["name"]] != 1:
        return bool(kind)
    if kind == "private":
        connection.was_in.add(stretch.room)
    numbers = [seq for (of, seq), event in truth.events.items()
               if of == epoch and event["type"] == kind and event["room"] == stretch.room
               and is_of_run(truth, connection.run, seq)
               and all(str(event[name]["name"] if name in ("who", "by") else event.get(name)) == value
                       for name, value in found.groupdict().items())]
    if numbers and not go_on(stretch, numbers):
        truth.fault(f"{connection} heard “{text[:60]}” in {stretch.room} twice or late")
    return True


def may_be_gone(truth):
    is_lost = truth.has_snapshots if truth.is_shared else truth.facts["file"] and "kill" in truth.ends.values()
    return is_lost or truth.facts["lines"] < 1000


def hear_notice(truth, connection, stretch, text):
    found = NOTICE.match(text)
    if not found:
        if not text.startswith("* "):
            truth.fault(f"{connection} heard what nobody sent: {text[:80]}")
        return
    who, what, new = found[1], found[2], found[3]
    if new:
        stretch.joined.discard(who)
        stretch.joined.add(new)
        stretch.left.discard(new)
    elif what == "left":
        if who in stretch.left:
            truth.fault(f"{connection} was told twice that {who} left {stretch.room}")
        stretch.left.add(who)
        stretch.joined.discard(who)
    else:
        if who in stretch.joined:
            truth.fault(f"{connection} was told twice that {who} joined {stretch.room}")
        stretch.joined.add(who)
        stretch.left.discard(who)


def judge_stretch(truth, connection, epoch, stretch):
    if stretch is None or not stretch.begin:
        return
    lines = truth.lines.get((epoch, stretch.room), {})
    for seq in truth.real_lines(epoch, stretch.room, stretch.begin, stretch.position):
        sent = truth.sent.get(lines[seq].text)
        is_own = sent and sent.who == connection.who
        if seq not in stretch.heard and not is_own:
            truth.fault(f"{connection} did not hear {seq} “{lines[seq].text[:40]}” in {stretch.room}, "
                        f"but {stretch.position} after it")
    kinds = {kind for kind, _ in DONE}
    for (of, seq), event in truth.events.items():
        is_clear = event["type"] in kinds and (event["type"] != "muted" or truth.mutes[event["name"]] == 1)
        if of == epoch and is_clear and event["room"] == stretch.room and (
                stretch.begin < seq < stretch.position and seq not in stretch.heard):
            truth.fault(f"{connection} did not hear of {event['type']} {seq} in {stretch.room}")
