# SPDX-License-Identifier: Apache-2.0
"""Whoever is not in a private room sees nothing of it, and cannot tell it from a room that is not there.

In a record all lines of a name that is in `truth.private_rooms` are said where the room is private. Whoever may not
come in opens another room of that name, or joins that one: nothing is said there.
"""
import json
import re

from deeds import PROBES
from names import client_of


class Stay:
    """One person, as long as it is the same for the server: of somebody without a key, until its stay is over."""

    def __init__(self, who, epoch, person, begin, asked):
        self.who, self.epoch, self.person = who, epoch, person
        self.begin = begin  # where in the record
        self.asked = asked  # where it asked for each room first


def judge_private(truth):
    if not truth.private_rooms:
        return
    known = first_known(truth)
    invited = invitations(truth)
    asked = first_asked(truth)
    for stay, connection, message in coming_in(truth):
        room = message["room"]
        if message.get("private") and room in truth.private_rooms and not may_enter(
                stay, room, known, invited, asked):
            truth.fault(f"{connection} is in {room}, which is private, and nobody invited it")
    judge_places(truth)
    for connection in truth.connections:
        if connection.level == 1:
            judge_probes(truth, connection)
            judge_joins(truth, connection)


def first_known(truth):
    """Where in the record anybody knew first that a room is private, of (epoch, room)."""
    known = {}
    for connection in truth.connections:
        for index, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] == "got" and (message["type"] == "private" or message.get("private") is True):
                key = connection.epoch, message["room"]
                known[key] = min(known.get(key, index), index)
    return known


def first_asked(truth):
    """Where in the record each client asked first for a room, over any connection: of (client, epoch, room)."""
    asked = {}
    for connection in truth.connections:
        for index, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] == "sent" and message.get("type") in ("enter", "join"):
                for room in message.get("rooms", [message.get("room")]):
                    key = client_of(connection.who), connection.epoch, room
                    asked[key] = min(asked.get(key, index), index)
    return asked


def invitations(truth):
    """Until where in the record each client can have been invited last: of (client, room)."""
    invited = {}
    for connection in truth.connections:
        answered = {entry["message"]["ref"]: index for index, entry in connection.entries
                    if entry["what"] == "got" and "ref" in entry["message"]}
        for _, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] == "sent" and message.get("type") == "invite":
                key = client_of(message["name"]), message["room"]
                # Without an answer it may have been done at any time.
                invited[key] = max(invited.get(key, 0), answered.get(message["ref"], 1 << 62))
    return invited


def coming_in(truth):
    """Each room as it is told first on a connection, with the stay of whoever is told."""
    stays, unread = {}, {}
    for connection in truth.connections:
        if connection.level != 1 or connection.epoch is None:
            continue
        client = client_of(connection.who)
        # What was asked for where nobody read who it came in as may belong to the stay before or to the next.
        begin, asked = unread.pop(client, (connection.entries[0][0], {}))
        stay = stays.get(client)
        if stay is None or stay.epoch != connection.epoch:
            stay = stays[client] = Stay(client, connection.epoch, None, begin, {})
        me, told = None, set()
        for index, entry in connection.entries:
            message = entry.get("message", {})
            kind = message.get("type")
            if entry["what"] == "sent" and kind in ("enter", "join"):
                for room in message.get("rooms", [message.get("room")]):
                    asked.setdefault(room, index)
                    stay.asked[room] = min(stay.asked.get(room, index), index)
            elif entry["what"] == "got" and kind == "entered":
                me = message["you"]["id"]
                person = message["you"].get("key", me)
                if stay.person not in (None, person):
                    stay = stays[client] = Stay(client, connection.epoch, person, begin, dict(asked))
                stay.person = person
            elif entry["what"] == "got" and kind == "room" and message["room"] not in told:
                told.add(message["room"])
                yield stay, connection, message
            elif entry["what"] == "got" and kind == "left" and message["who"]["id"] == me:
                told.discard(message["room"])
        if me is None:
            unread[client] = begin, asked


def may_enter(stay, room, known, invited, asked):
    """Whether it may have been in the room when that was made private, or was invited since it is there."""
    has_key = (stay.person or "").startswith("sha256:")
    # A key is one person, whichever of its connections was there.
    first = asked.get((stay.who, stay.epoch, room), 1 << 62) if has_key else stay.asked.get(room, 1 << 62)
    has_been = first < known.get((stay.epoch, room), 1 << 62)
    return has_been or invited.get((stay.who, room), -1) > (-1 if has_key else stay.begin)


def judge_places(truth):
    """What happens in a private room is not told in another one of that name."""
    for (epoch, (room, is_private)), events in truth.happened.items():
        others = truth.happened.get((epoch, (room, True)), {}) if not is_private else {}
        for seq in events:
            if seq in others:
                kind = events[seq]["type"]
                truth.fault(f"{kind} {seq} of {room}, which is private, is told in another room of that name")


def judge_probes(truth, connection):
    """Asked the same about a private room and about none, the server says the same."""
    asked, answers, is_in = {}, {}, set()
    for _, entry in connection.entries:
        message = entry.get("message", {})
        ref = message.get("ref", "")
        if entry["what"] == "sent" and message.get("type") in PROBES and ref[-1:] in ("a", "b"):
            asked[ref] = message
        elif entry["what"] == "got" and message["type"] == "room" and "ref" not in message:
            is_in.add(message["room"])
        elif entry["what"] == "got" and ref in asked:
            if message.get("code") == "failed":
                continue
            if message["type"] != "refused" and asked[ref]["room"] not in is_in:
                truth.fault(f"{connection} asked {asked[ref]['type']} of {asked[ref]['room']}, which it is not in, and"
                            f" is told {message}")
            answers[ref] = message
    for ref, message in answers.items():
        other = answers.get(ref[:-1] + "b")
        if ref.endswith("a") and other and message["type"] == other["type"] == "refused":
            compare(truth, connection, "asks " + asked[ref]["type"], [
                (asked[ref]["room"], [message]), (asked[other["ref"]]["room"], [other])])


def judge_joins(truth, connection):
    """Whoever may not enter gets a room of that name as if there was none."""
    told = {}
    for _, entry in connection.entries:
        message = entry.get("message", {})
        kind, room = message.get("type"), message.get("room")
        if entry["what"] == "sent" and kind == "join":
            told[room] = []
        elif entry["what"] == "got" and room in told and len(told[room]) < 3 and kind in ("room", "history", "joined"):
            told[room].append(message)
    private = next((room for room in told if room in truth.private_rooms), None)
    other = next((room for room in told if room not in truth.private_rooms), None)
    # Only the one who asks for both, and nothing else, finds both as they were.
    if connection.who != "nosy" or not private or not other or not len(told[private]) == len(told[other]) == 3:
        return
    # Others who may not enter may be there.
    people = [person for person in told[private][0]["people"] if client_of(person["name"]) == connection.who]
    answers = [{**told[private][0], "people": people}, *told[private][1:]]
    compare(truth, connection, "joins", [(private, answers), (other, told[other])])


def compare(truth, connection, what, answers):
    one, other = (re.sub(rf"\b{room}\b", "ROOM", json.dumps([plain(message) for message in messages]))
                  for room, messages in answers)
    if one != other:
        truth.fault(f"{connection} {what}, and {answers[0][0]} differs from no room: {one} and {other}")


def plain(message):
    return {name: value for name, value in message.items() if name not in ("ref", "seq", "time", "last")}
