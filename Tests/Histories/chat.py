# SPDX-License-Identifier: Apache-2.0
"""One history: a real server, the people of a plan, and what the plan does to them."""
import random
import ssl

from ending import Ending
from one_server import OneServer
from people import Typed
from plan import NOWHERE, PRIVATE
from server import Server, fingerprint, make_key
from texting import Texting
from world import World

FLOOD = " ".join(["flood"] * 78)


class Chat(Ending, OneServer):
    # A failure alone gets here: what is waited for comes within a second, and on a machine with much else to do in 20.
    longest_wait = 120

    def __init__(self, plan, program, certificates, folder):
        self.plan = plan
        self.world = World()
        self.authority = certificates / "ca.pem"
        self.has_passphrase = self.plan.has_passphrase
        self.contexts = {level: self.context(level) for level in (0, 1)}
        flags = list(self.plan.flags)
        self.private_rooms = plan.private_rooms
        self.world.note("history", "facts", seed=plan.seed, file=self.plan.has_file, lines=self.plan.lines,
                        private=plan.private_rooms, operators=plan.operators, flags=" ".join(self.plan.flags),
                        **self.facts())
        names = [person["name"].partition("/")[0] for person in self.plan.typed if person["kind"] == "key"]
        self.keys = {name: make_key(folder / name) for name in names}
        if plan.operators:
            path = folder / "operators"
            path.write_text("".join(f"{fingerprint(self.keys[name])} {name}\n" for name in plan.operators))
            flags += ["--operators", str(path)]
        self.program, self.certificates, self.folder, self.flags = program, certificates, folder, flags
        self.servers = self.make_servers()
        self.typed, self.texting, self.others = {}, {}, []
        self.pinned = {}  # who is to be at which server
        self.orders = 0
        self.is_ending = False
        for person in self.plan.typed:
            person = dict(person)
            is_slow = person.pop("is_slow", False)
            pauses = random.Random(f"{plan.seed} {person['name']}")
            key = self.keys.get(person["name"].partition("/")[0])
            client = Typed(self, pauses=pauses, key=key, address=self.next_address(), **person)
            client.is_slow = is_slow
            self.typed[client.name] = client
        for person in self.plan.texting:
            pauses = random.Random(f"{plan.seed} {person['name']}")
            client = Texting(self, pauses=pauses, address=self.next_address(), **person)
            self.texting[client.name] = client

    def facts(self):
        """What the judge has to know beside."""
        return {}

    def make_servers(self):
        return [self.make_server(0)]

    def make_server(self, node, flags=(), ports=None):
        flags = [*self.flags, *flags]
        if self.plan.has_file:
            flags += ["--history", str(self.folder / f"history-{node}.db")]
        return Server(self.world, self.program, self.certificates, self.folder, flags, self.has_passphrase, node, ports)

    @property
    def server(self):
        return self.servers[0]

    def next_address(self):
        """One for each client: whoever has no key is banned by it."""
        return f"127.0.1.{1 + len(self.typed) + len(self.texting)}"

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
            if not self.start_servers():
                return self.world.record
            for person in self.everyone:
                person.connect()
            self.make_trouble()
            self.end()
        finally:
            for server in self.servers:
                server.kill()
            for person in self.everyone + self.others:
                person.stay_away()
                if person.link:
                    person.link.cut_after("out", 0, "rst")
        return self.world.record

    def start_servers(self):
        for server in self.servers:
            server.start()
            self.world.run_until(lambda: server.is_up or server.is_lost, self.longest_wait)
            if not server.is_up:
                self.world.note("server", "missed", text="it did not start: " + server.log().read_text()[-300:])
                return False
        return True

    def make_trouble(self):
        # On a busy machine everybody would come when the trouble is over.
        self.world.run_until(lambda: all(map(self.is_settled, self.everyone)), 2)
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

    def do_direct(self, name, to, text):
        person = self.typed[name]
        # While one waits for another name, nobody can say who oneself is.
        if to != name or not person.called.startswith(f"{name}-"):
            person.direct(person.is_called if to == name else self.name_of(to), text)

    def do_direct_again(self, name, index):
        self.typed[name].direct_again(index)

    def do_text_direct(self, name, to, text):
        self.texting[name].direct(self.name_of(to), text)

    def name_of(self, name):
        """What a client is called, as far as anybody knows."""
        if name in self.typed:
            return self.typed[name].is_called
        return self.texting[name].called if name in self.texting else name

    def do_invite(self, name, guest):
        self.typed[name].invite(self.name_of(guest), PRIVATE)

    def do_probe(self, name, kind):
        self.typed[name].probe(kind, PRIVATE, NOWHERE)

    def do_usurp(self, name, kind, target):
        self.do_order(self.typed[name], kind, target)

    def do_order(self, person, kind, target, room="main", after=None, **members):
        """Each has a reason of its own, by which everybody knows it again."""
        self.orders += 1
        person.moderate(kind, after, name=self.name_of(target), room=room, reason=f"{person.name}.{self.orders} why",
                        **members)

    def do_kick(self, target, room):
        self.when_ready(lambda olga: self.do_order(olga, "kick", target, room))

    def do_mute(self, target, seconds, kills):
        self.sanction("mute", target, seconds, kills)

    def do_ban(self, target, seconds, kills):
        self.sanction("ban", target, seconds, kills)

    def sanction(self, kind, target, seconds, kills):
        members = {"seconds": seconds} if seconds else {}
        self.when_ready(lambda olga: self.do_order(
            olga, kind, target, after=(lambda: self.kill_in_trouble(olga.server)) if kills else None, **members))

    def kill_in_trouble(self, server):
        """An answer that comes late does no harm to what is asked at the end, and once."""
        if not self.is_ending:
            server.restart("kill")

    def do_lift(self, number):
        self.when_ready(lambda olga: olga.moderate("unban", number=number))

    def do_bans(self):
        self.when_ready(lambda olga: olga.moderate("bans"))

    def when_ready(self, action, attempts=20):
        """An operator's key takes its time to be shown. At the end nobody is troubled any more."""
        if self.is_ending:
            return
        olga = self.typed[self.plan.operators[0]]
        if olga.is_ready():
            action(olga)
        elif attempts:
            self.world.after(0.05, lambda: self.when_ready(action, attempts - 1))

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
