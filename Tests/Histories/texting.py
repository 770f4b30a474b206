# SPDX-License-Identifier: Apache-2.0
"""A client of level 0, as docs/protocol.md describes it."""
import re

from client import Client
from server import PASSPHRASE

OUT_OF_TOUCH = "* that was not done, for this server has lost touch with the chat's other servers *"
IN_IT_ALREADY = "* you are in that room already *"
INVITATION = re.compile(r"^\* \S+ invites you: /join (\S+) \*$")


class Texting(Client):
    """Level 0: a name of its own for each connection, so that no two of its stays can be mixed up."""

    def __init__(self, chat, name, kind, pauses, room="main", **where):
        super().__init__(chat, name, kind, pauses, **where)
        self.home = room
        self.lines = 0
        self.heard = set()
        self.begin_connection()

    def begin_connection(self):
        self.called = f"{self.name}x{self.connection}"
        self.room = None
        self.awaited = []  # rooms whose own joining is still to be heard of
        self.has_passed = not self.chat.has_passphrase

    def end_connection(self):
        self.begin_connection()

    def opened(self):
        if self.chat.has_passphrase:
            self.put(PASSPHRASE)
        self.note("entering", name=self.called)
        self.put(self.called.encode())
        self.awaited = ["main"]
        if self.home != "main":
            self.join(self.home)

    @property
    def is_let_in(self):
        return self.room is not None

    def join(self, room):
        if self.link and self.link.is_open and (self.awaited or [self.room])[-1] != room:
            self.note("sent", text=f"/join {room}")
            self.awaited.append(room)
            self.put(f"/join {room}".encode())

    def accept(self, room):
        if self.room == room:
            self.join("main")  # this is another one of that name
        self.join(room)

    def direct(self, to, text):
        if self.link and self.room:
            self.lines += 1
            text = f"/msg {to} {self.name}.{self.lines} {text}"
            self.note("sent", text=text)
            self.put(text.encode())

    def say(self, text):
        """Only where no joining is under way: else nobody could tell which room it was said in."""
        if not self.link or not self.room or self.awaited or self.room in self.chat.private_rooms:
            return False
        self.lines += 1
        text = f"{self.name}.{self.lines} {text}"
        self.note("sent", text=text, room=self.room)
        self.put(text.encode())
        return True

    def take(self, payload):
        text = payload.decode()
        if not self.has_passed:
            self.has_passed = True
            self.note("passed", text=text)
            return
        if text == f"* {self.called} joined the chat *" and self.awaited:
            self.room, self.is_banned = self.awaited.pop(0), False
        elif text == IN_IT_ALREADY and self.awaited:  # it was kicked to where it was just going
            self.room = self.awaited.pop(0)
        elif text.startswith(f"* {self.called} was kicked by ") and self.room != "main":
            self.awaited.insert(0, "main")  # where it is then
        elif not self.room and text.startswith("* you are banned here "):
            self.is_banned = True
        elif INVITATION.match(text):
            self.accept(INVITATION.match(text)[1])
        elif text == OUT_OF_TOUCH and self.awaited:  # nobody could say which of what was asked for is still to come
            self.is_put_off = True
            self.link.cut_after("out", 0, "rst")
        self.heard.add(text.partition(": ")[2])
        self.note("heard", text=text, room=self.room, name=self.called)
