# SPDX-License-Identifier: Apache-2.0
"""The judge of private rooms, direct messages and moderation: nothing in a good record, each broken promise once."""
import unittest

from judge import judge
from records import Record
from records_people import banned_and_killed, directs, forgiven, order, outsider, private
from test_judge import change, drop


class Judged(unittest.TestCase):
    def finds(self, words, record):
        faults = judge(record.entries).faults
        self.assertTrue(any(words in fault for fault in faults), f"{words!r} is not in {faults}")

    def is_good(self, record):
        self.assertEqual(judge(record.entries).faults, [])


class PrivateTests(Judged):
    def test_a_private_room_of_invited_people_is_good(self):
        self.is_good(private())

    def test_a_line_of_a_private_room_that_is_told_in_another_one_of_that_name_is_noticed(self):
        r = private()
        r.said(["cho"], 50, "ann", "ann.1 secret", room="den")
        self.finds("is told 50 of den, and in another room of that name", r)

    def test_a_line_of_a_private_room_that_is_told_to_somebody_in_none_is_noticed(self):
        r = private()
        r.connect("dia")
        r.got("dia", "hello", epoch="e1", history={"onDisk": True})
        r.ids["dia"] = "dia-id"
        r.got("dia", "entered", you={"id": "dia-id", "name": "dia"}, token="t", resumed=False)
        r.said(["dia"], 50, "ann", "ann.1 secret", room="den")
        self.finds("said 50 of den, which it is not in", r)

    def test_who_comes_and_goes_in_a_private_room_is_not_told_in_another_one_of_that_name(self):
        r = private()
        r.event(["cho"], "joined", 41, "ben", room="den")
        self.finds("joined 41 of den, which is private, is told in another room of that name", r)

    def test_whoever_comes_in_uninvited_is_noticed(self):
        r = private()
        drop(r, what="sent", type="invite", name="ben")
        self.finds("ben (connection 1) is in den, which is private, and nobody invited it", r)

    def test_a_key_may_come_in_over_any_of_its_connections(self):
        for asks in (True, False):
            r = Record(private=["den"])
            r.server()
            # Connected first, and comes in last.
            r.enter("kim/laptop", person="sha256:kim")
            r.enter("kim/phone", person="sha256:kim")
            if asks:
                r.sent("kim/phone", "join", room="den", ref="q1")
                r.room("kim/phone", 20, ["kim/phone"], room="den")
            r.done(["kim/phone"], "private", 22, "kim/phone", room="den")
            r.sent("kim/laptop", "join", room="den", ref="q1")
            r.room("kim/laptop", 22, ["kim/phone"], room="den", is_private=True)
            fault = "kim/laptop (connection 1) is in den, which is private, and nobody invited it"
            self.assertEqual([found for found in judge(r.entries).faults if found == fault], [] if asks else [fault])

    def test_whoever_was_invited_as_somebody_else_and_comes_in_again_is_noticed(self):
        r = private()
        r.sent("ben", "quit")
        r.of("ben", "ended", how="closed by the server")
        r.event(["ann"], "left", 60, "ben", reason="quit", room="den")
        r.enter("ben", person="ben-2")
        r.sent("ben", "join", room="den", ref="q1")
        r.room("ben", 62, ["ann", "ben"], room="den", is_private=True)
        self.finds("ben (connection 2) is in den, which is private, and nobody invited it", r)

    def test_level_0_that_hears_a_private_room_uninvited_is_noticed(self):
        r = private()
        drop(r, what="sent", type="invite", name="l1x1")
        self.finds("l1 (connection 1) heard “ann.1 secret” in den, which is private, and nobody invited it", r)

    def test_level_0_that_was_there_when_the_room_was_made_private_hears_it(self):
        r = private()
        drop(r, what="sent", type="invite", name="l1x1")
        r.entries = [e for e in r.entries if e.get("message", {}).get("seq") != 42]
        index = next(i for i, e in enumerate(r.entries) if e.get("text") == "ann: ann.1 secret")
        heard = r.entries.pop(index)
        r.of("l1", "heard", text="* ann made the room private *", room="den")
        r.entries.append(heard)
        self.is_good(r)

    def test_an_outsider_who_can_tell_a_private_room_from_none_is_noticed(self):
        self.is_good(outsider())
        self.is_good(outsider(is_there=["cho"]))
        r = outsider()
        change(r, {"text": "you may not enter den"}, who="nosy", type="refused", ref="q1a")
        self.finds("nosy (connection 1) asks who, and den differs from no room", r)
        r = outsider()
        change(r, {"topic": "a secret"}, who="nosy", type="room", room="den")
        self.finds("nosy (connection 1) joins, and den differs from no room", r)
        r = outsider()
        change(r, {"type": "room", "room": "den", "people": [], "last": 61}, who="nosy", type="refused", ref="q1a")
        self.finds("nosy (connection 1) asked who of den, which it is not in, and is told", r)

    def test_an_outsider_who_is_shown_a_page_of_a_private_room_is_noticed(self):
        r = private()
        r.sent("ben", "leave", room="tea", ref="q7")
        r.enter("dia")
        r.room("dia", 60, ["ann", "ben", "cho", "dia"])
        r.sent("dia", "history", room="den", limit=5, ref="q1")
        r.said(["dia"], 50, "ann", "ann.1 secret", room="den", replay=True)
        self.finds("said 50 of den, which it is not in", r)


class DirectTests(Judged):
    def test_direct_messages_that_come_once_and_to_both_are_good(self):
        self.is_good(directs())

    def test_one_that_one_of_two_connections_does_not_get_is_noticed(self):
        r = directs()
        drop(r, who="ben/laptop", seq=20)
        self.finds("ben/laptop (connection 1) never got the direct “ann.1 psst”", r)

    def test_one_that_comes_twice_or_too_late_is_noticed(self):
        r = directs()
        r.got("ben/phone", "direct", seq=20, time=20, text="ann.1 psst", **persons(r, "ann", "ben"))
        self.finds("ben/phone (connection 1) got the direct “ann.1 psst” twice", r)
        r = directs()
        r.entries.append(drop(r, who="ben/phone", seq=20))
        self.finds("ben/phone (connection 1) got the direct 20 behind 22", r)

    def test_one_that_is_sent_again_and_comes_again_is_noticed(self):
        r = directs()
        r.sent("ann", "direct", to="ben", text="ann.1 psst", ref="1")
        r.got("ann", "direct", seq=21, time=20, text="ann.1 psst", ref="1", **persons(r, "ann", "ben"))
        self.is_good(r)
        r.direct(30, "ann", "ben", "ann.1 psst", "1", readers=["ben/phone", "ben/laptop"])
        self.finds("doubled: the direct “ann.1 psst” came to its recipient as [20, 30]", r)
        self.finds("doubled: the direct “ann.1 psst” came to its sender as [21, 31]", r)

    def test_one_that_comes_to_somebody_else_is_noticed(self):
        r = directs()
        r.enter("cho")
        r.room("cho", 12, ["ann", "ben", "cho"])
        r.got("cho", "direct", seq=20, time=20, text="ann.1 psst", **persons(r, "ann", "ben"))
        self.finds("cho (connection 1) got a direct for ben: “ann.1 psst”", r)
        r = directs()
        r.of("l1", "heard", text="* ann (only to you): ann.1 psst *", room="main")
        self.finds("l1 (connection 1) heard a direct for ben", r)

    def test_one_without_its_ref_or_with_another_ones_is_noticed(self):
        r = directs()
        change(r, {"ref": "9"}, who="ann", what="got", type="direct", seq=21)
        self.finds("gets its own direct “ann.1 psst” with the ref 9", r)
        r = directs()
        change(r, {"ref": "1"}, who="ben/phone", what="got", type="direct", seq=20)
        self.finds("ben/phone (connection 1) got a direct of ann with its ref", r)

    def test_one_that_nobody_sent_is_noticed(self):
        r = directs()
        r.direct(30, "ann", "ben", "ann.9 psst", "9", readers=["ben/phone"])
        self.finds("nobody sent the direct “ann.9 psst”", r)

    def test_directs_of_one_sender_out_of_their_order_are_noticed(self):
        r = directs()
        for number, seq in [(6, 30), (5, 32)]:
            r.sent("ann", "direct", to="ben", text=f"ann.{number} psst", ref=str(number))
            r.direct(seq, "ann", "ben", f"ann.{number} psst", str(number), readers=["ben/phone", "ben/laptop"])
        self.finds("ben/phone (connection 1) got the direct “ann.5 psst” behind a later one", r)

    def test_one_that_is_sent_again_to_who_was_perhaps_away_may_come_behind_others(self):
        r = directs()
        r.sent("ann", "direct", to="ben", text="ann.5 psst", ref="5")
        r.of("ben/phone", "ended", how="cut by rst")
        r.enter("ben/phone", seen={"main": 21}, is_resumed=True)
        r.room("ben/phone", 29, ["ann", "ben/phone"])
        for number, seq in [(6, 30), (5, 32)]:
            r.sent("ann", "direct", to="ben", text=f"ann.{number} psst", ref=str(number))
            r.direct(seq, "ann", "ben", f"ann.{number} psst", str(number), readers=["ben/phone", "ben/laptop"])
        late = [fault for fault in judge(r.entries).faults if "behind a later one" in fault]
        self.assertEqual(late, ["ben/laptop (connection 1) got the direct “ann.5 psst” behind a later one"])

    def test_one_that_is_sent_again_to_a_server_that_was_started_again_may_come_behind_others(self):
        r = directs()
        r.server("kill", -9, "kill")
        r.server()
        r.enter("ann", person="ann-2")
        r.room("ann", 40, ["ann"])
        r.enter("ben/phone", person="ben")
        r.room("ben/phone", 41, ["ann", "ben/phone"])
        for number, seq in [(6, 50), (1, 52)]:
            r.sent("ann", "direct", to="ben", text=f"ann.{number} psst", ref=str(number))
            r.direct(seq, "ann", "ben", f"ann.{number} psst", str(number), readers=["ben/phone"])
        self.is_good(r)

    def test_one_to_nobody_or_to_oneself_that_is_taken_is_noticed(self):
        for to in ("nobody", "ann"):
            r = directs()
            r.ids[to] = r.ids.get(to, "nobody-id")
            r.sent("ann", "direct", to=to, text="ann.5 psst", ref="5")
            r.direct(30, "ann", to, "ann.5 psst", "5", readers=[])
            self.finds(f"ann (connection 1) got a direct to {to}, who is nobody else", r)
        r = directs()
        r.sent("ann", "direct", to="nobody", text="ann.5 psst", ref="5")
        r.got("ann", "refused", code="no-such-person", text="", ref="5")
        self.is_good(r)
        change(r, {"code": "away"}, who="ann", type="refused", ref="5")
        self.finds("ann (connection 1) wrote to nobody, and is refused with away", r)

    def test_level_0_that_hears_one_twice_late_or_not_is_noticed(self):
        for number, seen in [(3, "never heard the direct “ann.3 psst”"), (4, None)]:
            r = directs()
            heard = drop(r, who="l1", text=f"* ann (only to you): ann.{number} psst *")
            if seen:
                self.finds(seen, r)
            else:
                self.is_good(r)  # nothing came later
                r.entries.insert(next(i for i, e in enumerate(r.entries) if "ann.3" in e.get("text", "")), heard)
                self.finds("heard the direct “ann.3 psst” behind a later one", r)
                r.entries.append(heard)
                self.finds("heard the direct “ann.4 psst” twice", r)


class ModerationTests(Judged):
    def test_a_mute_that_ends_a_ban_and_a_kick_are_good(self):
        for record in (order(), forgiven(), banned_and_killed()):
            self.is_good(record)

    def test_whoever_speaks_while_muted_is_noticed(self):
        r = order()
        change(r, {"until": 100}, who="ann", type="muted")
        for who in ("ben", "olga"):
            change(r, {"until": 100}, who=who, type="muted")
        for who in ("ann", "ben", "olga"):
            change(r, {"time": 26}, who=who, type="said", seq=26)
        self.finds("ben spoke with 26, and was muted with 21", r)

    def test_whoever_is_refused_as_muted_or_banned_without_being_so_is_noticed(self):
        for code in ("muted", "banned"):
            r = order()
            r.got("ann", "refused", code=code, text="", ref="1")
            self.finds(f"ann (connection 1) is refused as {code}, and nobody asked for that", r)

    def test_whoever_comes_in_though_banned_is_noticed(self):
        r = order()
        r.event(["ann", "olga"], "joined", 40, "ben")
        self.finds("ben came in with 40, and was banned with 30", r)

    def test_whoever_resumes_its_stay_though_banned_is_noticed(self):
        r = order()
        r.enter("ben")
        r.room("ben", 40, ["ann", "olga"])
        self.finds("ben (connection 3) was let in behind 40, and was banned with 30", r)

    def test_a_confirmed_ban_that_a_kill_ends_is_noticed_and_another_one_is_not(self):
        for is_confirmed in (True, False):
            r = banned_and_killed(is_confirmed)
            for who in ("ann", "olga", "ben"):
                r.enter(who, person=who + "-2")
                r.room(who, 100, [who])
            r.event(["ann", "olga", "ben"], "joined", 101, "ben")
            if is_confirmed:
                self.finds("ben came in with 101, and was banned with 30", r)
            else:
                self.is_good(r)

    def test_a_ban_that_a_proper_end_of_the_server_ends_is_noticed(self):
        r = banned_and_killed(is_confirmed=False)
        change(r, {"asked": "term", "code": 0}, what="ended", asked="kill")
        r.enter("ann", person="ann-2")
        r.room("ann", 100, ["ann"])
        r.event(["ann"], "joined", 101, "ben")
        self.finds("ben came in with 101, and was banned with 30", r)

    def test_a_list_of_bans_with_one_too_few_or_too_many_is_noticed(self):
        for record, numbers, words in [(order(), [1], "the list has no number 2"), (order(), [2], None),
                                       (forgiven(), [2], "the list has number 2, which was ended with 40")]:
            record.note("history", "end of trouble")
            record.got("olga", "bans", bans=[{"number": number} for number in numbers], ref="m9")
            self.finds(words, record) if words else self.is_good(record)

    def test_a_ban_may_be_over_whose_end_was_asked_for_by_an_operator_who_was_cut_off_before_the_answer(self):
        for is_operator in (True, False):
            r = order()
            r.sent("olga" if is_operator else "ann", "unban", number=2, ref="m3")
            r.note("history", "end of trouble")
            r.connect("olga")
            r.got("olga", "hello", epoch="e1", history={"onDisk": True})
            r.got("olga", "bans", bans=[{"number": 1}], ref="m9")
            if is_operator:
                self.is_good(r)
            else:
                self.finds("the list has no number 2", r)

    def test_what_is_done_without_an_operator_who_asked_for_it_is_noticed(self):
        r = order()
        drop(r, what="sent", type="ban")
        self.finds("banned 30 was not asked for by an operator", r)
        r = order()
        r.sent("ann", "kick", name="ben", reason="ann.1 why", ref="m1")
        r.got("ann", "refused", code="not-permitted", text="", ref="m1")
        self.is_good(r)
        change(r, {"code": "no-such-person"}, who="ann", type="refused", ref="m1")
        self.finds("ann (connection 1) is no operator, and is answered", r)

    def test_what_is_done_twice_or_told_with_two_numbers_is_noticed(self):
        r = order()
        r.done(["ann", "olga"], "banned", 35, "olga", number=3, name="ben", reason="olga.1 why")
        self.finds("banned 35 was asked for 1 times, and is done as [30, 35]", r)

    def test_somebody_in_the_room_who_is_not_told_or_told_late_is_noticed(self):
        r = forgiven()
        drop(r, who="ann", what="got", type="unbanned")
        self.finds("ann (connection 1) was not told of unbanned 40 in main", r)
        r = forgiven()
        told = drop(r, who="ann", what="got", type="banned")
        index = next(i for i, e in enumerate(r.entries) if e.get("message", {}).get("type") == "unbanned")
        r.entries.insert(index, told)
        self.finds("banned 30 in main late, behind 31", r)

    def test_level_0_that_is_not_told_or_told_twice_is_noticed(self):
        r = forgiven()
        text = drop(r, who="l1", text="* ben was banned by olga (forever: olga.1 why) *")["text"]
        self.finds("l1 (connection 1) did not hear of banned 30 in main", r)
        r = forgiven()
        r.of("l1", "heard", text=text, room="main")
        self.finds(f"l1 (connection 1) heard “{text[:60]}” in main twice or late", r)

    def test_what_level_0_says_to_a_room_that_it_was_just_kicked_out_of_is_said_in_main(self):
        r = Record(operators=["olga"])
        r.server()
        r.connect("l1", level=0)
        r.of("l1", "entering", name="l1x1")
        r.ids["l1x1"] = "l1-id"
        r.enter("olga")
        r.room("olga", 40, ["l1x1", "olga"])
        r.of("l1", "sent", text="l1.1 x", room="tea")
        r.said(["olga"], 41, "l1x1", "l1.1 x")
        self.finds("“l1.1 x” was sent to tea and said in main", r)
        r.sent("olga", "kick", name="l1x1", room="tea", reason="olga.3 why", ref="m3")
        self.is_good(r)

    def test_whoever_is_put_out_and_not_told_why_is_noticed(self):
        r = forgiven()
        drop(r, who="ben", type="bye", reason="kicked")
        self.finds("ben (connection 3) was put out as ['kicked'], and no bye says so", r)
        r = forgiven()
        r.entries = [e for e in r.entries if e["who"] != "ben" or e.get("message", {}).get("type") != "kicked"]
        self.finds("ben (connection 3) is told bye, kicked, and not by whom", r)

    def test_whoever_is_put_out_and_told_what_happens_later_is_noticed(self):
        r = forgiven()
        bye, ended = r.entries.pop(-2), r.entries.pop()
        r.say("ann", "ann.2 gone", "2")
        r.said(["ann", "olga", "ben"], 50, "ann", "ann.2 gone", {"ann": "2"})
        r.entries += [bye, ended]
        self.finds("ben (connection 3) is told said 50, and was kicked with 42", r)

    def test_whoever_is_banned_and_stays_is_noticed(self):
        r = order()
        index = next(i for i, e in enumerate(r.entries) if e.get("message", {}).get("type") == "left")
        del r.entries[index:]
        r.say("ann", "ann.2 gone", "2")
        r.said(["ann", "olga", "ben"], 50, "ann", "ann.2 gone", {"ann": "2"})
        self.finds("ben (connection 1) is told said 50, and was banned with 30", r)


def persons(record, author, to):
    return {"from": {"id": record.ids[author], "name": author}, "to": {"id": record.ids[to], "name": to}}


if __name__ == "__main__":
    unittest.main()
