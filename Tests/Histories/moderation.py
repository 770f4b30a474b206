# SPDX-License-Identifier: Apache-2.0
"""What operators do has its effect, on whom it is meant for and nobody else, until it ends."""
from collections import defaultdict

from names import client_of

ORDERS = {"kick": "kicked", "mute": "muted", "ban": "banned", "unban": "unbanned"}
DONE = set(ORDERS.values())


class Done:
    """Something that an operator did, in a run of the server."""

    def __init__(self, run, is_confirmed):
        self.run, self.is_confirmed = run, is_confirmed


class Sanction:
    """A ban or a mute as everybody was told of it."""

    def __init__(self, epoch, run, event):
        self.epoch, self.run, self.event = epoch, run, event
        self.kind, self.seq, self.number = event["type"], event["seq"], event["number"]
        self.client = client_of(event["name"])
        self.until = event.get("until")
        self.is_confirmed = False
        self.end = 1 << 62  # the number of what ended it
        self.is_end_in_doubt = False  # a killed server may have taken that with it
        self.may_have_ended = False  # an operator who asked for that was cut off before the answer, and nobody saw it

    def is_in_force(self, seq, time):
        return not self.may_have_ended and self.seq < seq < self.end and (self.until is None or time < self.until)


def judge_moderation(truth):
    orders, answers = sent_orders(truth)
    sanctions = told(truth, orders)
    for sanction in sanctions:
        sanction.may_have_ended = any(
            sender.who in truth.operators and sender.epoch == sanction.epoch and message["number"] == sanction.number
            and (sender.who, sender.number, message["ref"]) not in answers
            for sender, _, message in orders["unbanned"])
    judge_answers(truth, orders, answers)
    for sanction in sanctions:
        if sanction.kind == "banned":
            judge_ban(truth, sanction)
        judge_silence(truth, sanction)
    judge_list(truth, sanctions)
    judge_ends(truth)


def sent_orders(truth):
    """What was asked for, by its reason; and the answers of (who, connection, ref)."""
    orders, answers = defaultdict(list), {}
    for connection in truth.connections:
        for index, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] == "sent" and message.get("type") in ORDERS:
                orders[ORDERS[message["type"]]].append((connection, index, message))
            elif entry["what"] == "got" and "ref" in message:
                answers.setdefault((connection.who, connection.number, message["ref"]), message)
    return orders, answers


def told(truth, orders):
    """The bans and mutes that anybody was told of; and whether each was asked for."""
    events, sanctions = {}, []
    for connection in truth.connections:
        for _, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] != "got" or message["type"] not in DONE:
                continue
            key = connection.epoch, message["seq"]
            run, is_confirmed, _ = events.get(key, (connection.run, False, None))
            events[key] = min(run, connection.run), is_confirmed or "ref" in message, message
    done = defaultdict(set)
    for (epoch, seq), (run, is_confirmed, event) in sorted(events.items(), key=lambda item: item[0][1]):
        kind = event["type"]
        what = order_of(kind, event)
        asked = sum(sender.who in truth.operators and what == order_of(kind, message)
                    for sender, _, message in orders[kind])
        if not asked:
            truth.fault(f"{kind} {seq} was not asked for by an operator: {event}")
        done[epoch, kind, what].add(seq)
        if asked and len(done[epoch, kind, what]) > asked:
            numbers = sorted(done[epoch, kind, what])
            truth.fault(f"{kind} {seq} was asked for {asked} times, and is done as {numbers}")
        if client_of(event["by"]["name"]) not in truth.operators:
            truth.fault(f"{kind} {seq} is by {event['by']['name']}, who is no operator")
        if kind in ("muted", "banned"):
            sanctions.append(sanction := Sanction(epoch, run, event))
            sanction.is_confirmed = is_confirmed
        end(sanctions, epoch, event, truth.is_in_doubt(Done(run, is_confirmed)))
    return sanctions


def order_of(kind, message):
    """By what it is known again: a mute has no reason."""
    return message.get({"unbanned": "number", "muted": "name"}.get(kind, "reason"))


def end(sanctions, epoch, event, is_in_doubt):
    for sanction in sanctions:
        if sanction.epoch != epoch or sanction.seq >= event["seq"]:
            continue
        is_lifted = event["type"] == "unbanned" and event["number"] == sanction.number
        is_replaced = event["type"] == sanction.kind and client_of(event["name"]) == sanction.client
        if is_lifted or is_replaced:
            sanction.end = min(sanction.end, event["seq"])
            sanction.is_end_in_doubt |= is_in_doubt


def is_known_in(truth, sanction, run):
    """Whether a run of the server has to know of it; what was not confirmed, a killed one may have taken with it."""
    return run == sanction.run or not truth.is_in_doubt(sanction)


def judge_answers(truth, orders, answers):
    """Nobody else may do it, and nobody is refused for what was never done to it."""
    first = defaultdict(lambda: 1 << 62)  # where in the record a client was banned or muted first
    for kind in ("banned", "muted"):
        for connection, index, message in orders[kind]:
            key = kind, client_of(message["name"])
            first[key] = min(first[key], index if connection.who in truth.operators else 1 << 62)
    for kind in ORDERS.values():
        for connection, _, message in orders[kind]:
            answer = answers.get((connection.who, connection.number, message["ref"]))
            if answer and connection.who not in truth.operators and answer.get("code") not in ("not-permitted", "failed"):
                truth.fault(f"{connection} is no operator, and is answered {answer} for {message}")
            if answer and answer["type"] not in ("refused", kind):
                truth.fault(f"{connection} is answered {answer} for {message}")
    for connection in truth.connections:
        for index, entry in connection.entries:
            message = entry.get("message", {})
            code = message.get("code") if entry["what"] == "got" and message["type"] == "refused" else None
            if code in ("banned", "muted") and first[code, client_of(connection.who)] > index:
                truth.fault(f"{connection} is refused as {code}, and nobody asked for that")


def judge_ban(truth, ban):
    for (epoch, seq), event in truth.events.items():
        if epoch == ban.epoch and event["type"] == "joined" and event["room"] == "main" and (
                client_of(event["who"]["name"]) == ban.client and ban.is_in_force(seq, event["time"])):
            runs = [run for run, first in truth.begin_of_run.items()
                    if first <= seq and truth.epoch_of_run[run] == epoch]
            if is_known_in(truth, ban, max(runs, default=ban.run)):
                truth.fault(f"{event['who']['name']} came in with {seq}, and was banned with {ban.seq}")
    for connection in truth.connections:
        last = next((entry["message"]["last"] for _, entry in connection.entries
                     if entry["what"] == "got" and entry["message"]["type"] == "room"), None)
        if last is None or connection.epoch != ban.epoch or client_of(connection.who) != ban.client:
            continue
        if ban.until is None and ban.is_in_force(last, 0) and is_known_in(truth, ban, connection.run):
            truth.fault(f"{connection} was let in behind {last}, and was banned with {ban.seq}")


def judge_silence(truth, sanction):
    """Whoever is muted or banned says nothing."""
    for connection in truth.connections:
        if connection.epoch != sanction.epoch or not is_known_in(truth, sanction, connection.run):
            continue
        for _, entry in connection.entries:
            message = entry.get("message", {})
            if entry["what"] != "got" or message["type"] not in ("said", "direct"):
                continue
            name, seq = message["from"]["name"], message["seq"]
            if client_of(name) == sanction.client and sanction.is_in_force(seq, message["time"]):
                truth.fault(f"{name} spoke with {seq}, and was {sanction.kind} with {sanction.seq}")


def judge_list(truth, sanctions):
    """The list at the end holds what is in force, and nothing that was lifted."""
    end = next((index for index, entry in enumerate(truth.record) if entry["what"] == "end of trouble"), 1 << 62)
    told = None
    for connection in truth.connections:
        for index, entry in connection.entries:
            message = entry.get("message", {})
            if index > end and entry["what"] == "got" and message["type"] == "bans":
                told = connection, {ban["number"] for ban in message["bans"]}
    if not told:
        return
    connection, numbers = told
    for sanction in sanctions:
        if sanction.epoch != connection.epoch or sanction.may_have_ended:
            continue
        is_over = sanction.end < 1 << 62
        if is_over and not sanction.is_end_in_doubt and sanction.number in numbers and (
                is_known_in(truth, sanction, connection.run)):
            truth.fault(f"the list has number {sanction.number}, which was ended with {sanction.end}")
        elif not is_over and sanction.until is None and sanction.number not in numbers and (
                is_known_in(truth, sanction, connection.run)):
            truth.fault(f"the list has no number {sanction.number}, which was {sanction.kind} with {sanction.seq}")


def judge_ends(truth):
    """Whoever is put out is told why, and nothing that happens later."""
    put_out = defaultdict(list)  # (number, what) of (epoch, person) and of (epoch, client)
    for (epoch, seq), event in truth.events.items():
        if event["type"] == "banned":
            put_out[epoch, client_of(event["name"])].append((seq, "was banned"))
        elif event["type"] in ("left", "kicked") and event["room"] == "main":
            put_out[epoch, event["who"]["id"]].append((seq, "was kicked" if event["type"] == "kicked" else "had left"))
    for connection in truth.connections:
        if connection.level != 1:
            continue
        me, why, bye, has_seen, is_caught_up, out = None, set(), None, False, False, None
        for index, entry in connection.entries:
            message = entry.get("message", {})
            kind = message.get("type")
            if entry["what"] == "ended" and has_seen and bye is None and entry["how"] in ("closed by the server",
                                                                                          "goodbye of the server"):
                if not has_ended(truth, connection.run, index):
                    truth.fault(f"{connection} was put out as {sorted(why)}, and no bye says so")
            if entry["what"] != "got":
                continue
            if bye:
                truth.fault(f"{connection} got {kind} behind its bye")
            if kind == "entered":
                me = message["you"]["id"]
            elif kind == "kicked" and message["who"]["id"] == me and message["room"] == "main":
                why.add("kicked")
                has_seen = True
            elif kind == "banned" and client_of(message["name"]) == client_of(connection.who):
                why.add("banned")
            elif kind == "room" and out is None:
                out = min([end for whose in (me, client_of(connection.who)) for end in put_out[connection.epoch, whose]
                           if end[0] > message["last"]], default=(1 << 62, ""))
            elif kind == "history":
                is_caught_up = True  # what happens in `main`, its first room, comes from here on
            elif kind == "bye":
                bye = message["reason"]
                if bye in ("kicked", "banned") and bye not in why and is_caught_up:
                    truth.fault(f"{connection} is told bye, {bye}, and not by whom")
            is_live = "replay" not in message and "ref" not in message and kind not in ("left", "history")
            if out and is_live and message.get("seq", 0) > out[0]:
                truth.fault(f"{connection} is told {kind} {message['seq']}, and {out[1]} with {out[0]}")


def has_ended(truth, run, index):
    return any(entry["who"] == "server" and entry["what"] in ("kill", "term", "ended") and entry.get("run") == run
               for entry in truth.record[:index])
