# SPDX-License-Identifier: Apache-2.0
"""A client of level 1, as docs/protocol-1.md describes it."""
import json

from client import Client
from deeds import Deeds
from server import PASSPHRASE


def no_duplicates(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is there twice")
    return members


def refuse_number(text):
    raise ValueError(f"the number {text} is not whole")


def parse(payload):
    """A message as the protocol allows it, or ValueError."""
    message = json.loads(payload.decode(), object_pairs_hook=no_duplicates, parse_float=refuse_number,
                         parse_constant=refuse_number)
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ValueError("no object with a type")
    return message


class Typed(Client, Deeds):
    """Level 1: keeps what a client has to keep to miss nothing, and sends again what was not confirmed."""

    level = 1

    def __init__(self, chat, name, kind, pauses, rooms, history=0, is_eager=False, owns=None, **where):
        super().__init__(chat, name, kind, pauses, **where)
        self.owns = owns
        self.wanted = list(rooms)
        self.called = name.partition("/")[0]
        self.history, self.is_eager = history, is_eager
        # Each connection of a person gets the refs of all, so those of two devices must not meet.
        self.ref_prefix = f"{pauses.getrandbits(32):08x}."
        self.token = self.epoch = self.me = None
        self.is_called = self.called  # as the server says
        self.after_answer = {}
        self.seen = {}
        self.unconfirmed = {}
        self.confirmed = []
        self.refs = 0
        self.asked = 0
        self.heard = set()  # the texts of lines
        self.has_met = set()  # the ids of those of whom it was told that they are there
        self.pages = {}  # the lines and whether there are more, by the request's ref
        self.begin_deeds()
        self.begin_connection()

    def begin_connection(self):
        self.begin_stay()
        self.rooms = {}  # whether all that was missed of it is told
        self.is_in = False
        self.has_said_again = False
        self.page = []

    def end_connection(self):
        self.begin_connection()

    @property
    def is_let_in(self):
        return self.is_in

    def is_ready(self, room="main"):
        return self.is_in and self.rooms.get(room, False)

    def opened(self):
        if self.kind == "plain":
            self.link.send(b"SNG1")

    # Sending

    def send(self, **message):
        if not self.link:
            return
        self.note("sent", message=message)
        self.put(json.dumps(message, ensure_ascii=bool(self.refs % 2)).encode())

    def say(self, room, text, action=False):
        if not self.may_speak(room) or len(self.unconfirmed) >= 150:
            return False
        self.refs += 1
        message = {"type": "say", "room": room, "text": f"{self.name}.{self.refs} {text}",
                   "ref": f"{self.ref_prefix}{self.refs}"}
        if action:
            message["action"] = True
        self.unconfirmed[message["ref"]] = message
        self.send(**message)
        return True

    def say_again(self, room=None):
        for message in list(self.unconfirmed.values()):
            if room is None and message["room"] not in self.chat.private_rooms or message["room"] == room:
                self.say_once_more(message)

    def say_once_more(self, message):
        """Unless it was meant for the people of a private room, and its name is another one's now."""
        if message["room"] in self.chat.private_rooms and not self.may_speak(message["room"]):
            del self.unconfirmed[message["ref"]]
        else:
            self.send(**message)

    def say_late(self, which, line):
        if self.link and self.connection == which and line["ref"] in self.unconfirmed and self.is_ready(line["room"]):
            self.say_once_more(line)

    def say_left_behind(self):
        """What was said to rooms that it has left since: perhaps it was said, and perhaps it is refused."""
        for message in list(self.unconfirmed.values()):
            if message["room"] not in self.rooms:
                self.say_once_more(message)

    def repeat_confirmed(self, index):
        """Sends a line again that has its confirmation."""
        recent = [message for message in self.confirmed[-100:] if self.may_speak(message["room"])]
        if recent:
            self.send(**recent[index % len(recent)])

    def misuse_ref(self, index):
        """Sends another text with a ref that is taken."""
        recent = [message for message in self.confirmed[-100:] if self.may_speak(message["room"])]
        if recent:
            message = recent[index % len(recent)]
            self.send(**{**message, "text": f"{self.name}.forged {message['ref']}"})

    def ask(self, kind, room, **members):
        if self.is_ready(room):
            ref = self.next_question()
            self.send(type=kind, room=room, ref=ref, **members)
            return ref
        return None

    def next_question(self):
        self.asked += 1
        return f"q{self.asked}"

    def join(self, room):
        if self.is_ready() and room not in self.rooms:
            if room not in self.wanted:
                self.wanted.append(room)
            self.send(type="join", room=room, ref=self.next_question())

    def leave(self, room):
        if room != "main" and self.ask("leave", room) and room in self.wanted:
            self.wanted.remove(room)

    def quit(self):
        if self.is_in:
            self.send(type="quit")

    # Receiving

    def take(self, payload):
        message = parse(payload)
        self.note("got", message=message)
        handler = getattr(self, "take_" + message["type"], None)
        if handler:
            handler(message)
        if self.link and "seq" in message and "room" in message and not self.is_page(message):
            room = message["room"]
            self.seen[room] = max(self.seen.get(room, 0), message["seq"])

    def is_page(self, message):
        return message.get("replay", False) and self.rooms.get(message["room"], False)

    def take_hello(self, message):
        if message["passphrase"]:
            self.note("passphrase")
            self.put(PASSPHRASE)
        enter = {"type": "enter", "name": self.called, "rooms": list(self.wanted), "client": "checker",
                 "history": self.history}
        if self.token:
            enter["resume"] = {"token": self.token, "epoch": self.epoch, "seen": dict(self.seen)}
        self.send(**enter)
        if message["epoch"] != self.epoch:
            # What was confirmed then is unknown to the server now.
            self.epoch, self.seen, self.confirmed = message["epoch"], {}, []
            self.forget_directs()
        # A token under which nothing was confirmed may be new to the server. Then the stay gets another one, and if
        # that does not arrive, what was said before is said twice.
        if self.is_eager and self.token and self.confirmed:
            self.has_said_again = True
            self.say_again()

    def take_entered(self, message):
        if message["token"] != self.token:
            self.confirmed = []
            self.forget_directs()
        self.token, self.me, self.is_in = message["token"], message["you"]["id"], True
        self.is_called, self.is_banned = message["you"]["name"], False

    def take_room(self, message):
        room = message["room"]
        self.has_met |= {person["id"] for person in message["people"]}
        if room not in self.rooms:
            self.rooms[room] = False
            if message.get("private"):
                self.private.add(room)
            self.last = {**getattr(self, "last", {}), room: message["last"]}

    def take_history(self, message):
        room = message["room"]
        if self.rooms.get(room) is False:
            self.rooms[room] = True
            self.seen[room] = max(self.seen.get(room, 0), self.last[room])
            if not self.has_said_again or room in self.chat.private_rooms:
                self.say_again(room)
            if room == "main":
                self.say_directs_again()
            self.own(room)
        elif room in self.rooms:
            self.pages[message.get("ref")] = self.page, message.get("more", False)
            self.page = []

    def take_said(self, message):
        if self.is_page(message):
            self.page.append((message["seq"], message["text"]))
        else:
            self.heard.add(message["text"])
        self.settle(message)

    def take_refused(self, message):
        self.is_put_off = message["code"] == "failed"
        self.settle(message)
        self.directs.pop(message.get("ref"), None)
        self.is_banned = self.is_banned or message["code"] == "banned"

    def settle(self, message):
        line = self.unconfirmed.get(message.get("ref"))
        if not line:
            return
        if message.get("code") == "failed":  # the server is out of touch with the others
            self.world.after(self.chat.retry_pause, lambda which=self.connection: self.say_late(which, line))
        # Not in the room any more, or muted: it was not said.
        elif message["type"] == "refused" and message["code"] in ("not-in-room", "muted"):
            del self.unconfirmed[message["ref"]]
        elif message["type"] == "refused" or message["text"] == line["text"]:
            del self.unconfirmed[message["ref"]]
            self.confirmed.append(line)

    def take_joined(self, message):
        self.has_met.add(message["who"]["id"])

    def take_left(self, message):
        if message["who"]["id"] == self.me and not message.get("replay"):
            self.rooms.pop(message["room"], None)
            self.private.discard(message["room"])

    def take_renamed(self, message):
        if message["who"]["id"] == self.me:
            self.is_called = message["who"]["name"]

    def take_ping(self, message):
        self.send(type="pong", id=message["id"])
