# SPDX-License-Identifier: Apache-2.0
"""The judge finds what several servers with one chat do not do alike; and what is done to them and to their bus is done."""
import json
import socket
import subprocess
import sys
import unittest
from pathlib import Path
from random import Random
from types import SimpleNamespace

import children
from judge import judge
from people import Typed
from ports import free_ports
from records import Record, come_in, killed
from records_people import directs
from records_shared import three
from shared_chat import SharedChat
from shared_plan import CLIENTS, FAULTS, TWINS, SharedPlan
from test_judge import change, drop
from texting import Texting
from world import World


class SharedTests(unittest.TestCase):
    def finds(self, words, record):
        faults = judge(record.entries).faults
        self.assertTrue(any(words in fault for fault in faults), f"{words!r} is not in {faults}")

    def is_good(self, record):
        self.assertEqual(judge(record.entries).faults, [])

    def test_a_record_in_which_all_servers_did_alike_is_good(self):
        self.is_good(three())

    def test_what_is_for_nobody_may_be_refused_for_want_of_a_bus_where_there_is_one(self):
        for record, is_believed in ((three(), True), (directs(), False)):
            record.sent("ann", "direct", to="nobody", text="ann.9 psst", ref="9")
            record.got("ann", "refused", code="failed", text="", ref="9")
            self.assertEqual(is_believed, not judge(record.entries).faults, judge(record.entries).faults)

    # The same chat

    def test_a_server_with_another_chat_is_noticed(self):
        r = three()
        change(r, {"digest": "another"}, what="digest", node=2, sequence=9)
        self.finds("behind message 9 server 2 has another chat than server 0", r)

    def test_two_servers_that_were_never_compared_are_noticed(self):
        r = three()
        for sequence in (7, 9):
            drop(r, what="digest", node=1, sequence=sequence)
        self.finds("the chats of the servers 0 and 1 were never compared", r)

    def test_servers_with_two_epochs_are_noticed(self):
        r = three()
        change(r, {"epoch": "e2"}, who="witness-2", type="hello")
        self.finds("of server 2, has an epoch of its own", r)

    def test_one_number_for_two_lines_at_two_servers_is_noticed(self):
        r = three()
        change(r, {"seq": 14}, who="ann", type="said", seq=15)
        self.finds("number 14 is two things", r)

    def test_a_line_that_two_servers_put_into_the_order_is_noticed(self):
        r = three()
        r.said(["ann", "ben"], 19, "ben", "ben.1 back", {"ben": "1"})
        self.finds("doubled: “ben.1 back”", r)

    # What each of them keeps

    def test_a_line_that_one_server_alone_does_not_keep_is_lost(self):
        r = three()
        change(r, {"lines": [[15, "ben.1 back"]]}, what="kept", node=1)
        self.finds("lost: 14 “ann.1 hello” in main was confirmed, and is not kept by server 1", r)

    def test_a_server_that_came_with_the_others_snapshot_may_lack_what_was_before(self):
        r = three(snapshots=True)
        change(r, {"lines": [[15, "ben.1 back"]]}, what="kept", node=1)
        self.is_good(r)

    def test_a_snapshot_is_no_reason_to_lack_what_was_said_since(self):
        r = three(snapshots=True)
        change(r, {"lines": [[14, "ann.1 hello"]]}, what="kept", node=1)
        r.kept((14, "ann.1 hello"), (16, "later"), node=1)
        self.finds("lost: 15", r)

    def test_a_snapshot_is_no_reason_to_lose_what_one_has_stored(self):
        r = three(snapshots=True)
        change(r, {"lines": [[15, "ben.1 back"]]}, what="kept", node=0)
        self.finds("lost: 14", r)

    def test_who_comes_with_a_snapshot_confirms_again_what_it_need_not_have(self):
        r = three(snapshots=True)
        r.of("ann", "ended", how="ECONNRESET")
        r.node["ann"] = 1
        r.enter("ann", seen={"main": 18}, is_resumed=True)
        r.room("ann", 18, ["ann", "ben", "l1x1", "witness-0", "witness-1", "witness-2"])
        r.say("ann", "ann.1 hello", "1")
        r.said(["ann"], 14, "ann", "ann.1 hello", {"ann": "1"})
        change(r, {"lines": [[15, "ben.1 back"]]}, what="kept", node=1)
        self.is_good(r)

    def test_what_was_said_before_it_came_is_what_has_a_smaller_number_than_what_others_saw(self):
        r = three(snapshots=True)
        r.say("ben", "ben.0 psst", "0", room="den")
        r.of("ben", "ended", how="ECONNRESET")
        r.node["ben"] = 1
        r.enter("ben", seen={"main": 18}, is_resumed=True)
        r.room("ben", 18, ["ann", "ben", "l1x1", "witness-0", "witness-1", "witness-2"])
        r.room("ben", 18, ["ben"], [(9, "ben", "ben.0 psst", "0")], room="den")
        r.kept((20, "later"), room="den", node=1)
        self.is_good(r)

    # The people

    def test_a_token_that_another_server_does_not_take_is_noticed(self):
        self.finds("its stay was not resumed, though it was ECONNRESET", three(is_resumed=False))

    def test_a_stay_that_others_were_told_is_over_before_its_time_is_noticed(self):
        r = Record(shared=True)
        for node in range(3):
            r.server(node=node)
        r.node["ben"] = 1
        come_in(r)
        r.server("kill", -9, "kill", node=1)
        r.of("ben", "ended", how="ECONNRESET")
        r.event(["ann"], "left", 14, "ben", reason="goodbye")
        r.node["ben"] = 2
        r.enter("ben", seen={"main": 13}, person="ben-2")
        r.room("ben", 14, ["ann", "l1x1"])
        self.finds("its stay was not resumed, though it was ECONNRESET a moment ago, and others were told with 14", r)

    def test_two_people_of_one_name_are_noticed(self):
        r = three()
        change(r, {"people": [{"id": "a", "name": "ann"}, {"id": "b", "name": "ann"}]}, who="witness-2", ref="q1")
        self.finds("two people called ann in main", r)

    def test_two_servers_that_tell_of_different_people_are_noticed(self):
        r = three()
        change(r, {"people": [{"id": r.ids[name], "name": name} for name in ("ann", "ben", "l1x1", "witness-2")]},
               who="witness-2", ref="q1")
        self.finds("and witness-0 (connection 1) are told of different people: ['witness-1-id']", r)

    def test_somebody_whom_one_server_does_not_know_is_noticed(self):
        r = three()
        people = [{"id": r.ids[name], "name": name} for name in ("ben", "l1x1", "witness-0", "witness-1", "witness-2")]
        change(r, {"people": people}, who="witness-2", ref="q1")
        self.finds("server 2 does not tell witness-2 (connection 1) that ann is there", r)

    def test_who_is_gone_and_is_nobody_to_wait_for_is_noticed(self):
        r = three()
        change(r, {"asked": "term", "code": 0}, what="ended", who="server")
        self.finds("that l1x1 is there, who is not", r)

    def test_a_server_that_nobody_asked_for_its_people_is_noticed(self):
        r = three()
        r.server(node=3)
        self.finds("nobody asked server 3 at the end who is there", r)

    # Until they are there

    def test_who_is_late_though_the_bus_is_there_is_noticed(self):
        r = three()
        change(r, {"without_bus": 9.9}, what="calm")
        self.finds("everybody was in 20.0 s after the last fault, though the bus was there after 9.9 s", r)

    def test_who_is_late_on_a_machine_that_holds_all_up_is_excused(self):
        r = three()
        change(r, {"without_bus": 9.9, "held_up": 0.1}, what="calm")
        self.is_good(r)

    def test_a_bus_that_takes_no_message_for_long_is_noticed_though_nobody_is_late_then(self):
        r = three()
        change(r, {"seconds": 45.0, "without_bus": 44.0}, what="calm")
        self.finds("the bus took no message for 44.0 s after the last fault", r)

    # Ends

    def test_a_server_that_cannot_reach_the_bus_may_end_at_its_start_and_no_other(self):
        r = three()
        change(r, {"asked": "outage", "code": 69}, what="ended", who="server")
        self.assertFalse([fault for fault in judge(r.entries).faults if "by itself" in fault])
        r = killed()
        change(r, {"asked": "outage", "code": 69}, what="ended", who="server")
        self.finds("the server ended by itself, with 69", r)

    def test_a_server_may_end_that_has_read_another_log_and_what_was_seen_meanwhile_counts_for_nothing(self):
        r = with_two_copies()
        change(r, {"asked": "other log", "code": 1}, what="ended", who="server")
        change(r, {"seq": 14}, who="ann", type="said", seq=15)
        r.note("server", "digest", node=1, run=2, sequence=9, digest="another")
        self.is_good(r)
        change(r, {"digest": "another"}, what="digest", node=2, sequence=9)
        self.finds("behind message 9 server 2 has another chat than server 0", r)
        change(r, {"asked": None}, what="ended", who="server")
        self.finds("number 14 is two things", r)
        self.finds("behind message 9 server 1 has another chat than server 0", r)
        self.finds("the server ended by itself, with 1", r)

    def test_who_says_that_it_has_read_another_log_is_not_believed_where_there_was_one(self):
        self.finds(NOT_BELIEVED, ended_for_its_log(three()))
        r = ended_for_its_log(three())
        r.note("bus", "copies differ", sequence=7, servers=[0, 1])  # which is too late
        self.finds(NOT_BELIEVED, r)

    def test_what_is_told_by_who_is_not_believed_counts(self):
        r = ended_for_its_log(three())
        r.note("server", "digest", node=1, run=2, sequence=9, digest="another")
        change(r, {"seq": 14}, who="ann", type="said", seq=15)
        self.finds("behind message 9 server 1 has another chat than server 0", r)
        self.finds("number 14 is two things", r)

    def test_a_server_that_comes_late_and_ends_for_its_log_cannot_be_compared(self):
        for record, is_believed in ((with_two_copies(), True), (three(), False)):
            record.server(node=3)
            record.server("term", 1, "other log", node=3)
            faults = [fault for fault in judge(record.entries).faults if "servers 0 and 3 were never compared" in fault]
            self.assertEqual(len(faults), 0 if is_believed else 1)

    def test_a_server_of_several_that_is_killed_takes_no_line_with_it(self):
        r = three()
        r.say("ann", "ann.2 gone", "2")
        r.said(["ben"], 19, "ann", "ann.2 gone")
        r.server("kill", -9, "kill")
        r.kept((14, "ann.1 hello"), (15, "ben.1 back"), (20, "later"))
        self.finds("lost: 19 “ann.2 gone” in main was seen, and is not kept by server 0", r)


NOT_BELIEVED = "the server ended for it had read another log, and all NATS servers had one"


def with_two_copies():
    r = three()
    r.entries.insert(0, {"at": 0.0, "who": "bus", "what": "copies differ", "sequence": 7, "servers": [0, 1]})
    return r


def ended_for_its_log(record):
    change(record, {"asked": "other log", "code": 1}, what="ended", who="server")
    return record


class ReaderTests(unittest.TestCase):
    def test_who_comes_again_knows_from_the_list_of_people_who_came_meanwhile(self):
        """Nobody is told twice that somebody has come."""
        chat = SimpleNamespace(world=World(), private_rooms=[])
        reader = Typed(chat, "reader", "plain", Random(0), ["main"])
        people = [{"id": "7", "name": "ann"}, {"id": "9", "name": "late"}]
        reader.take(json.dumps({"type": "room", "room": "main", "last": 3, "people": people}).encode())
        joined = {"type": "joined", "seq": 4, "time": 4, "room": "main", "who": {"id": "11", "name": "later"}}
        reader.take(json.dumps(joined).encode())
        self.assertEqual(reader.has_met, {"7", "9", "11"})

    def test_level_0_that_is_kicked_to_where_it_was_just_going_waits_for_nothing_more(self):
        chat = SimpleNamespace(world=World(), has_passphrase=False, private_rooms=[])
        person = Texting(chat, "l1", "plain", Random(0))
        person.room, person.awaited = "tea", ["main"]
        for text in ("l1x0 was kicked by olga: why", "l1x0 joined the chat", "you are in that room already"):
            person.take(f"* {text} *".encode())
        self.assertEqual((person.room, person.awaited), ("main", []))


class SettlingTests(unittest.TestCase):
    def has_found_out(self, differed_at, *ups):
        chat = SimpleNamespace(servers=[SimpleNamespace(up_at=up) for up in ups],
                               copies=SimpleNamespace(differed_at=differed_at), world=SimpleNamespace(now=20.0))
        return SharedChat.has_found_out(chat)

    def test_where_copies_differ_the_end_waits_until_all_have_compared_what_they_read(self):
        self.assertFalse(self.has_found_out(2.0, 1.0, 16.0))
        self.assertFalse(self.has_found_out(16.0, 1.0, 14.0))
        self.assertTrue(self.has_found_out(2.0, 1.0, 14.0))

    def test_where_they_do_not_it_waits_for_nothing(self):
        self.assertTrue(self.has_found_out(None, 1.0, 20.0))


class SharedPlanTests(unittest.TestCase):
    def test_a_plan_comes_from_its_seed_alone(self):
        for seed in range(20):
            one, other = SharedPlan(seed), SharedPlan(seed)
            self.assertEqual((one.flags, one.typed, one.texting, one.steps),
                             (other.flags, other.typed, other.texting, other.steps))

    def test_a_hundred_plans_hold_every_fault_and_sixty_clients_of_both_levels(self):
        plans = [SharedPlan(seed) for seed in range(100)]
        self.assertEqual({len(plan.typed) + len(plan.texting) for plan in plans}, {CLIENTS})
        kinds = {step[1] for plan in plans for step in plan.steps}
        self.assertLessEqual(set(FAULTS), kinds)
        self.assertLessEqual({"say", "cut", "text", "direct", "nick", "kick", "ban", "mute"}, kinds)

    def test_nothing_is_done_to_those_who_want_one_name(self):
        targets = {argument for seed in range(30) for step in SharedPlan(seed).steps for argument in step[3:]
                   if isinstance(argument, str)}
        self.assertFalse(targets & set(TWINS))


class SwitchTests(unittest.TestCase):
    """A server, and two who connect to it through the switch: one who says its name, and one who has a port of its own."""

    def setUp(self):
        self.server = socket.create_server(("127.0.0.1", 0))
        self.server.settimeout(20)
        self.addCleanup(self.server.close)
        self.ports = free_ports(2)
        target = self.server.getsockname()[1]
        routes = [(self.ports[0], target, "n0", None), (self.ports[1], target, "n0", "s1")]
        path = Path(__file__).parent / "switch.py"
        self.switch = children.start([sys.executable, "-B", path, json.dumps(routes)], stdin=subprocess.PIPE,
                                     stdout=subprocess.PIPE)
        self.addCleanup(self.switch.stdin.close)
        self.addCleanup(self.switch.stdout.close)
        self.addCleanup(self.switch.wait)
        self.addCleanup(self.switch.kill)

    def part(self, *pairs):
        self.switch.stdin.write(json.dumps({"parted": pairs}).encode() + b"\n")
        self.switch.stdin.flush()
        self.switch.stdout.readline()

    def connect(self, port, greeting=b""):
        while True:
            try:
                caller = socket.create_connection(("127.0.0.1", port), 20)
                break
            except ConnectionRefusedError:
                continue  # it has not begun yet
        self.addCleanup(caller.close)
        caller.sendall(greeting)
        callee, _ = self.server.accept()
        callee.settimeout(20)
        self.addCleanup(callee.close)
        return caller, callee

    def receive(self, socket, count):
        data = b""
        while len(data) < count:
            if not (more := socket.recv(count - len(data))):
                break
            data += more
        return data

    def test_what_is_said_while_two_are_parted_comes_when_they_are_joined(self):
        greeting = b'INFO {"server_id":"X","server_name":"n1"}\r\n'
        named, its_end = self.connect(self.ports[0], greeting)
        other, other_end = self.connect(self.ports[1], b"hello")
        self.assertEqual(self.receive(its_end, len(greeting)), greeting)
        self.assertEqual(self.receive(other_end, 5), b"hello")
        self.part(["n1", "n0"])
        named.sendall(b"?")
        its_end.sendall(b"answer")
        other.sendall(b"still here")
        self.assertEqual(self.receive(other_end, 10), b"still here")
        for end in (named, its_end):
            end.settimeout(0.1)
            with self.assertRaises(TimeoutError):
                end.recv(1)
            end.settimeout(20)
        self.part()
        self.assertEqual(self.receive(its_end, 1), b"?")
        self.assertEqual(self.receive(named, 6), b"answer")

    def test_an_end_is_told_to_the_other_side(self):
        caller, callee = self.connect(self.ports[1], b"bye")
        caller.close()
        self.assertEqual(self.receive(callee, 3), b"bye")
        self.assertEqual(callee.recv(1), b"")


if __name__ == "__main__":
    unittest.main()
