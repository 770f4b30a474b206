# SPDX-License-Identifier: Apache-2.0
"""One history: a real server, the people of a plan, and what the plan does to them."""
import random
import ssl

from people import Texting, Typed
from plan import ROOMS
from server import Server, make_key
from world import World

FLOOD = " ".join(["flood"] * 78)


class Chat:
    # A failure alone gets here: what is waited for comes within a second.
    longest_wait = 15

    def __init__(self, plan, program, certificates, folder):
        self.plan = plan
        self.world = World()
        self.authority = certificates / "ca.pem"
        self.has_passphrase = self.plan.has_passphrase
        self.contexts = {level: self.context(level) for level in (0, 1)}
        flags = list(self.plan.flags)
        if self.plan.has_file:
            flags += ["--history", str(folder / "history.db")]
        self.world.note("history", "facts", seed=plan.seed, file=self.plan.has_file, lines=self.plan.lines,
                        flags=" ".join(self.plan.flags))
        self.server = Server(self.world, program, certificates, folder, flags, self.has_passphrase)
        self.key = make_key(folder / "kim") if any(person["kind"] == "key" for person in self.plan.typed) else None
        self.typed, self.texting = {}, {}
        for person in self.plan.typed:
            person = dict(person)
            is_slow = person.pop("is_slow", False)
            pauses = random.Random(f"{plan.seed} {person['name']}")
            client = Typed(self, pauses=pauses, key=self.key if person["kind"] == "key" else None, **person)
            client.is_slow = is_slow
            self.typed[client.name] = client
        for person in self.plan.texting:
            self.texting[person["name"]] = Texting(self, pauses=random.Random(f"{plan.seed} {person['name']}"), **person)
        self.witness = None

    def context(self, level):
        context = ssl.create_default_context(cafile=self.authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.set_alpn_protocols([f"snug/{level}"])
        return context

    @property
    def everyone(self):
        return [*self.typed.values(), *self.texting.values()]

    def run(self):
        """Returns the record."""
        try:
            self.server.start()
            self.world.run_until(lambda: self.server.is_up or not self.server.process, self.longest_wait)
            if not self.server.is_up:
                self.world.note("server", "missed", text="it did not start: " + self.server.log().read_text()[-300:])
                return self.world.record
            for person in self.everyone:
                person.connect()
            self.make_trouble()
            self.end()
        finally:
            self.server.kill()
            for person in self.everyone + ([self.witness] if self.witness else []):
                person.stay_away()
                if person.link:
                    person.link.cut_after("out", 0, "rst")
        return self.world.record

    def make_trouble(self):
        for at, kind, *arguments in self.plan.steps:
            self.world.after(0.1 + at, lambda do=getattr(self, "do_" + kind.replace("-", "_")), a=arguments: do(*a))
        end_of_trouble = self.world.now + 0.1 + self.plan.seconds
        self.world.run_until(lambda: self.world.now > end_of_trouble, 2 * self.longest_wait)

    # Steps

    def room_of(self, person, index):
        rooms = sorted(room for room, is_ready in person.rooms.items() if is_ready)
        return rooms[index % len(rooms)] if rooms else "main"

    def do_say(self, name, index, lines):
        person = self.typed[name]
        for text, is_action in lines:
            person.say(self.room_of(person, index), text, is_action)

    def do_flood(self, name, texting, count):
        for _ in range(count):
            self.typed[name].say("main", FLOOD)
            self.texting[texting].say(FLOOD)

    def do_again(self, name, index):
        self.typed[name].repeat_confirmed(index)

    def do_forge(self, name, index):
        self.typed[name].misuse_ref(index)

    def do_cut(self, name, cut, next_cut):
        person = self.typed[name]
        person.next_cut = next_cut
        if person.link:
            person.note("cut", after=cut)
            person.link.cut_after(*cut)

    def do_stall(self, name, seconds):
        person = self.typed[name]
        link = person.link
        if link:
            person.note("stall", seconds=round(seconds, 3))
            link.pause(True)
            self.world.after(seconds, lambda: link.pause(False))

    def do_page(self, name, index, limit, back):
        person = self.typed[name]
        room = self.room_of(person, index)
        before = {} if back is None else {"before": max(1, person.seen.get(room, 1) - back * 1_000)}
        person.ask("history", room, limit=limit, **before)

    def do_who(self, name, index):
        self.typed[name].ask("who", self.room_of(self.typed[name], index))

    def do_join(self, name, room):
        self.typed[name].join(room)

    def do_leave(self, name, room):
        self.typed[name].leave(room)

    def do_quit(self, name, _):
        self.typed[name].quit()

    def do_nick(self, name, number):
        person = self.typed[name]
        person.called = f"{name}-{'xyz'[number]}"
        if person.is_ready():
            person.send(type="nick", name=person.called)

    def do_text(self, name, lines):
        for text in lines:
            self.texting[name].say(text)

    def do_text_cut(self, name, cut):
        person = self.texting[name]
        if person.link:
            person.note("cut", after=cut)
            person.link.cut_after(*cut)

    def do_text_join(self, name, room):
        self.texting[name].join(room)

    def do_sigstop(self, seconds):
        self.server.stop_for(seconds)

    def do_reload(self):
        self.server.reload()

    def do_restart(self, how):
        self.server.restart(how)

    # The end

    def end(self):
        """No more trouble: everybody comes back, says what was not confirmed, and hears a last line in each room."""
        self.world.note("history", "end of trouble")
        self.server.go_on()
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
        if not self.wait("nobody is missing", self.is_calm):
            return
        self.witness = Typed(self, "witness", "plain", random.Random(0), ["main", *ROOMS])
        self.witness.connect()
        if not self.wait("the witness is in",
                         lambda: len(self.witness.rooms) == 3 and all(self.witness.rooms.values())):
            return
        for room in self.witness.rooms:
            self.witness.say(room, f"end of {room}")
        self.wait("everybody has the last line",
                  lambda: not self.witness.unconfirmed and all(map(self.has_last_line, self.everyone)))
        for person in self.typed.values():
            for room in list(person.rooms):
                person.ask("who", room)
        self.read_pages()
        for person in self.typed.values():
            person.quit()
        code = self.server.finish()
        if code is None:
            self.world.note("server", "missed", text="it did not end within 10 s after SIGTERM")

    def settle_left_behind(self):
        for person in self.typed.values():
            if person.link and person.is_in and person.rooms and all(person.rooms.values()):
                person.say_left_behind()
        if not self.witness:
            self.world.after(0.1, self.settle_left_behind)

    def wait(self, what, condition):
        if self.world.run_until(lambda: condition() or not self.is_alive, self.longest_wait) and self.is_alive:
            return True
        if not self.is_alive:
            return False  # which the record has already
        missing = [person.name for person in self.everyone if not self.is_settled(person)]
        late = [person.name for person in self.everyone if not self.has_last_line(person)]
        self.world.note("history", "missed", text=f"in {self.longest_wait} s not: {what}; not settled {missing}, late {late}")
        return False

    def is_calm(self):
        is_up = self.server.is_up and not self.server.is_expected_to_end
        return is_up and all(map(self.is_settled, self.everyone))

    @property
    def is_alive(self):
        return self.server.process is not None

    def is_settled(self, person):
        if not person.link:
            return False
        if isinstance(person, Texting):
            return person.room is not None and not person.awaited
        return person.is_in and bool(person.rooms) and all(person.rooms.values()) and not person.unconfirmed

    def has_last_line(self, person):
        lines = {line["room"]: line["text"] for line in self.witness.confirmed} if self.witness else {}
        if isinstance(person, Texting):
            return lines.get(person.room) in person.heard
        return lines and all(lines.get(room) in person.heard for room in person.rooms)

    def read_pages(self):
        """All that is kept of each room, as one who comes last reads it."""
        limit = 200 if self.plan.lines >= 1000 else 7
        for room in list(self.witness.rooms):
            kept, before = [], {}
            while True:
                ref = self.witness.ask("history", room, limit=limit, **before)
                if not self.wait(f"a page of {room}", lambda: ref in self.witness.pages):
                    return
                page, more = self.witness.pages[ref]
                kept = page + kept
                if not more or not page:
                    break
                before = {"before": page[0][0]}
            self.world.note("witness", "kept", room=room, lines=kept)
