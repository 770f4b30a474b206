# SPDX-License-Identifier: Apache-2.0
"""What a client of level 1 may see, over all of its connections."""
from collections import defaultdict

from names import client_of
from truth import EVENTS

# These answer only what a client that keeps to the protocol never does.
NEVER = {"malformed", "unknown-type", "not-entered", "entered-already", "wrong-passphrase", "full", "too-long",
         "empty", "reads-as-notice"}


# How a connection ends whose server was killed.
KILLED = {"ECONNRESET", "EPIPE", "closed by the server", "cut by the server"}


class Reading:
    """A room on one connection: first what was missed is told, up to `last`, then what happens."""

    def __init__(self, last, base, is_unknown, is_private):
        self.last, self.base, self.is_unknown = last, base, is_unknown
        self.private_since = last if is_private else None
        self.is_caught_up = False
        self.position = base or 0
        self.told = []
        self.has_gap_from_start = False
        self.people = set()
        self.has_more_people = False
        self.page = []


class Page:
    def __init__(self, epoch, room, numbers, before, limit, more, known, asked):
        self.epoch, self.room, self.numbers = epoch, room, numbers
        self.before, self.limit, self.more, self.known, self.asked = before, limit, more, known, asked


class Before:
    """A client's connection before, and whom it was in as."""

    def __init__(self, connection, person, end, ended_at, has_quit):
        self.connection, self.person, self.end, self.ended_at = connection, person, end, ended_at
        self.has_quit = has_quit

    def has_to_go_on(self, follower):
        # On a plain connection, its end is a goodbye.
        is_goodbye = self.has_quit or self.connection.kind == "plain" and "fin" in self.end
        is_cut = self.end.startswith("cut by") and self.end != "cut by the server"
        if follower.truth.is_shared and not is_cut:
            # At another server, or at the same one again, as long as the others keep its people.
            is_in_time = self.ended_at is not None and follower.connection.at - self.ended_at < 40
            is_cut = follower.truth.ends.get(self.connection.run) == "kill" and is_in_time and self.end in KILLED
        return is_cut and not is_goodbye


class Follower:
    def __init__(self, truth, who):
        self.truth, self.who = truth, who
        self.received = defaultdict(set)  # numbers of lines, of (epoch, room)
        self.covered = defaultdict(list)  # (after, through): all lines between have to be there
        self.gaps = []  # (index in the record, epoch, room, after, before, server)
        self.pages = []
        self.live = []  # (epoch, place, after, through, person): everything that happened between has to be there
        self.seen = set()  # the (epoch, number) of what happened
        self.confirmed = {}  # the number of (epoch, ref)
        self.times = defaultdict(int)  # how often a text was sent up to now
        self.before = None  # the last connection that was entered

    def fault(self, text):
        self.truth.fault(f"{self.connection}: {text}")

    # One connection

    def follow(self, connection):
        self.connection, self.epoch = connection, connection.epoch
        self.rooms = {}
        self.left = set()  # rooms that it was in
        self.enter = {}
        self.me = None
        self.has_quit = self.is_fresh = False
        self.asked = {}  # the requests for pages, by ref
        self.joining = set()
        self.end, self.ended_at = "still there", None
        for index, entry in connection.entries:
            if entry["what"] == "sent":
                self.take_sent(entry["message"])
            elif entry["what"] == "ended":
                self.end, self.ended_at = entry["how"], entry["at"]
            elif entry["what"] == "got":
                self.take(index, entry["message"])
        for room, reading in self.rooms.items():
            self.close(room, reading)
        if self.me:
            self.before = Before(connection, self.me, self.end, self.ended_at, self.has_quit)
        elif self.enter:
            self.before = None  # it may have been let in, and nobody knows as whom

    def take_sent(self, message):
        if message["type"] == "enter":
            self.enter = message
        elif message["type"] == "say":
            self.times[message["text"]] += 1
        elif message["type"] == "history":
            reading = self.rooms.get(message["room"])
            self.asked[message.get("ref")] = message, reading.position if reading else 0
        elif message["type"] == "join":
            self.joining.add(message["room"])
        elif message["type"] == "quit":
            self.has_quit = True

    def take(self, index, message):
        kind = message["type"]
        if kind == "entered":
            self.take_entered(message)
        elif kind == "room":
            self.take_room(message)
        elif kind == "gap":
            self.take_gap(index, message)
        elif kind == "history":
            self.take_history(message)
        elif kind in EVENTS:
            self.take_event(message)
        elif kind == "refused":
            self.take_refused(message)

    # Coming back

    def take_entered(self, message):
        self.me, self.is_resumed = message["you"]["id"], message["resumed"]
        self.is_fresh = self.before is not None and (
            self.truth.is_shared or self.before.connection.run == self.connection.run)

    def judge_stay(self, last):
        """Whether the stay before goes on, as it has to; `last` is the number of the last event before it does."""
        person, end = self.before.person, self.before.end
        left = [seq for (epoch, seq), event in self.truth.events.items()
                if epoch == self.epoch and seq <= last and event["type"] == "left" and event["who"]["id"] == person
                and event["room"] == "main"]
        # Whoever was put out may have come again on another connection, which this one joins.
        is_put_out = client_of(self.who) in self.truth.put_out
        if self.is_resumed and self.me != person and is_put_out:
            return
        if self.is_resumed and self.me != person:
            self.fault(f"it was {person}, and resumes as {self.me}")
        elif self.is_resumed and left:
            self.fault(f"{person} resumed its stay, but others were told with {left[0]} that it had left")
        elif not self.is_resumed and "resume" in self.enter and self.before.has_to_go_on(self) and (
                not is_put_out):  # while nobody of level 1 was there
            told = f", and others were told with {left[0]} that it had left" if left else ""
            self.fault(f"its stay was not resumed, though it was {end} a moment ago{told}")

    def take_room(self, message):
        room, reading = message["room"], self.rooms.get(message["room"])
        people = {person["id"] for person in message["people"]}
        if reading is None and room not in self.left and "ref" in message and room not in self.joining:
            return self.fault(f"was told about {room}, which it is not in")
        if reading is None:
            resume = self.enter.get("resume", {})
            base = resume.get("seen", {}).get(room)
            if room in self.joining:
                base = None
            is_unknown = base is not None and (resume["epoch"] != self.epoch or base > message["last"])
            reading = self.rooms[room] = Reading(message["last"], None if is_unknown else base, is_unknown,
                                                message.get("private", False))
            reading.people = people
            if self.is_fresh:
                self.is_fresh = False
                self.judge_stay(message["last"])
        elif reading.has_more_people:
            reading.people |= people
        elif people != reading.people and not message.get("more"):
            self.fault(f"in {room} are {sorted(people)}; by those who came and went: {sorted(reading.people)}")
        reading.has_more_people = message.get("more", False)

    def take_gap(self, index, message):
        room, after, before = message["room"], message["after"], message["before"]
        reading = self.rooms.get(room)
        if reading is None or after >= before:
            return self.fault(f"a gap that is none: {message}")
        if after == 0:
            reading.has_gap_from_start = True
        if after == 0 and not reading.is_unknown and not reading.is_caught_up and reading.base:
            self.fault(f"all of {room} is told to be gone, though {reading.base} was seen of this epoch")
        if not reading.is_caught_up and reading.base is not None and after < reading.base:
            self.fault(f"a gap in {room} from {after}, though all up to {reading.base} was seen")
        node = self.truth.node_of_run[self.connection.run]
        self.gaps.append((index, self.epoch, room, after, before, node))

    def take_history(self, message):
        room, reading = message["room"], self.rooms.get(message["room"])
        if reading is None:
            if message.get("ref") not in self.asked or room not in self.left:
                self.fault(f"the end of what was told of {room}, of which nothing was")
            return  # a page of a room that it has left since
        if reading.is_caught_up:
            return self.end_page(room, reading, message)
        self.check_count(message, reading.told)
        if reading.is_unknown and not reading.has_gap_from_start:
            self.fault(f"what was seen of {room} counts for nothing, and no gap says so")
        if self.is_of_others(room, reading):
            pass
        elif reading.base is None:
            if reading.told:
                page = Page(self.epoch, room, reading.told, reading.last + 1, self.enter.get("history", 0),
                            message.get("more", False), reading.last, False)
                self.pages.append(page)
            self.covered[self.epoch, room].append((reading.last, reading.last))
        else:
            self.covered[self.epoch, room].append((reading.base, reading.last))
        reading.is_caught_up = True
        reading.position = reading.last

    def check_count(self, message, told):
        if len(told) <= 200 and message["count"] != len(told):
            self.fault(f"{message['count']} were told of {message['room']}, it says; {len(told)} came")
        if told and message.get("first") != told[0]:
            self.fault(f"the first of {message['room']} was {message.get('first')}, it says; {told[0]} came")

    def end_page(self, room, reading, message):
        told, reading.page = reading.page, []
        request, known = self.asked.get(message.get("ref"), (None, 0))
        if request is None:
            return self.fault(f"a page of {room} that was not asked for: {message}")
        self.check_count(message, told)
        before = request.get("before")
        more = message.get("more", False)
        if not self.is_of_others(room, reading):
            self.pages.append(Page(self.epoch, room, told, before, request["limit"], more, known, True))

    # Events

    def take_event(self, message):
        room, seq, is_line = message["room"], message["seq"], message["type"] == "said"
        if message["type"] == "invited" and message["who"]["id"] == self.me:
            return  # into a room that it is not in
        if is_line and "ref" in message:
            self.take_confirmation(message)
        elif is_line and self.is_own(message):
            self.fault(f"its own line {seq} in {room} comes without its ref")
        is_own_leaving = message["type"] == "left" and message["who"]["id"] == self.me
        reading = self.rooms.get(room)
        if is_line and reading and self.is_of_others(room, reading) and not self.is_confirmed_again(message):
            self.fault(f"is told {seq} of {room}, and in another room of that name, which is not private")
        if reading is None:
            is_answer = (message.get("replay") and self.asked and room in self.left
                         or is_line and self.is_confirmed_again(message))
            if not is_answer and not is_own_leaving:
                self.fault(f"{message['type']} {seq} of {room}, which it is not in")
        elif message.get("replay") and reading.is_caught_up:
            if reading.page and reading.page[-1] >= seq:
                self.fault(f"{seq} behind {reading.page[-1]} on a page of {room}")
            reading.page.append(seq)
        elif message.get("replay"):
            self.take_missed(room, reading, seq, is_line)
        elif seq <= max(reading.position, 0 if reading.is_caught_up else reading.last):
            if not (is_line and self.is_confirmed_again(message)):
                what = "again" if seq in self.received[self.epoch, room] else "late"
                self.fault(f"{message['type']} {seq} in {room} {what}, behind {reading.position}")
        elif not reading.is_caught_up and is_own_leaving:
            self.follow_people(room, reading, message)  # what it had missed beyond what it was told, it never asks for
        elif not reading.is_caught_up:
            self.fault(f"{message['type']} {seq} in {room} before all that was missed is told")
        else:
            reading.position = seq
            if is_line:
                self.received[self.epoch, room].add(seq)
            if message["type"] == "private":
                self.keep_live(room, reading, seq - 1)
                reading.private_since = seq - 1
            self.seen.add((self.epoch, seq))
            place = self.place(room, reading)
            if message["type"] not in ("left", "invited") or message["who"]["id"] != self.me:
                self.truth.happened[self.epoch, place].setdefault(seq, message)
            self.follow_people(room, reading, message)

    def take_missed(self, room, reading, seq, is_line):
        if reading.base is not None and seq <= reading.base:
            self.fault(f"{seq} in {room} is told again, though all up to {reading.base} was seen")
        elif reading.told and seq <= reading.told[-1]:
            self.fault(f"{seq} in {room} is told behind {reading.told[-1]}")
        elif seq > reading.last:
            self.fault(f"{seq} in {room} is told as missed, though it is newer than {reading.last}")
        elif reading.base is not None and seq in self.received[self.epoch, room]:
            self.fault(f"{seq} in {room} is told twice")
        reading.told.append(seq)
        reading.position = max(reading.position, seq)
        if is_line:
            self.received[self.epoch, room].add(seq)

    def take_confirmation(self, message):
        texts = self.truth.by_ref.get((self.who, message["ref"]), [])
        if texts and message["text"] not in texts:
            self.fault(f"the ref {message['ref']} comes with a line of somebody else: “{message['text'][:40]}”")
        if message["text"] in texts:
            key = self.epoch, message["ref"]
            seq = self.confirmed.get(key, message["seq"])
            self.confirmed[key] = message["seq"]
            lines = self.truth.lines[self.epoch, message["room"]]
            old, new = lines.get(seq), lines.get(message["seq"])
            if seq != message["seq"] and not (old and (old.is_orphan or new and old.is_forgotten_in(new.run))):
                self.fault(f"the ref {message['ref']} is confirmed as {seq} and as {message['seq']}")

    def is_confirmed_again(self, message):
        sent = self.truth.sent.get(message["text"])
        return "ref" in message and sent is not None and sent.who == self.who and self.times[sent.text] > 1

    def is_own(self, message):
        sent = self.truth.sent.get(message["text"])
        return sent is not None and sent.who == self.who and sent.ref is not None

    def place(self, room, reading):
        return room, reading.private_since is not None

    def is_of_others(self, room, reading):
        """Whether all that is said in a room of that name is said in another one."""
        return room in self.truth.private_rooms and reading.private_since is None

    def keep_live(self, room, reading, through):
        """From when it had caught up, or the room was made private, it sees all that happens."""
        since = reading.last if reading.private_since is None else max(reading.last, reading.private_since)
        if reading.is_caught_up and through > since:
            self.live.append((self.epoch, self.place(room, reading), since, through, self.me, str(self.connection)))

    def follow_people(self, room, reading, message):
        kind = message["type"]
        if kind == "joined":
            person = message["who"]["id"]
            if person in reading.people and person != self.me:
                self.fault(f"{person} joined {room} ({message['seq']}), and was in it")
            reading.people.add(person)
        elif kind == "left":
            person = message["who"]["id"]
            if person not in reading.people:
                self.fault(f"{person} left {room} ({message['seq']}), and was not in it")
            reading.people.discard(person)
            if person == self.me:
                self.close(room, self.rooms.pop(room))
        elif kind == "said" and message["from"]["id"] not in reading.people:
            self.fault(f"{message['from']['id']} spoke in {room} ({message['seq']}), and was not in it")
        elif kind != "said":
            person = message["who" if kind == "renamed" else "by"]["id"]
            if person not in reading.people:
                self.fault(f"{kind} {message['seq']} in {room} is by {person}, who was not in it")

    def take_refused(self, message):
        if message["code"] in NEVER:
            self.fault(f"refused: {message}")
        texts = self.truth.by_ref.get((self.who, message.get("ref")), [])
        if message["code"] == "ref-reused" and len(texts) == 1:
            self.fault(f"the ref {message['ref']} belongs to one line, and is refused as if to two")

    # All connections

    def close(self, room, reading):
        self.left.add(room)
        self.keep_live(room, reading, reading.position)
        if self.is_of_others(room, reading):
            return
        begin = reading.last if reading.is_caught_up else reading.base
        if begin is not None and reading.position > begin:
            self.covered[self.epoch, room].append((begin, reading.position))

    def is_in_gap(self, epoch, room, seq):
        return any(of == epoch and where == room and after < seq < before
                   for _, of, where, after, before, _ in self.gaps)

    def judge_coverage(self):
        for (epoch, room), stretches in self.covered.items():
            for after, through in stretches:
                for seq in self.truth.real_lines(epoch, room, after, through):
                    if seq not in self.received[epoch, room] and not self.is_in_gap(epoch, room, seq):
                        text = self.truth.lines[epoch, room][seq].text[:40]
                        self.truth.fault(f"{self.who} never got {seq} “{text}” of {room}, and no gap says so")

    def judge_live(self):
        """Who is there is told of everything else that happens as well: who comes, is kicked, banned or muted."""
        for epoch, place, after, through, me, connection in self.live:
            for seq, event in self.truth.happened[epoch, place].items():
                # One's own leaving is told to oneself with a number of its own.
                is_for_others = event["type"] == "said" or event["type"] == "left" and event["who"]["id"] == me
                if after < seq <= through and not is_for_others and (epoch, seq) not in self.seen:
                    self.truth.fault(f"{connection} was not told of {event['type']} {seq} in {place[0]}")
