# SPDX-License-Identifier: Apache-2.0
"""How a history ends: everybody comes back, hears the last line of each room, and all that is kept is read."""
import random

from deeds import PROBES
from people import Typed
from plan import NOWHERE, PRIVATE, ROOMS
from texting import Texting


class Ending:
    """Needs the people, the plan, the world and the server of a chat."""

    witness = nosy = None

    def end(self):
        """No more trouble: everybody comes back, says what was not confirmed, and hears a last line in each room."""
        self.world.note("history", "end of trouble")
        self.is_ending = True
        self.end_trouble()
        for person in self.everyone:
            person.next_cut = None
            person.is_slow = False
            if person.link:
                person.link.cut = None
                person.link.pause(False)
                if self.plan.end.get(person.name):
                    person.link.cut_after("out", 0, "rst")
            person.come_back()
        self.settle_left_behind()
        if not self.wait("nobody is missing", self.is_calm) or not self.lift_all():
            return
        self.witness = self.bring_reader("witness", self.servers[0])
        if not self.witness:
            return
        if not (self.say_last_lines() and self.say_last_directs() and self.ask_from_outside()):
            return
        readers = self.bring_readers()
        if not readers:
            return
        for person in self.typed.values():
            for room in list(person.rooms):
                person.ask("who", room)
        for reader in readers:
            self.read_pages(reader, reader.rooms)
        for insider in self.insiders():
            self.read_pages(insider, [PRIVATE])
        self.ask_for_bans()
        for person in self.typed.values():
            person.quit()
        for server in self.servers:
            server.begin_end()
        for server in self.servers:
            if not server.finish():
                self.world.note("server", "missed", text="it did not end within 60 s after SIGTERM")

    def end_trouble(self):
        self.server.go_on()

    def bring_reader(self, name, server):
        """Somebody who comes last, and is in all rooms that everybody may enter."""
        reader = self.begin_reader(name, server)
        return reader if self.wait(f"the {name} is in", lambda: self.is_in_all(reader)) else None

    def begin_reader(self, name, server):
        reader = Typed(self, name, "plain", random.Random(0), ["main", *ROOMS])
        self.pinned[reader] = server
        self.others.append(reader)
        reader.connect()
        return reader

    def is_in_all(self, reader):
        return len(reader.rooms) == 3 and all(reader.rooms.values())

    def bring_readers(self):
        """Who reads what is kept; on each server one."""
        return [self.witness]

    def settle_left_behind(self):
        for person in self.typed.values():
            if person.link and person.is_in and person.rooms and all(person.rooms.values()):
                person.say_left_behind()
        if not self.witness:
            self.world.after(self.retry_pause, self.settle_left_behind)

    # The last lines

    def insider(self):
        """Somebody who is in the private room."""
        insiders = (person for person in self.typed.values() if PRIVATE in person.private and person.may_speak(PRIVATE))
        return next(insiders, None)

    def insiders(self):
        """Those who read what is kept of it; on each server one."""
        insider = self.insider()
        return [insider] if insider else []

    def say_last_lines(self):
        self.listeners = [person for person in self.everyone if not person.is_banned]
        self.last_speakers = [self.witness]
        for room in self.witness.rooms:
            self.witness.say(room, f"end of {room}")
        insider = self.insider()
        if insider:
            self.last_speakers.append(insider)
            insider.say(PRIVATE, f"end of {PRIVATE}")
        return self.wait("everybody has the last line", lambda: not any(p.unconfirmed for p in self.last_speakers)
                         and all(map(self.has_last_line, self.listeners)))

    def has_last_line(self, person):
        speakers = self.last_speakers if self.witness else []
        lines = {line["room"]: line["text"] for speaker in speakers for line in speaker.confirmed
                 if line["text"].endswith(f" end of {line['room']}")}
        if isinstance(person, Texting):
            # In a private room, or in another one of that name.
            return person.room == PRIVATE or lines.get(person.room) in person.heard
        rooms = [room for room in person.rooms if room != PRIVATE or PRIVATE in person.private and PRIVATE in lines]
        return bool(lines) and all(lines.get(room) in person.heard for room in rooms)

    def say_last_directs(self):
        """What somebody was told before and did not hear is missing then."""
        for person in self.listeners:
            self.witness.direct(self.name_of(person.name), f"end for {person.name}")
        return self.wait("everybody has the last direct", lambda: not self.witness.directs
                         and all(map(self.has_last_direct, self.listeners)))

    def has_last_direct(self, person):
        texts = [line["text"] for line in self.witness.confirmed_directs]
        texts = [text for text in texts if text.endswith(f" end for {person.name}")]
        return all(text in person.heard or f"{text} *" in person.heard for text in texts)

    def ask_from_outside(self):
        """One who was never invited asks about a private room and about one that is not there, and joins both."""
        if not self.private_rooms:
            return True
        self.nosy = Typed(self, "nosy", "plain", random.Random(1), ["main"])
        self.others.append(self.nosy)
        self.nosy.connect()
        if not self.wait("the nosy one is in", self.nosy.is_ready):
            return False
        for kind in PROBES:
            self.nosy.probe(kind, PRIVATE, NOWHERE)
        for room in (PRIVATE, NOWHERE):
            self.nosy.join(room)
        is_in_both = lambda: self.nosy.is_ready(PRIVATE) and self.nosy.is_ready(NOWHERE)
        if not self.wait("the nosy one is in both", is_in_both):
            return False
        self.nosy.moderate("rooms")
        return True

    # Keeping order

    @property
    def operator(self):
        return next((self.typed[name] for name in self.plan.operators), None)

    def lift_all(self):
        """Everybody who is banned may come in again, and whoever is muted talk."""
        if not self.operator or not self.plan.lifts_all:
            return True
        if not self.ask_for_bans():
            return False
        for number in self.operator.bans:
            self.operator.moderate("unban", number=number)
        return self.wait("everybody may come in again",
                         lambda: self.is_calm() and not any(person.is_banned for person in self.everyone))

    def ask_for_bans(self):
        if not self.operator:
            return True
        told = []
        self.operator.moderate("bans", after=lambda: told.append(True))
        return self.wait("the bans are told", lambda: told)

    # Waiting

    def wait(self, what, condition):
        if self.world.run_until(lambda: condition() or not self.is_alive, self.longest_wait) and self.is_alive:
            return True
        if not self.is_alive:
            return False  # which the record has already
        missing = [person.name for person in self.everyone if not self.is_settled(person)]
        late = [person.name for person in self.everyone if not self.has_last_line(person)]
        text = f"in {self.longest_wait} s not: {what}; not settled {missing}, late {late}"
        self.world.note("history", "missed", text=text)
        return False

    def is_calm(self):
        is_up = all(server.is_up and not server.is_expected_to_end for server in self.servers)
        return is_up and all(map(self.is_settled, self.everyone))

    @property
    def is_alive(self):
        return not any(server.is_lost for server in self.servers)

    def is_settled(self, person):
        if person.is_banned:
            return person is not self.operator
        if not person.link:
            return False
        if isinstance(person, Texting):
            return person.room is not None and not person.awaited
        return person.is_in and bool(person.rooms) and all(person.rooms.values()) and not (
            person.unconfirmed or person.directs)

    # What is kept

    def read_pages(self, reader, rooms):
        """All that is kept of each room, as one who comes last reads it."""
        limit = 200 if self.plan.lines >= 1000 else 7
        for room in list(rooms):
            kept, before = [], {}
            while True:
                ref = reader.ask("history", room, limit=limit, **before)
                if not self.wait(f"a page of {room}", lambda: ref in reader.pages):
                    return
                page, more = reader.pages[ref]
                kept = page + kept
                if not more or not page:
                    break
                before = {"before": page[0][0]}
            self.world.note(reader.name, "kept", room=room, lines=kept, node=reader.server.node)
