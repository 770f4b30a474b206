# SPDX-License-Identifier: Apache-2.0
"""What a client of level 1 does beside talking: private rooms, lines for one person, and keeping order."""

# What whoever is not in a room may ask about it, and what else the request has to hold.
PROBES = {"who": {}, "history": {"limit": 5}, "leave": {}, "topic": {}, "private": {}, "invite": {"name": "ann"}}


class Deeds:
    """Needs `send`, `note`, `is_ready` and the rooms of a client."""

    def begin_deeds(self):
        self.directs = {}  # without an answer, by ref
        self.confirmed_directs = []
        self.privacy_asked = set()  # the epochs in which it was asked for
        self.begin_stay()

    def begin_stay(self):
        self.private = set()  # the rooms of which it is known
        self.has_said_directs_again = False

    # Private rooms

    def may_speak(self, room):
        """In a room that may be private only once it is: so each line of that name is for its people alone."""
        return self.is_ready(room) and (room not in self.chat.private_rooms or room in self.private)

    def own(self, room):
        """Makes its own room private, once while the server keeps count: so there is one of that name at most."""
        if room == self.owns and room not in self.private and self.epoch not in self.privacy_asked:
            self.privacy_asked.add(self.epoch)
            self.send(type="private", room=room, ref=self.next_question())

    def invite(self, name, room):
        if self.may_speak(room):
            self.send(type="invite", name=name, room=room, ref=self.next_question())

    def probe(self, kind, room, other):
        """The same question about a room that it is not in and about one that is not there."""
        if self.is_ready() and room not in self.rooms and room not in self.wanted:
            ref = self.next_question()
            for letter, asked in [("a", room), ("b", other)]:
                self.send(type=kind, room=asked, ref=ref + letter, **PROBES.get(kind, {}))

    def take_private(self, message):
        if not message.get("replay"):
            self.private.add(message["room"])

    def take_invited(self, message):
        room = message["room"]
        if message["who"]["id"] != self.me or message.get("replay"):
            return
        if room in self.rooms:  # another one of that name
            self.send(type="leave", room=room, ref=self.next_question())
            self.send(type="join", room=room, ref=self.next_question())
        else:
            self.join(room)

    # Lines for one person

    def direct(self, to, text):
        if self.is_ready() and self.has_said_directs_again and len(self.directs) < 50:
            self.refs += 1
            message = {"type": "direct", "to": to, "text": f"{self.name}.{self.refs} {text}",
                       "ref": f"{self.ref_prefix}{self.refs}"}
            self.directs[message["ref"]] = message
            self.send(**message)

    def direct_again(self, index):
        """Sends one again that has its confirmation, and that the server still knows: lines have refs as well."""
        recent = [message for message in self.confirmed_directs
                  if int(message["ref"].removeprefix(self.ref_prefix)) > self.refs - 100]
        if self.is_ready() and self.has_said_directs_again and recent:
            self.send(**recent[index % len(recent)])

    def say_directs_again(self):
        if not self.has_said_directs_again:
            self.has_said_directs_again = True
            for message in list(self.directs.values()):
                self.send(**message)

    def forget_directs(self):
        """What was confirmed under another token, or to a server that knows nothing of it, would be said again."""
        self.confirmed_directs = []

    def take_direct(self, message):
        self.heard.add(message["text"])
        line = self.directs.get(message.get("ref"))
        if line and line["text"] == message["text"]:
            del self.directs[message["ref"]]
            self.confirmed_directs.append(line)

    # Keeping order

    def moderate(self, kind, after=None, **members):
        """`after` is called when it was done."""
        if self.is_ready(members.get("room", "main")):
            ref = self.next_question()
            self.after_answer[ref] = after
            self.send(type=kind, ref=ref, **members)

    def take_banned(self, message):
        after = self.after_answer.pop(message.get("ref"), None)
        if after and not message.get("replay"):
            after()

    def take_bans(self, message):
        self.bans = [ban["number"] for ban in message["bans"]]
        after = self.after_answer.pop(message.get("ref"), None)
        if after:
            after()

    take_kicked = take_muted = take_unbanned = take_banned
