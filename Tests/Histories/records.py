# SPDX-License-Identifier: Apache-2.0
"""Records made by hand, for the tests of the judge."""


class Record:
    """Appends what a history would have recorded; a person's connection is the one that was begun last."""

    def __init__(self, has_file=True, lines=1000, **facts):
        self.entries = []
        self.connections = {}
        self.ids = {}
        self.run = 0
        self.runs = {}  # the last one of each server
        self.node = {}  # the server of each person, if it is not the first
        self.note("history", "facts", file=has_file, lines=lines, **facts)
        self.has_file = has_file

    def note(self, who, what, /, **facts):
        self.entries.append({"at": 0.0, "who": who, "what": what, **facts})

    def server(self, how=None, code=None, asked=None, node=0):
        if how:
            self.note("server", how, run=self.runs[node])
        if code is not None:
            self.note("server", "ended", run=self.runs[node], code=code, asked=asked)
        else:
            self.run += 1
            self.runs[node] = self.run
            self.note("server", "start", run=self.run, node=node)
            self.note("server", "up", run=self.run)

    def of(self, who, what, /, **facts):
        self.note(who, what, connection=self.connections[who], **facts)

    def sent(self, who, kind, /, **members):
        self.of(who, "sent", message={"type": kind, **members})

    def got(self, who, kind, /, **members):
        self.of(who, "got", message={"type": kind, **members})

    def connect(self, who, level=1, kind="plain"):
        self.connections[who] = self.connections.get(who, 0) + 1
        self.note(who, "connect", connection=self.connections[who], kind=kind, level=level,
                  run=self.runs[self.node.get(who, 0)])

    def enter(self, who, epoch="e1", seen=None, is_resumed=False, person=None, seen_epoch="e1", kind="tls"):
        self.connect(who, kind=kind)
        self.got(who, "hello", epoch=epoch, history={"onDisk": self.has_file})
        resume = {} if seen is None else {"resume": {"token": "t", "epoch": seen_epoch, "seen": seen}}
        self.sent(who, "enter", name=who, rooms=["main"], history=5, **resume)
        person = self.ids[who] = person or self.ids.get(who, who + "-id")
        self.got(who, "entered", you={"id": person, "name": who}, token="t", resumed=is_resumed)

    def room(self, who, last, people, missed=(), room="main", gap=None, end=True,
             is_private=False, **members):
        """The catching up: `missed` are (number, author, text) or with a ref as a fourth."""
        self.got(who, "room", room=room, last=last, people=[{"id": self.ids[p], "name": p} for p in people],
                 **({"private": True} if is_private else {}))
        if gap:
            self.got(who, "gap", room=room, after=gap[0], before=gap[1])
        for line in missed:
            self.said([who], *line[:3], refs={who: line[3]} if len(line) > 3 else {}, room=room, replay=True)
        if end:
            first = {"first": missed[0][0]} if missed else {}
            self.got(who, "history", **{"room": room, "count": len(missed), **first, **members})

    def event(self, readers, kind, seq, who, room="main", **members):
        for reader in readers:
            self.got(reader, kind, seq=seq, time=seq, room=room, who={"id": self.ids[who], "name": who}, **members)

    def done(self, readers, kind, seq, by, room="main", refs=None, **members):
        """Something that an operator or the owner of a room did."""
        for reader in readers:
            ref = {"ref": refs[reader]} if refs and reader in refs else {}
            self.got(reader, kind, seq=seq, time=seq, room=room, by={"id": self.ids[by], "name": by}, **ref, **members)

    def direct(self, seq, author, to, text, ref, readers=None):
        """Its recipient's copy, and then its author's, with numbers of their own."""
        persons = {"from": {"id": self.ids[author], "name": author}, "to": {"id": self.ids[to], "name": to}}
        for reader in [to] if readers is None else readers:
            self.got(reader, "direct", seq=seq, time=seq, text=text, **persons)
        self.got(author, "direct", seq=seq + 1, time=seq, text=text, ref=ref, **persons)

    def say(self, who, text, ref, room="main"):
        self.sent(who, "say", room=room, text=text, ref=ref)

    def said(self, readers, seq, author, text, refs=None, room="main", **members):
        for reader in readers:
            ref = {"ref": refs[reader]} if refs and reader in refs else {}
            self.got(reader, "said", seq=seq, time=seq, room=room, text=text,
                     **{"from": {"id": self.ids[author], "name": author}}, **ref, **members)

    def kept(self, *lines, room="main", node=0):
        self.note("witness", "kept", room=room, lines=[list(line) for line in lines], node=node)


def come_in(r):
    """Ann and ben at level 1, and l1 at level 0."""
    r.enter("ann")
    r.room("ann", 10, ["ann"])
    r.event(["ann"], "joined", 11, "ann")
    r.enter("ben")
    r.room("ben", 11, ["ann", "ben"])
    r.event(["ann", "ben"], "joined", 12, "ben")
    r.connect("l1", level=0)
    r.of("l1", "entering", name="l1x1")
    r.ids["l1x1"] = "l1-id"
    r.event(["ann", "ben"], "joined", 13, "l1x1")


def quiet():
    """Ann and ben at level 1 and l1 at level 0, three lines, and a cut connection of ben's that is resumed."""
    r = Record()
    r.server()
    come_in(r)
    r.of("l1", "heard", text="* l1x1 joined the chat *", room="main")
    r.say("ann", "ann.1 hello", "1")
    r.said(["ann", "ben"], 14, "ann", "ann.1 hello", {"ann": "1"})
    r.of("l1", "heard", text="ann: ann.1 hello", room="main")
    r.of("ben", "ended", how="cut by rst")
    r.say("ann", "ann.2 again", "2")
    r.said(["ann"], 16, "ann", "ann.2 again", {"ann": "2"})
    r.of("l1", "heard", text="ann: ann.2 again", room="main")
    r.enter("ben", seen={"main": 14}, is_resumed=True)
    r.room("ben", 16, ["ann", "ben", "l1x1"], [(16, "ann", "ann.2 again")])
    r.say("ben", "ben.1 back", "1")
    r.said(["ann", "ben"], 17, "ben", "ben.1 back", {"ben": "1"})
    r.of("l1", "heard", text="ben: ben.1 back", room="main")
    r.sent("ann", "history", room="main", limit=2, ref="q1")
    for line in [(16, "ann", "ann.2 again", {"ann": "2"}), (17, "ben", "ben.1 back", None)]:
        r.said(["ann"], *line, replay=True)
    r.got("ann", "history", room="main", count=2, first=16, more=True, ref="q1")
    r.kept((14, "ann.1 hello"), (16, "ann.2 again"), (17, "ben.1 back"))
    return r


def said_again(lines, *said):
    """A server that keeps so many lines is killed behind these of ann's, (text, ref), who says the first one again."""
    r = Record(lines=lines)
    r.server()
    come_in(r)
    for seq, (text, ref) in enumerate(said, 14):
        r.say("ann", text, ref)
        r.said(["ann", "ben"], seq, "ann", text, {"ann": ref})
    for who in ("ann", "ben", "l1"):
        r.of(who, "ended", how="ECONNRESET")
    r.server("kill", -9, "kill")
    r.server()
    r.enter("ann", seen={"main": 13 + len(said)}, person="ann-2")
    r.room("ann", 100, ["ann"])
    text, ref = said[0]
    r.say("ann", text, ref)
    r.said(["ann"], 101, "ann", text, {"ann": ref})
    r.kept((101, text))
    return r


def killed(seen_line=True, is_confirmed=False, is_kept=False, **facts):
    """A server with a file is killed just after ann's second line, which ben saw, and ann says it again."""
    r = Record(**facts)
    r.server()
    r.enter("ann")
    r.room("ann", 10, ["ann"])
    r.enter("ben")
    r.room("ben", 10, ["ann", "ben"])
    r.say("ann", "ann.1 hello", "1")
    r.said(["ann", "ben"], 14, "ann", "ann.1 hello", {"ann": "1"})
    r.say("ann", "ann.2 again", "2")
    if seen_line:
        r.said(["ben"], 15, "ann", "ann.2 again")
    if is_confirmed:
        r.said(["ann"], 15, "ann", "ann.2 again", {"ann": "2"})
    for who in ("ann", "ben"):
        r.of(who, "ended", how="ECONNRESET")
    r.server("kill", -9, "kill")
    r.server()
    r.enter("ann", seen={"main": 14}, person="ann-2")
    r.room("ann", 100, ["ann"], [(15, "ann", "ann.2 again")] if is_kept else [])
    r.enter("ben", seen={"main": 15}, person="ben-2")
    r.room("ben", 100, ["ann", "ben"])
    r.event(["ann", "ben"], "joined", 101, "ben")
    r.say("ann", "ann.2 again", "2")
    return r
