# SPDX-License-Identifier: Apache-2.0
"""What is measured: every scenario is a list of cells, and every cell a server under one load."""
from dataclasses import dataclass, field

from servers import SERVERS

FLOORS = ("floor-1", "floor-16", "floor-turn")
BEFORE = ("before", "before-level-1", "before-rooms")
"""Snug at another revision."""
PEERS = ("ngircd", "inspircd", "nio", "ncat", "python")
FAST_FLOORS = ("floor-1",)
CHURNING = 8


@dataclass(frozen=True)
class Cell:
    key: str
    server: str
    load: tuple
    """Arguments of snug-load."""
    storm: tuple = ()
    """Arguments of a second snug-load that runs at the same time and is not measured."""
    label: str = ""
    reference: str = "snug"
    """The key of the cell that this one is compared with."""
    at: int = 0
    """Which of several nodes the load goes to; the first is measured."""

    @property
    def at_once(self):
        """So many connections are being made at a time: few enough for the server to have them wait."""
        queue = SERVERS[self.server].queue
        return min(queue, CHURNING) if self.load[0] == "churn" else queue


@dataclass(frozen=True)
class Scenario:
    name: str
    title: str
    kind: str
    """How the report shows it; see report.py."""
    cells: tuple
    text: str = ""
    """What a reader has to know."""
    options: dict = field(default_factory=dict)


def chat(members, senders=1, window=1, **more):
    load = {"members": members, "senders": senders, "window": window, **more}
    if "rate" in load:
        del load["window"]
    return ("chat", *(part for name, value in load.items() for part in (f"--{name}", str(value))))


def side_by_side(load, servers, reference="snug"):
    return tuple(Cell(server, server, load, reference=reference) for server in servers)


def fan_out(name, members, senders, window, floors):
    title = f"{members} members, {senders} talking, {window} of each one's lines on their way"
    return Scenario(name, title, "fan-out",
                    side_by_side(chat(members, senders, window), ("snug", "before", *floors, *PEERS)))


def growth():
    cells = []
    for members in (10, 100, 1_000, 10_000):
        load = chat(members)
        cells.append(Cell(f"snug-{members}", "snug", load, label=f"Snug, {members:,} members", reference="snug-10"))
        cells.append(Cell(f"floor-1-{members}", "floor-1", load, label=f"floor, {members:,} members",
                          reference="floor-1-10"))
    return Scenario("growth", "From 10 to 10,000 members, one talking", "growth", tuple(cells))


def storm():
    quiet = chat(100, 10, rate=200) + ("--settle", "1")
    cells = []
    for server in ("snug", "ngircd", "inspircd"):
        for kind, goal in (("quiet", ""), ("hellos", "hello"), ("joins", "present")):
            churn = ("churn", "--until", goal, "--at-once", "64") if goal else ()
            cells.append(Cell(f"{server}-{kind}", server, quiet, churn, label=f"{server}, {kind}",
                              reference=f"{server}-quiet"))
    return Scenario(
        "storm", "What 100 members feel of a storm of joins", "latency", tuple(cells),
        "200 lines a second go to 100 members, while 64 connections at a time come and go: *hellos* hang up once the"
        " server has done its costly part of the handshake, *joins* enter the room, are announced to everyone, and"
        " leave. The server has one processor for all of it.")


def stalled(members, rate, seconds):
    load, more = chat(members, 4, rate=rate), chat(members + 1, 4, stalled=1, rate=rate)
    return Scenario(
        f"stalled-{members}", f"One more member that reads nothing, beside {members} that do", "latency",
        (Cell("without", "snug", load, label="Snug, all read", reference="without"),
         Cell("with", "snug", more, label="Snug, one does not", reference="without")),
        f"{rate} lines a second. The member that reads nothing is dropped once 256 KiB wait for it.",
        {"seconds": seconds})


def padding(name, members, senders, window):
    return Scenario(
        name, f"Padding and encryption: {members} members, {senders} talking, {window} on their way", "fan-out",
        side_by_side(chat(members, senders, window), ("snug", "snug-pad", "snug-plain")))


def rooms():
    """Lines to ten readers each: of many rooms beside those of one that has all of them, and of one as quiet as each."""
    return Scenario(
        "rooms-1000", "1,000 rooms of 10, a line a second in each, beside one room", "fan-out",
        (Cell("one", "snug-rooms", chat(10, 1, rate=1_000), label="Snug, one room of 10, all those lines",
              reference="one"),
         Cell("alone", "snug-rooms", chat(10, 1, rate=1), label="Snug, one room of 10, a line a second",
              reference="one"),
         Cell("many", "snug-rooms", chat(10_000, 1_000, rate=1_000, rooms=1_000), label="Snug, 1,000 rooms of 10",
              reference="one"),
         Cell("before-many", "before-rooms", chat(10_000, 1_000, rate=1_000, rooms=1_000),
              label="Snug before, 1,000 rooms of 10", reference="one")),
        "Of many rooms nothing is in a cache when the next line comes. Counted without the kernel, by callgrind with a"
        " cache of 1 MiB and 100 rooms: a delivery fetches 45 lines of 64 bytes from memory, of which 28 are GnuTLS's; in"
        " one room it fetches one. A quiet room that is alone pays for waking up at each line.", {"seconds": 12})


def history():
    return Scenario(
        "history-1000", "What keeping costs: 100 members, 1,000 lines a second", "fan-out",
        tuple(Cell(server, server, chat(100, 10, rate=1_000), reference="snug-forgets")
              for server in ("snug-forgets", "snug", "snug-history")))


def replay():
    quiet = chat(100, 10, rate=500) + ("--settle", "1")
    coming = ("churn", "--at-once", "1", "--pause", "0.1", "--dialect")
    cells = [Cell("quiet", "snug-level-1", quiet, label="Snug, nobody comes", reference="quiet")]
    for key, dialect, label in (("joins", "level-1", "joins"), ("replays", "level-1-replay", "joins that are told all")):
        cells.append(Cell(key, "snug-level-1", quiet, (*coming, dialect), label=f"Snug, {label}", reference="quiet"))
    return Scenario(
        "replay", "What 100 members feel of who comes back and missed 1,000 lines", "latency", tuple(cells),
        "500 lines a second go to 100 members of level 1, while somebody comes ten times a second and leaves once all"
        " is told. The last 1,000 lines are kept.", {"seconds": 12})


def figures(name, load):
    """Windows of a fifth of a second with and without a scrape, in turns, and the same where nobody asks."""
    halves = (*load, "--halves", "0.2")
    return Scenario(
        name, f"What a scrape costs: {load[2]} members, as fast as they can", "halves",
        (Cell("quiet", "snug-figures", halves, label="Snug, nobody asks", reference="quiet"),
         Cell("asked", "snug-figures", (*halves, "--scrape", "{metrics}"), label="Snug, asked in each second window",
              reference="quiet")),
        "Each run has windows of 0.2 s of two kinds in turns; at the beginning of each of the second kind its figures"
        " are asked for, five times a second. Where nobody asks, the two kinds differ by chance alone. *Amiss* is by how"
        " much the last figures differ from the generator's: lines, deliveries, joins, handshakes and sessions.",
        {"seconds": 20})


def sandbox(name, load):
    return Scenario(name, f"What confinement costs: {load[2]} members", "fan-out",
                    side_by_side(load, ("snug-free", "snug"), reference="snug-free"),
                    "With `--no-sandbox` there is neither Landlock nor a filter of system calls.")


SPREAD = ("--also-port", "{ports[1]}", "--also-port", "{ports[2]}")
"""Members are with each of three nodes in turn."""


def nodes_work(name, members, load):
    """All members are with one of the nodes, so that its work beside a single server's is that of the bus."""
    return Scenario(
        name, f"One of three nodes beside a single server: {members} members", "fan-out",
        side_by_side(load, ("snug", "snug-nodes")),
        "Three NATS servers keep three copies. All members are with one node. As many lines a second for both: who has"
        " more of them on the way at a time sends more of them in one record, and that costs less.", {"seconds": 5})


def nodes_others():
    """What a node has to do for people whom another one serves."""
    return Scenario(
        "nodes-others", "What a node does for people whom another node serves", "work",
        (*(Cell(f"lines-{rate}", "snug-nodes", chat(10, 1, rate=rate), at=1, label=f"10 members, {rate:,} lines a second")
           for rate in (100, 1_000, 10_000)),
         Cell("idle", "snug-nodes", ("idle", "--members", "10000"), at=1, label="10,000 members who say nothing")),
        "Three NATS servers keep three copies. All members are with another node than the one that is measured.",
        {"seconds": 5})


def nodes_latency():
    load = chat(30, 1, rate=50)
    return Scenario(
        "nodes-latency", "A line's way to members of three nodes, 50 lines a second", "time",
        (Cell("bus", "snug-nodes", ("publish",), label="publishing to the bus, and its confirmation"),
         Cell("nodes", "snug-nodes", (*load, *SPREAD), label="Snug, 30 members with three nodes"),
         Cell("one", "snug", load, label="Snug, a single server")),
        "Three NATS servers keep three copies, on this machine's disk.", {"seconds": 20})


def nodes_lines():
    load = chat(60, 30, 64, rooms=20)
    return Scenario(
        "nodes-lines", "Lines of 30 who talk as fast as they can, in 20 rooms of 3", "time",
        (Cell("nodes", "snug-nodes", (*load, *SPREAD), label="Snug, three nodes"),
         Cell("one", "snug", load, label="Snug, a single server")),
        "Three NATS servers keep three copies. Nodes, NATS servers and generator share two processors.", {"seconds": 5})


def levels(name, members, senders, window):
    return Scenario(
        name, f"Level 1 beside level 0: {members} members, {senders} talking, {window} on their way", "fan-out",
        side_by_side(chat(members, senders, window), ("snug", "snug-as-long", "snug-level-1", "before-level-1")),
        "A line is 72 bytes at level 0 and 196 at level 1. *As long* is level 0 with lines of 196 bytes: what the bytes"
        " cost.")


SCENARIOS = {scenario.name: scenario for scenario in (
    fan_out("fanout-1000", 1_000, 1, 1, FAST_FLOORS),
    fan_out("busy-100", 100, 10, 16, FLOORS),
    fan_out("busy-500", 500, 10, 4, FLOORS),
    growth(),
    Scenario("idle-1000", "Memory of an idle member, 1,000 of them", "memory",
             side_by_side(("idle", "--members", "1000"), ("snug", "before", *FAST_FLOORS, *PEERS))),
    Scenario("idle-10000", "Memory of an idle member, 10,000 of them", "memory",
             side_by_side(("idle", "--members", "10000"), ("snug", "before", *FAST_FLOORS))),
    Scenario("handshake", "A stranger's handshake", "connection",
             side_by_side(("churn", "--until", "secure"),
                          ("floor-1", "snug", *PEERS), reference="floor-1"),
             "SwiftNIO brings BoringSSL, whose handshake costs less than GnuTLS's; Python and ncat use OpenSSL."),
    Scenario("churn", "Someone joins, is announced, and leaves", "connection",
             (*side_by_side(("churn", "--until", "present"), ("snug", "before", *PEERS)),
              Cell("floor-1", "floor-1", ("churn", "--until", "secure"), label="floor, the bare handshake alone")),
             "The floor only shakes hands and lets go: who comes out below it has a cheaper handshake than GnuTLS's."),
    storm(),
    stalled(20, 1_000, seconds=8),
    stalled(100, 500, seconds=20),
    padding("padding-100", 100, 10, 16),
    padding("padding-1000", 1_000, 1, 1),
    levels("levels-1000", 1_000, 1, 1),
    levels("levels-100", 100, 10, 16),
    levels("levels-500", 500, 10, 4),
    rooms(),
    history(),
    replay(),
    figures("figures-100", chat(100, 10, 16)),
    figures("figures-1000", chat(1_000, 1, 1)),
    sandbox("sandbox-100", chat(100, 10, 16)),
    sandbox("sandbox-1000", chat(1_000, 1, 1)),
    nodes_work("nodes-1000", 1_000, chat(1_000, 1, rate=50)),
    nodes_work("nodes-100", 100, chat(100, 10, rate=1_000)),
    nodes_others(),
    nodes_latency(),
    nodes_lines(),
)}

SHORT = (
    Scenario("short-window", "12 members, 3 talking", "fan-out",
             side_by_side(chat(12, 3, 2), ("snug", "snug-pad", "snug-plain", "snug-level-1", *FLOORS))),
    Scenario("short-rooms", "4 rooms of 3", "fan-out", side_by_side(chat(12, 4, 2, rooms=4), ("snug", "snug-history"))),
    Scenario("short-figures", "12 members, and figures that are asked for", "halves",
             (Cell("asked", "snug-figures", (*chat(12, 3, 2), "--halves", "0.05", "--scrape", "{metrics}"), label="Snug"),)),
    Scenario("short-schedule", "12 members, one stalled", "latency",
             (Cell("snug", "snug", chat(12, 3, stalled=1, rate=200), label="Snug"),)),
    Scenario("short-idle", "20 idle members", "memory",
             side_by_side(("idle", "--members", "20"), ("snug", "floor-1"))),
    Scenario("short-churn", "Coming and going", "connection",
             side_by_side(("churn",), ("snug", "floor-1"))),
)
