# SPDX-License-Identifier: Apache-2.0
"""Lines for one person: each comes once to every connection of the two, in order, and to nobody else."""
import re
from collections import defaultdict

from names import client_of

HEARD = re.compile(r"^\* (\S+) \(only to you\): (.*) \*$")


class Direct:
    """One that somebody sent, however often."""

    def __init__(self, connection, to, text, ref):
        self.who, self.to, self.text, self.ref = connection.who, to, text, ref
        self.client = client_of(connection.who)
        self.level = connection.level
        self.stay = None if connection.level == 1 else connection.number
        self.number = int(text.partition(".")[2].partition(" ")[0])
        self.times = 0
        self.index = None  # where in the record it was sent first
        self.runs = set()  # of the server, in which it was sent
        self.names = set()  # what its sender was called when it was sent
        self.seq = None  # of the sender's own copy, if that came once and was sent once
        self.recipient = None  # a person, the same

    @property
    def is_new_again(self):
        """Directs are not kept: who sends one again to a server that was started again is taken to send another one."""
        return len(self.runs) > 1


def judge_directs(truth):
    directs = sent_directs(truth)
    copies = defaultdict(set)  # the numbers of (run, side, text)
    for connection in truth.connections:
        if connection.level == 1:
            read(truth, connection, directs, copies)
    for (run, side, text), numbers in copies.items():
        if len(numbers) > 1:
            truth.fault(f"doubled: the direct “{text[:40]}” came to its {side} as {sorted(numbers)}")
    for connection in truth.connections:
        if connection.level == 1:
            judge_complete(truth, connection, directs)
        else:
            judge_heard(truth, connection, directs)


def sent_directs(truth):
    directs = {}
    for connection in truth.connections:
        name = connection.who
        for index, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] == "got" and message["type"] == "entered":
                name = message["you"]["name"]
            elif entry["what"] == "entering":
                name = entry["name"]
            if entry["what"] != "sent":
                continue
            if message.get("type") == "direct":
                to, text, ref = message["to"], message["text"], message["ref"]
            elif entry.get("text", "").startswith("/msg "):
                _, to, text = entry["text"].split(" ", 2)
                ref = None
            else:
                continue
            direct = directs.setdefault(text, Direct(connection, to, text, ref))
            direct.times += 1
            direct.index = index if direct.index is None else min(index, direct.index)
            direct.runs.add(truth.life(connection.run))
            direct.names.add(name)
    return directs


def read(truth, connection, directs, copies):
    """What came on one connection, and what it says of others."""
    me, position, asked = None, 0, defaultdict(int)
    connection.directs = {}  # by text, the number; those that came for the first time
    connection.entered = None  # the number of the last event before it was in
    connection.entered_at = None  # where in the record
    for index, entry in connection.entries:
        message = entry.get("message", {})
        kind = message.get("type")
        if entry["what"] == "sent" and kind == "direct":
            asked[message["ref"]] += 1
        elif entry["what"] == "got" and kind == "entered":
            me = connection.person = message["you"]["id"]
        elif entry["what"] == "got" and kind == "room" and connection.entered is None:
            connection.entered, connection.entered_at = message["last"], index
        elif entry["what"] == "got" and kind == "refused" and asked.get(message.get("ref")):
            judge_refusal(truth, connection, message, directs)
        elif entry["what"] == "got" and kind == "direct":
            direct = directs.get(message["text"])
            if not direct:
                truth.fault(f"nobody sent the direct “{message['text'][:40]}”")
                continue
            side = side_of(truth, connection, message, direct, me)
            copies[truth.life(connection.run), side, direct.text].add(message["seq"])
            is_again = side == "sender" and direct.times > 1
            if message["text"] in connection.directs and not is_again:
                truth.fault(f"{connection} got the direct “{direct.text[:40]}” twice")
            elif message["seq"] <= position and not is_again:
                truth.fault(f"{connection} got the direct {message['seq']} behind {position}")
            if not is_again:
                position = max(position, message["seq"])
                connection.directs.setdefault(direct.text, message["seq"])
            if side == "sender" and direct.times == 1:
                direct.seq, direct.recipient = message["seq"], message["to"]


def side_of(truth, connection, message, direct, me):
    if me == message["from"]["id"]:
        if message.get("ref") != direct.ref:
            truth.fault(f"{connection} gets its own direct “{direct.text[:40]}” with the ref {message.get('ref')}")
        if direct.client != client_of(connection.who):
            truth.fault(f"{connection} did not send “{direct.text[:40]}”, and is told that it did")
        return "sender"
    if me != message["to"]["id"] or client_of(direct.to) != client_of(connection.who):
        truth.fault(f"{connection} got a direct for {direct.to}: “{direct.text[:40]}”")
    if "ref" in message:
        truth.fault(f"{connection} got a direct of {direct.who} with its ref")
    return "recipient"


def judge_refusal(truth, connection, message, directs):
    direct = next((direct for direct in directs.values()
                   if direct.ref == message["ref"] and direct.who == connection.who), None)
    # A server without its bus does not ask who there is.
    allowed = {"no-such-person", "failed"} if truth.is_shared else {"no-such-person"}
    if direct and direct.to == "nobody" and message["code"] not in allowed:
        truth.fault(f"{connection} wrote to nobody, and is refused with {message['code']}")
    if message["code"] == "to-yourself" and direct and client_of(direct.to) != direct.client:
        truth.fault(f"{connection} wrote to {direct.to}, and is refused as if to itself")


def is_to_nobody(direct):
    return direct.to == "nobody" or direct.to in direct.names


def judge_complete(truth, connection, directs):
    """Whoever gets one has got all that came before it."""
    last = max(connection.directs.values(), default=0)
    if connection.entered is None:
        return
    for direct in directs.values():
        if direct.seq is None or not connection.entered < direct.seq < last or direct.text in connection.directs:
            continue
        if connection.person == direct.recipient["id"] or direct.who == connection.who:
            truth.fault(f"{connection} never got the direct “{direct.text[:40]}”")
    for text in connection.directs:
        if is_to_nobody(directs[text]):
            truth.fault(f"{connection} got a direct to {directs[text].to}, who is nobody else: “{text[:40]}”")
    numbers = {}
    for text, _ in sorted(connection.directs.items(), key=lambda item: item[1]):
        direct = directs[text]
        # Who was away then refused it, and its sender was perhaps cut before it knew, and sent it again.
        was_perhaps_away = direct.times > 1 and direct.index < connection.entered_at
        if direct.is_new_again or was_perhaps_away:
            continue
        if numbers.get((direct.who, direct.stay), 0) > direct.number:
            truth.fault(f"{connection} got the direct “{text[:40]}” behind a later one")
        numbers[direct.who, direct.stay] = direct.number


def judge_heard(truth, connection, directs):
    """The same for level 0, which is told of what others sent alone."""
    name, heard, numbers = None, [], {}
    for _, entry in connection.entries:
        name = entry["name"] if entry["what"] == "entering" else name
        found = HEARD.match(entry["text"]) if entry["what"] == "heard" else None
        if not found:
            continue
        direct = directs.get(found[2])
        if not direct:
            truth.fault(f"{connection} heard a direct that nobody sent: {found[2][:40]}")
        elif direct.to != name:
            truth.fault(f"{connection} heard a direct for {direct.to}: “{direct.text[:40]}”")
        elif is_to_nobody(direct):
            truth.fault(f"{connection} heard its own direct to itself: “{direct.text[:40]}”")
        elif direct in heard:
            truth.fault(f"{connection} heard the direct “{direct.text[:40]}” twice")
        elif numbers.get((direct.who, direct.stay), 0) > direct.number and not direct.is_new_again:
            truth.fault(f"{connection} heard the direct “{direct.text[:40]}” behind a later one")
        else:
            heard.append(direct)
            numbers[direct.who, direct.stay] = max(direct.number, numbers.get((direct.who, direct.stay), 0))
    last = max((direct.seq for direct in heard if direct.seq), default=0)
    for direct in directs.values():
        if direct.seq and direct.seq < last and direct.recipient["name"] == name and direct not in heard:
            truth.fault(f"{connection} never heard the direct “{direct.text[:40]}”")
