# SPDX-License-Identifier: Apache-2.0
"""What several servers with one chat promise beside: all of them have the same chat, and the same people in it."""
from collections import defaultdict
from itertools import combinations

from names import client_of

LONGEST_RETURN = 10  # seconds
LONGEST_OUTAGE = 40  # of NATS servers that are all there again: it needs half as long when they lose their leader twice


def judge_shared(truth):
    judge_names(truth)
    if not truth.is_shared:
        return
    judge_states(truth)
    judge_lists(truth)
    judge_presence(truth)
    judge_calm(truth)


def judge_names(truth):
    """No two people of a room have one name."""
    for connection, message in people_lists(truth):
        names = sorted(person["name"] for person in message["people"])
        for one, other in zip(names, names[1:]):
            if one == other:
                truth.fault(f"{connection} is told of two people called {one} in {message['room']}")


def people_lists(truth):
    """All lists of people, each in one message however many it took."""
    for connection in truth.connections:
        earlier = []
        for _, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] != "got" or message["type"] != "room":
                continue
            earlier += message["people"]
            if not message.get("more"):
                yield connection, {**message, "people": earlier}
                earlier = []


# The state

def judge_states(truth):
    """Of each message of their order all servers tell one digest, and of each two it was compared at least once."""
    digests, compared = defaultdict(dict), set()
    for entry in truth.record:
        if entry["what"] != "digest" or truth.has_read_another_log(entry["run"]):
            continue
        told = digests[entry["sequence"]]
        for node, digest in told.items():
            if node != entry["node"]:
                compared.add(frozenset((node, entry["node"])))
            if digest != entry["digest"]:
                truth.fault(f"behind message {entry['sequence']} server {entry['node']} has another chat than server {node}")
        told[entry["node"]] = entry["digest"]
    nodes = {truth.node_of_run[run] for run in truth.up_of_run if not truth.has_read_another_log(run)}
    for one, other in combinations(sorted(nodes), 2):
        if frozenset((one, other)) not in compared:
            truth.fault(f"the chats of the servers {one} and {other} were never compared")


# The people

def judge_lists(truth):
    """Behind one event of a room all servers tell of the same people in it."""
    first, me = {}, {connection: entered_as(connection) for connection in truth.connections}
    for connection, message in people_lists(truth):
        if message["room"] in truth.private_rooms:
            continue  # of which there may be two of one name
        people = {person["id"] for person in message["people"]}
        key = connection.epoch, message["room"], message["last"]
        other, expected = first.setdefault(key, (connection, people))
        # Who comes in is told of itself before all are.
        differing = (people ^ expected) - {me[connection], me[other]}
        if differing:
            truth.fault(f"behind {message['last']} of {message['room']} {connection} and {other} are told of different"
                        f" people: {sorted(differing)}")


def entered_as(connection):
    return next((entry["message"]["you"]["id"] for _, entry in connection.entries
                 if entry["what"] == "got" and entry["message"]["type"] == "entered"), None)


def judge_presence(truth):
    """At the end everybody is there for each server, and nobody else but whom it waits for."""
    present = next((entry["people"] for entry in truth.record if entry["what"] == "present"), None)
    if present is None:
        return
    awaited = may_come_back(truth)
    for node, connection, message in last_lists(truth):
        names = {person["name"] for person in message["people"]}
        for who in sorted(set(present) - names):
            truth.fault(f"server {node} does not tell {connection} that {who} is there")
        for name in sorted(names - set(present)):
            if client_of(name) not in awaited and name not in awaited:
                truth.fault(f"server {node} tells {connection} that {name} is there, who is not")


def judge_calm(truth):
    """When the bus does what it is for again, everybody is in within ten seconds.

    Ten steps lead there, each of which a busy machine holds up as long as it holds up what writes the record. The bus does
    nothing if the servers put nothing into it, so that has an end as well.
    """
    calm = next((entry for entry in truth.record if entry["what"] == "calm"), None)
    if not calm:
        return
    if calm["seconds"] - calm["without_bus"] > LONGEST_RETURN + 10 * calm["held_up"]:
        truth.fault(f"everybody was in {calm['seconds']} s after the last fault, though the bus was there after"
                    f" {calm['without_bus']} s")
    if calm["without_bus"] > LONGEST_OUTAGE:
        truth.fault(f"the bus took no message for {calm['without_bus']} s after the last fault")


def last_lists(truth):
    last = {}
    for connection, message in people_lists(truth):
        if message["room"] == "main" and connection.who.startswith("witness"):
            last[truth.node_of_run[connection.run]] = connection, message
    for node in sorted(truth.ups):
        if node in last:
            yield node, *last[node]
        else:
            truth.fault(f"nobody asked server {node} at the end who is there")


def may_come_back(truth):
    """Clients with a token or a key, and by their names those whose server was killed: for a minute all are waited for.

    The same goes for a server that was asked to end and could not say so, because the bus was out of its reach.
    """
    awaited = set()
    silent = {entry["run"] for entry in truth.record if entry["who"] == "server" and entry["what"] == "ended"
              and (entry["asked"] in ("kill", "other log") or is_out(truth, entry["at"]))}
    for connection in truth.connections:
        if connection.level == 1:
            awaited.add(client_of(connection.who))
        elif connection.run in silent:
            awaited |= {entry["name"] for _, entry in connection.entries if entry["what"] == "entering"}
    return awaited


def is_out(truth, at):
    """Whether the bus may be out of reach for some: NATS servers take up to ten seconds to agree on who leads."""
    return any(entry["who"] == "bus" and at - 12 < entry["at"] < at for entry in truth.record)
