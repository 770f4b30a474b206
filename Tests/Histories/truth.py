# SPDX-License-Identifier: Apache-2.0
"""What a history's record says of it as a whole: who sent what, and which events have which numbers."""
from bisect import insort
from collections import defaultdict

from names import client_of

EVENTS = {"said", "joined", "left", "renamed", "topic", "private", "invited", "kicked", "muted", "banned", "unbanned"}


class Connection:
    def __init__(self, entry):
        self.who, self.number, self.kind = entry["who"], entry["connection"], entry["kind"]
        self.level, self.run, self.at = entry["level"], entry["run"], entry["at"]
        self.entries = []  # (index in the record, entry)
        self.epoch = None

    def __str__(self):
        return f"{self.who} (connection {self.number})"


class Sent:
    """A line that somebody sent, however often."""

    def __init__(self, who, text, room, ref=None, action=False):
        self.who, self.text, self.room, self.ref, self.action = who, text, room, ref, action
        self.connections = []
        self.times = 0


class Line:
    """A `said` that somebody saw."""

    def __init__(self, seq, message):
        self.seq, self.room, self.text = seq, message["room"], message["text"]
        self.run = None  # the first in which somebody saw it
        self.last_run = None
        self.index = None  # where in the record it had been said, as far as anybody can tell
        self.confirmed_in = set()  # runs of servers
        self.is_orphan = False  # seen, never confirmed, and gone with a server that was killed
        self.forgotten_from = None  # from this run on the server has so many lines after it that it knows no more of it

    @property
    def is_confirmed(self):
        return bool(self.confirmed_in)

    def is_forgotten_in(self, run):
        return self.forgotten_from is not None and run >= self.forgotten_from


class Truth:
    def __init__(self, record):
        self.record = record
        self.faults = []
        self.facts = next((entry for entry in record if entry["what"] == "facts"), {"file": False, "lines": 1000})
        self.private_rooms = set(self.facts.get("private", ()))  # so is each line of that name
        self.operators = set(self.facts.get("operators", ()))
        self.is_shared = self.facts.get("shared", False)  # several servers have one chat
        self.has_snapshots = self.facts.get("snapshots", False)  # and one that comes late has perhaps not all of it
        self.connections = []
        self.sent = {}  # by text
        self.invited = set()  # (name, room) as somebody asked for it
        self.kicked = set()  # (client, room), the same
        self.put_out = set()  # clients, the same: by a kick out of the chat, or a ban
        self.mutes = defaultdict(int)  # how often that was asked for, by name
        self.by_ref = defaultdict(list)  # the texts of (who, ref)
        self.lines = defaultdict(dict)  # of (epoch, room), by number
        self.events = {}  # by (epoch, number)
        self.seen_at = {}  # where in the record somebody was told first that there is such a number, by (epoch, number)
        self.happened = defaultdict(dict)  # what everybody in a place was told: of (epoch, place), by number
        self.by_text = defaultdict(list)  # the lines of (epoch, text)
        self.kept = defaultdict(dict)  # of each room at the end, by number; by server
        self.refused_for_now = set()  # the (who, ref) of lines that had to be sent again
        self.ups = defaultdict(list)  # of each server, where in the record it was there
        self.node_of_run = defaultdict(int)
        self.up_of_run = {}  # where in the record
        self.ends = {}  # how each run of the server ended
        self.copies_differ = False  # whether two NATS servers had different messages in one place
        self.epoch_of_run = {}
        self.begin_of_run = {}  # the least number that was given in it, as far as it was seen
        self.end_of_run = {}  # the greatest
        self.last_epoch = None
        self.split()
        self.collect()
        self.date_lines()
        self.find_orphans()
        self.find_forgotten()

    @property
    def has_two_logs(self):
        """Whether NATS servers that keep the same stream brought different messages."""
        return any(map(self.has_read_another_log, self.ends))

    def has_read_another_log(self, run):
        """Whether one ended for that reason, and NATS had another one for it."""
        return self.is_shared and self.copies_differ and self.ends.get(run) == "other log"

    def fault(self, text):
        if text not in self.faults:
            self.faults.append(text)

    def split(self):
        current = {}
        for index, entry in enumerate(self.record):
            if entry["what"] == "connect":
                current[entry["who"]] = Connection(entry)
                self.connections.append(current[entry["who"]])
            elif "connection" in entry and entry["who"] in current and entry["what"] != "kept":
                current[entry["who"]].entries.append((index, entry))
            elif entry["what"] == "start" and entry["who"] == "server":
                self.node_of_run[entry["run"]] = entry.get("node", 0)
            elif entry["what"] == "up":
                self.ups[self.node_of_run[entry["run"]]].append(index)
                self.up_of_run[entry["run"]] = index
            elif entry["what"] == "ended" and entry["who"] == "server":
                self.server_ended(entry)
            elif entry["what"] == "copies differ":
                self.copies_differ = True
            elif entry["what"] == "kept":
                self.kept[entry.get("node", 0)][entry["room"]] = {seq: text for seq, text in entry["lines"]}

    def server_ended(self, entry):
        self.ends[entry["run"]] = entry["asked"]
        if entry["asked"] is None or entry["asked"] in ("outage", "other log") and not self.is_shared:
            self.fault(f"the server ended by itself, with {entry['code']}")
        elif entry["asked"] == "other log" and not self.copies_differ:
            self.fault("the server ended for it had read another log, and all NATS servers had one")
        elif entry["asked"] == "term" and entry["code"] != 0:
            self.fault(f"the server ended with {entry['code']} after SIGTERM")

    def collect(self):
        for connection in self.connections:
            for index, entry in connection.entries:
                if entry["what"] == "sent":
                    self.take_sent(connection, entry)
                elif entry["what"] == "got":
                    message = entry["message"]
                    self.take_number(connection, message, index)
                    if message["type"] == "hello":
                        self.take_hello(connection, message)
                    elif message["type"] in EVENTS:
                        self.take_event(connection, message, index)
                    elif message.get("code") == "failed":
                        self.refused_for_now.add((connection.who, message.get("ref")))
                elif entry["what"] == "nonsense":
                    self.fault(f"{connection} was sent what is none of the protocol: {entry['text']}")

    def take_sent(self, connection, entry):
        message = entry.get("message") or {"type": "say", **entry}
        if message["type"] == "invite":
            self.invited.add((message["name"], message["room"]))
        elif message["type"] == "kick":
            self.kicked.add((client_of(message["name"]), message.get("room", "main")))
        elif message["type"] == "mute":
            self.mutes[message["name"]] += 1
        if message["type"] in ("kick", "ban"):
            self.put_out.add(client_of(message["name"]))
        if message["type"] != "say" or message["text"].startswith("/"):
            return
        text, ref = message["text"], message.get("ref")
        is_action = message.get("action", False)
        sent = self.sent.setdefault(text, Sent(connection.who, text, message["room"], ref, is_action))
        sent.times += 1
        sent.connections.append(connection)
        if ref and text not in self.by_ref[connection.who, ref]:
            self.by_ref[connection.who, ref].append(text)

    def take_hello(self, connection, message):
        epoch = connection.epoch = message["epoch"]
        self.last_epoch = epoch
        if self.epoch_of_run.setdefault(connection.run, epoch) != epoch:
            self.fault(f"run {connection.run} of the server has two epochs")
        others = {other for run, other in self.epoch_of_run.items() if run != connection.run}
        if self.is_shared:
            if others - {epoch}:
                self.fault(f"run {connection.run}, of server {self.node_of_run[connection.run]}, has an epoch of its own")
        elif self.facts["file"] and others - {epoch}:
            self.fault(f"run {connection.run} of the server has another epoch, though all is on the disk")
        elif not self.facts["file"] and epoch in others:
            self.fault(f"run {connection.run} of the server knows nothing of what was, and keeps the epoch")
        if message["history"]["onDisk"] != self.facts["file"]:
            self.fault(f"hello says onDisk: {message['history']['onDisk']}")

    def take_number(self, connection, message, index):
        number = message.get("seq", message.get("last"))
        if number is not None:
            key = connection.epoch, number
            self.seen_at[key] = min(self.seen_at.get(key, index), index)

    def take_event(self, connection, message, index):
        key = connection.epoch, message["seq"]
        plain = {name: value for name, value in message.items() if name not in ("ref", "replay")}
        run = connection.run
        # What is told again was given its number in this run or in one before.
        self.end_of_run[run] = max(self.end_of_run.get(run, message["seq"]), message["seq"])
        if "ref" in message and not message.get("replay"):
            # It may be confirmed again, and its author have another name by now.
            plain.pop("from", None)
        elif not message.get("replay"):
            self.begin_of_run[run] = min(self.begin_of_run.get(run, message["seq"]), message["seq"])
        first = self.events.setdefault(key, plain)
        if "from" in plain and "from" not in first:
            first = self.events[key] = {**first, "from": plain["from"]}
        if {**plain, "from": plain.get("from", first.get("from"))} != {**first, "from": first.get("from")}:
            self.fault(f"number {message['seq']} is two things: {first} and, to {connection}, {plain}")
        if message["type"] != "said":
            return
        lines = self.lines[connection.epoch, message["room"]]
        if message["seq"] not in lines:
            lines[message["seq"]] = line = Line(message["seq"], message)
            self.by_text[connection.epoch, message["text"]].append(line)
        line = lines[message["seq"]]
        line.run = min(line.run or connection.run, connection.run)
        line.last_run = max(line.last_run or connection.run, connection.run)
        if "ref" in message:
            line.confirmed_in.add(connection.run)

    def date_lines(self):
        """Where few are, a line is perhaps seen long after it was said; by then others saw what has a greater number."""
        earliest = {}  # by (epoch, number): where in the record anybody was told of that number or a greater one first
        indices = {}  # of each epoch
        for epoch, seq in sorted(self.seen_at, key=lambda key: -key[1]):
            index = self.seen_at[epoch, seq]
            earliest[epoch, seq] = indices[epoch] = min(indices.get(epoch, index), index)
        for (epoch, _), lines in self.lines.items():
            for line in lines.values():
                line.index = earliest[epoch, line.seq]

    # What may be gone

    def find_orphans(self):
        """A line that a killed server had not confirmed may be gone, though others saw it; no other."""
        for (epoch, room), lines in self.lines.items():
            if epoch != self.last_epoch:
                continue
            kept_by = {node: rooms[room] for node, rooms in self.kept.items() if room in rooms}
            for line in lines.values():
                has_outlived = line.last_run > line.run or any(line.seq in kept for kept in kept_by.values())
                line.is_orphan = self.is_in_doubt(line) and not has_outlived
            newest = set(sorted(lines)[-self.facts["lines"]:])
            for node, kept in kept_by.items():
                for seq, line in lines.items():
                    # What came behind the last line that was read came too late for it.
                    if seq in newest and seq not in kept and seq <= max(kept, default=seq):
                        self.miss(line, room, node)

    def find_forgotten(self):
        """What is sent again is known by what is kept, once the server was started again, and so many lines are."""
        if self.is_shared:
            return
        for (epoch, room), lines in self.lines.items():
            runs = []  # of the lines after, sorted
            for seq in sorted(lines, reverse=True):
                if len(runs) >= self.facts["lines"]:
                    lines[seq].forgotten_from = runs[self.facts["lines"] - 1] + 1
                if not lines[seq].is_orphan:
                    insort(runs, lines[seq].run)

    def is_said_anew(self, epoch, line):
        """Whether the server knew no more that it had been said."""
        before = [other for other in self.by_text[epoch, line.text] if other.seq < line.seq]
        return bool(before) and max(before, key=lambda other: other.seq).is_forgotten_in(line.run)

    def is_kept(self, room):
        """Whether anybody has read what is kept of it."""
        return any(room in rooms for rooms in self.kept.values())

    def miss(self, line, room, node):
        if not line.is_orphan and not self.may_lack(line, node):
            what = "confirmed" if line.is_confirmed else "seen"
            where = f" by server {node}" if self.is_shared else ""
            self.fault(f"lost: {line.seq} “{line.text[:40]}” in {room} was {what}, and is not kept{where}")

    def may_lack(self, line, node):
        """Whether a server may have come, or come back, with what others had put down, and with a hole in its history."""
        has_come_since = any(up > line.index for up in self.ups[node])
        return self.is_shared and self.has_snapshots and has_come_since and not self.is_stored(line, node)

    def is_stored(self, line, node):
        """Whether a server has said that a line is in its file that was there when it was said.

        One that has come since confirms again what it knows from the others, and need not have it.
        """
        return self.facts["file"] and any(self.node_of_run[run] == node and self.up_of_run.get(run, line.index) < line.index
                                          for run in line.confirmed_in)

    def is_in_doubt(self, line):
        """Whether a killed server may have taken it, a line or something else that is kept, with it."""
        return not self.is_shared and self.facts["file"] and self.ends.get(line.run) == "kill" and not line.is_confirmed

    def epoch_of(self, run):
        """Of one in which nobody of level 1 came, nobody was told; but several servers have one."""
        return self.epoch_of_run.get(run, self.last_epoch if self.is_shared else None)

    def life(self, run):
        """What is remembered in memory alone lives so long: as a server without others does, or as the chat of several."""
        return 0 if self.is_shared else run

    def real_lines(self, epoch, room, after, through):
        """The numbers of the lines between, without those that a killed server took with it."""
        lines = self.lines.get((epoch, room), {})
        return [seq for seq in sorted(lines) if after < seq <= through and not lines[seq].is_orphan]

    @property
    def orphans(self):
        return sum(line.is_orphan for lines in self.lines.values() for line in lines.values())
