# SPDX-License-Identifier: Apache-2.0
"""A record made by hand of three servers with one chat."""
from records import Record, come_in

WITNESSES = ["witness-0", "witness-1", "witness-2"]


def three(is_resumed=True, **facts):
    """Ann is at the first server; that of ben and of l1, who is at level 0, is killed, and ben goes on at the third."""
    r = Record(shared=True, **facts)
    for node in range(3):
        r.server(node=node)
    r.node.update({"ben": 1, "l1": 1})
    come_in(r)
    r.say("ann", "ann.1 hello", "1")
    r.said(["ann", "ben"], 14, "ann", "ann.1 hello", {"ann": "1"})
    r.server("kill", -9, "kill", node=1)
    r.of("ben", "ended", how="ECONNRESET")
    r.of("l1", "ended", how="closed by the server")
    r.server(node=1)
    r.node["ben"] = 2
    r.enter("ben", seen={"main": 14}, is_resumed=is_resumed)
    r.room("ben", 14, ["ann", "ben", "l1x1"])
    r.say("ben", "ben.1 back", "1")
    r.said(["ann", "ben"], 15, "ben", "ben.1 back", {"ben": "1"})
    people = ["ann", "ben", "l1x1"]
    for node, name in enumerate(WITNESSES):
        r.node[name] = node
        r.enter(name)
        people.append(name)
        r.room(name, 15 + node, people)
        r.event(["ann", "ben", *WITNESSES[:node + 1]], "joined", 16 + node, name)
    r.note("history", "calm", seconds=20.0, without_bus=10.0, held_up=0.0)
    r.note("history", "present", people=["ann", "ben", *WITNESSES])
    for node, name in enumerate(WITNESSES):
        r.got(name, "room", room="main", last=18, people=[{"id": r.ids[p], "name": p} for p in people], ref="q1")
        r.kept((14, "ann.1 hello"), (15, "ben.1 back"), node=node)
    for node, run in r.runs.items():
        for sequence in (7, 9):
            r.note("server", "digest", node=node, run=run, sequence=sequence, digest=f"digest {sequence}")
    return r
