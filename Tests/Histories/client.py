# SPDX-License-Identifier: Apache-2.0
"""What clients of both levels share: a connection that comes again after its end, and a record of all that it does."""
from links import Frames, KeyLink, Link, frame

SHORT = 0.02


class Client:
    level = 0

    def __init__(self, chat, name, kind, pauses, key=None, address=None):
        self.chat, self.world, self.name, self.kind, self.key = chat, chat.world, name, kind, key
        self.address = address  # where it comes from, which is what a ban of somebody without a key is for
        self.is_banned = False  # when it last tried to come in
        self.pauses = pauses  # a Random of its own for how long to stay away
        self.connection = 0
        self.link = self.server = None
        self.wants_in = True
        self.is_slow = False
        self.next_cut = None  # for the connection that comes next

    def note(self, what, **facts):
        self.world.note(self.name, what, connection=self.connection, **facts)

    def connect(self):
        if self.link or not self.wants_in:
            return
        server = self.chat.server_for(self)
        if not server:
            return self.world.after(SHORT, self.connect)
        self.server = server
        self.is_put_off = False  # until its server is in touch with the others again
        self.connection += 1
        self.frames = Frames()
        self.note("connect", kind=self.kind, level=self.level, run=server.run)
        protocol = f"snug/{self.level}"
        self.begin_connection()
        if self.kind == "key":
            self.link = KeyLink(self.world, server.ports["encrypted"], self, self.key, self.chat.authority, protocol)
        else:
            context = self.chat.contexts[self.level] if self.kind == "tls" else None
            port = server.ports["encrypted" if context else "plain"]
            link = Link(self.world, port, self, context, 4096 if self.is_slow else None, self.address)
            self.link = None if link.end else link
        if self.link and self.next_cut:
            self.link.cut_after(*self.next_cut)
            self.next_cut = None
        if self.chat.patience:
            self.world.after(self.chat.patience, lambda which=self.connection: self.give_up(which))

    def give_up(self, which):
        """A server that lets nobody in is left for another one."""
        if self.link and self.connection == which and not self.is_let_in:
            self.note("cut", after="patience")
            self.link.cut_after("out", 0, "rst")

    def begin_connection(self):
        pass

    def opened(self):
        pass

    def received(self, data):
        try:
            for payload in self.frames.take(data):
                if payload and self.link:
                    self.take(payload)
        except ValueError as error:
            self.note("nonsense", text=str(error))
            if self.link:
                self.link.cut_after("out", 0, "rst")

    def put(self, payload):
        if self.link:
            self.link.send(frame(payload))

    def ended(self, how):
        self.note("ended", how=how)
        self.link = None
        self.end_connection()
        if self.wants_in:
            bounds = (0.25, 1) if self.is_put_off else (0.05, 0.2) if self.is_banned else self.chat.absence(self)
            self.world.after(self.pauses.uniform(*bounds), self.connect)

    def end_connection(self):
        pass

    def stay_away(self):
        self.wants_in = False

    def come_back(self):
        self.wants_in = True
        self.connect()
