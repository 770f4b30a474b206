# SPDX-License-Identifier: Apache-2.0
"""Records made by hand in which people keep to themselves, write to one another, and keep order."""
from records import Record


def private():
    """Ann makes the den private and invites ben; cho, whom nobody invited, is in another room of that name."""
    r = Record(private=["den"])
    r.server()
    for number, who in enumerate(["ann", "ben", "cho"]):
        r.enter(who)
        r.room(who, 10 + number, [*["ann", "ben", "cho"][:number + 1]])
    r.connect("l1", level=0)
    r.of("l1", "entering", name="l1x1")
    r.of("l1", "heard", text="* l1x1 joined the chat *", room="main")
    r.sent("ann", "join", room="den", ref="q1")
    r.room("ann", 20, ["ann"], room="den")
    r.event(["ann"], "joined", 21, "ann", room="den")
    r.sent("ann", "private", room="den", ref="q2")
    r.done(["ann"], "private", 22, "ann", room="den", refs={"ann": "q2"})
    r.sent("cho", "join", room="den", ref="q1")
    r.room("cho", 23, ["cho"], room="den")
    r.event(["cho"], "joined", 24, "cho", room="den")
    for guest, seq in [("ben", 30), ("l1x1", 33)]:
        r.ids.setdefault(guest, guest + "-id")
        r.sent("ann", "invite", name=guest, room="den", ref=f"q{seq}")
        invited = {"who": {"id": r.ids[guest], "name": guest}}
        r.done(["ann"], "invited", seq, "ann", room="den", refs={"ann": f"q{seq}"}, **invited)
        if guest == "ben":
            r.done(["ben"], "invited", seq + 1, "ann", room="den", **invited)
    r.sent("ben", "join", room="den", ref="q1")
    r.room("ben", 40, ["ann", "ben"], room="den", is_private=True)
    r.event(["ann", "ben"], "joined", 41, "ben", room="den")
    r.of("l1", "sent", text="/join den")
    r.event(["ann", "ben"], "joined", 42, "l1x1", room="den")
    r.of("l1", "heard", text="* l1x1 joined the chat *", room="den")
    r.say("ann", "ann.1 secret", "1", room="den")
    r.said(["ann", "ben"], 50, "ann", "ann.1 secret", {"ann": "1"}, room="den")
    r.of("l1", "heard", text="ann: ann.1 secret", room="den")
    return r


def outsider(is_there=()):
    """A nosy one asks about the den and about a room that is not there, and joins both."""
    r = private()
    r.enter("nosy")
    r.room("nosy", 60, ["ann", "ben", "cho", "nosy"])
    for letter, room in [("a", "den"), ("b", "nil")]:
        r.sent("nosy", "who", room=room, ref="q1" + letter)
        r.got("nosy", "refused", code="not-in-room", text=f"you are not in {room}", ref="q1" + letter)
    for seq, room in [(61, "den"), (63, "nil")]:
        people = [*(is_there if room == "den" else ()), "nosy"]
        r.sent("nosy", "join", room=room, ref=f"j{seq}")
        r.room("nosy", seq, people, room=room)
        r.event(["nosy"], "joined", seq + 1, "nosy", room=room)
    return r


def directs():
    """Ann writes to ben, who has two connections, and to l1."""
    r = Record()
    r.server()
    r.enter("ann")
    r.room("ann", 10, ["ann"])
    for who in ("ben/phone", "ben/laptop"):
        r.enter(who, person="ben")
        r.room(who, 11, ["ann", "ben/phone"])
    r.ids["ben"] = "ben"
    r.connect("l1", level=0)
    r.of("l1", "entering", name="l1x1")
    r.ids["l1x1"] = "l1-id"
    r.of("l1", "heard", text="* l1x1 joined the chat *", room="main")
    for number, seq in [(1, 20), (2, 22)]:
        r.sent("ann", "direct", to="ben", text=f"ann.{number} psst", ref=str(number))
        r.direct(seq, "ann", "ben", f"ann.{number} psst", str(number), readers=["ben/phone", "ben/laptop"])
    for number, seq in [(3, 24), (4, 26)]:
        r.sent("ann", "direct", to="l1x1", text=f"ann.{number} psst", ref=str(number))
        r.of("l1", "heard", text=f"* ann (only to you): ann.{number} psst *", room="main")
        r.direct(seq, "ann", "l1x1", f"ann.{number} psst", str(number), readers=[])
    return r


def order():
    """Olga mutes ben for a while, bans ben, lets it in again, and kicks it."""
    r = Record(operators=["olga"])
    r.server()
    everyone = ["ann", "ben", "olga"]
    for number, who in enumerate(everyone):
        r.enter(who)
        r.room(who, 10 + number, everyone[:number + 1])
        r.event(everyone[:number + 1], "joined", 11 + number, who)
    r.connect("l1", level=0)
    r.of("l1", "entering", name="l1x1")
    r.of("l1", "heard", text="* l1x1 joined the chat *", room="main")
    r.say("ann", "ann.1 hello", "1")
    r.said(everyone, 20, "ann", "ann.1 hello", {"ann": "1"})
    r.of("l1", "heard", text="ann: ann.1 hello", room="main")
    r.sent("olga", "mute", name="ben", ref="m1", seconds=1)
    r.done(everyone, "muted", 21, "olga", refs={"olga": "m1"}, number=1, name="ben", until=25)
    r.of("l1", "heard", text="* ben was muted by olga (1 second) *", room="main")
    r.say("ben", "ben.1 mute", "1")
    r.got("ben", "refused", code="muted", text="", ref="1")
    r.say("ben", "ben.2 free", "2")
    r.said(everyone, 26, "ben", "ben.2 free", {"ben": "2"})
    r.of("l1", "heard", text="ben: ben.2 free", room="main")
    r.sent("olga", "ban", name="ben", reason="olga.1 why", ref="m2")
    r.done(everyone, "banned", 30, "olga", refs={"olga": "m2"}, number=2, name="ben", reason="olga.1 why")
    r.event(["ann", "olga"], "left", 31, "ben", reason="banned")
    r.of("l1", "heard", text="* ben was banned by olga (forever: olga.1 why) *", room="main")
    r.of("l1", "heard", text="* ben left *", room="main")
    r.got("ben", "bye", reason="banned")
    r.of("ben", "ended", how="closed by the server")
    r.connect("ben")
    r.got("ben", "hello", epoch="e1", history={"onDisk": True})
    r.sent("ben", "enter", name="ben", rooms=["main"])
    r.got("ben", "refused", code="banned", text="")
    r.got("ben", "bye", reason="refused")
    r.of("ben", "ended", how="closed by the server")
    return r


def forgiven():
    """The same, and then."""
    r = order()
    r.sent("olga", "unban", number=2, ref="m3")
    r.done(["ann", "olga"], "unbanned", 40, "olga", refs={"olga": "m3"}, number=2, name="ben")
    r.of("l1", "heard", text="* olga lifted ban 2 of ben *", room="main")
    r.enter("ben", person="ben-2")
    r.room("ben", 40, ["ann", "olga", "ben"])
    r.event(["ann", "ben", "olga"], "joined", 41, "ben")
    r.of("l1", "heard", text="* ben joined the chat *", room="main")
    r.sent("olga", "kick", name="ben", room="main", reason="olga.2 why", ref="m4")
    r.done(["ann", "ben", "olga"], "kicked", 42, "olga", refs={"olga": "m4"}, reason="olga.2 why",
           who={"id": "ben-2", "name": "ben"})
    r.event(["ann", "olga"], "left", 43, "ben", reason="kicked")
    r.of("l1", "heard", text="* ben was kicked by olga: olga.2 why *", room="main")
    r.of("l1", "heard", text="* ben left *", room="main")
    r.got("ben", "bye", reason="kicked")
    r.of("ben", "ended", how="closed by the server")
    return r


def banned_and_killed(is_confirmed=True):
    """With a file: the server is killed just after the ban, and ben comes again."""
    r = order()
    if not is_confirmed:
        r.entries = [entry for entry in r.entries
                     if entry["who"] != "olga" or entry.get("message", {}).get("seq", 0) < 30]
    r.server("kill", -9, "kill")
    r.server()
    return r
