# SPDX-License-Identifier: Apache-2.0
"""The judge finds nothing in a good record, and each promise that is broken once."""
import copy
import unittest

from judge import judge
from records import Record, come_in, killed, quiet, said_again


def drop(record, **facts):
    """Takes the one entry out whose facts, or whose message's members, are these."""
    found = [entry for entry in record.entries
             if all({**entry, **entry.get("message", {})}.get(name) == value for name, value in facts.items())]
    assert len(found) == 1, found
    record.entries.remove(found[0])
    return found[0]


def change(record, to, **facts):
    index = record.entries.index(find := next(
        entry for entry in record.entries
        if all({**entry, **entry.get("message", {})}.get(name) == value for name, value in facts.items())))
    changed = copy.deepcopy(find)
    target = changed["message"] if "message" in changed else changed
    target.update(to)
    record.entries[index] = changed


class JudgeTests(unittest.TestCase):
    def setUp(self):
        self.record = quiet()

    def finds(self, words, record=None):
        faults = judge((record or self.record).entries).faults
        self.assertTrue(any(words in fault for fault in faults), f"{words!r} is not in {faults}")

    def is_good(self, record):
        self.assertEqual(judge(record.entries).faults, [])

    def test_a_record_in_which_all_held_is_good(self):
        self.is_good(self.record)

    # Lost

    def test_a_confirmed_line_that_is_not_kept_is_lost(self):
        change(self.record, {"lines": [[14, "ann.1 hello"], [17, "ben.1 back"]]}, what="kept")
        self.finds("lost: 16")

    def test_a_missed_line_that_is_not_told_again_is_noticed(self):
        drop(self.record, who="ben", type="said", seq=16)
        change(self.record, {"count": 0, "first": None}, who="ben", type="history", count=1)
        self.finds("ben never got 16")

    def test_a_line_left_out_while_connected_is_noticed(self):
        drop(self.record, who="ann", what="got", seq=17, replay=None)
        self.record.say("ben", "ben.2 more", "2")
        self.record.said(["ann", "ben"], 18, "ben", "ben.2 more", {"ben": "2"})
        change(self.record, {"lines": [[14, ""], [16, ""], [17, ""], [18, ""]]}, what="kept")
        self.finds("ann never got 17")

    def test_a_gap_excuses_what_is_gone(self):
        r = Record(lines=1)
        r.server()
        r.enter("ann")
        r.room("ann", 10, ["ann"])
        r.enter("ben")
        r.room("ben", 10, ["ann", "ben"])
        r.of("ben", "ended", how="cut by rst")
        for number in (1, 2):
            r.say("ann", f"ann.{number} x", str(number))
            r.said(["ann"], 10 + number, "ann", f"ann.{number} x", {"ann": str(number)})
        r.enter("ben", seen={"main": 10}, is_resumed=True)
        r.room("ben", 12, ["ann", "ben"], [(12, "ann", "ann.2 x")], gap=(10, 12))
        r.kept((12, "ann.2 x"))
        self.is_good(r)
        drop(r, type="gap")
        self.finds("ben never got 11", r)

    def test_a_gap_over_what_is_kept_is_noticed(self):
        drop(self.record, who="ben", type="said", seq=16)
        change(self.record, {"count": 0, "first": None}, who="ben", type="history", count=1)
        self.record.got("ben", "gap", room="main", after=14, before=17)
        self.finds("is gone; 16 is kept")

    # Doubled

    def test_a_line_told_again_though_it_was_seen_is_noticed(self):
        change(self.record, {"resume": {"token": "t", "epoch": "e1", "seen": {"main": 16}}}, who="ben", type="enter",
               resume={"token": "t", "epoch": "e1", "seen": {"main": 14}})
        self.finds("16 in main is told again")

    def test_a_line_that_is_said_twice_is_noticed(self):
        self.record.say("ben", "ben.1 back", "1")
        self.record.said(["ann", "ben"], 18, "ben", "ben.1 back", {"ben": "1"})
        change(self.record, {"lines": [[14, ""], [16, ""], [17, ""], [18, ""]]}, what="kept")
        self.finds("doubled: “ben.1 back”")
        self.finds("the ref 1 is confirmed as 17 and as 18")

    def test_the_same_event_twice_on_a_connection_is_noticed(self):
        self.record.said(["ann"], 17, "ben", "ben.1 back")
        self.finds("said 17 in main again")

    def test_a_line_that_is_confirmed_again_is_good(self):
        self.record.say("ben", "ben.1 back", "1")
        self.record.said(["ben"], 17, "ben", "ben.1 back", {"ben": "1"})
        self.is_good(self.record)

    def test_two_lines_under_one_ref_are_noticed(self):
        self.record.say("ben", "ben.1 other", "1")
        self.record.said(["ann", "ben"], 18, "ben", "ben.1 other", {"ben": "1"})
        change(self.record, {"lines": [[14, ""], [16, ""], [17, ""], [18, ""]]}, what="kept")
        self.finds("was used for two lines, and both were said")

    def test_two_lines_under_one_ref_are_noticed_whatever_a_restarted_server_has_forgotten_since(self):
        r = said_again(1, ("ann.1 hello", "1"), ("ann.1 other", "1"), ("ann.2 more", "2"))
        self.finds("was used for two lines, and both were said: ['ann.1 hello', 'ann.1 other']", r)

    def test_a_line_refused_as_another_text_is_noticed(self):
        self.record.say("ben", "ben.1 back", "1")
        self.record.got("ben", "refused", code="ref-reused", ref="1", text="")
        self.finds("is refused as if to two")

    # Order and numbers

    def test_two_sessions_with_two_orders_are_noticed(self):
        change(self.record, {"seq": 15}, who="ann", seq=17, replay=None)
        self.finds("behind 16")

    def test_a_number_that_is_given_twice_is_noticed(self):
        change(self.record, {"text": "ann.1 hello"}, who="ann", seq=16, replay=None)
        self.finds("number 16 is two things")

    def test_a_number_that_is_given_again_after_a_restart_is_noticed(self):
        r = killed()
        r.said(["ann", "ben"], 15, "ann", "ann.1 hello")
        self.finds("number 15 is two things", r)

    def test_lines_of_one_sender_out_of_their_order_are_noticed(self):
        for number in (3, 2):
            self.record.say("ben", f"ben.{number} x", str(number))
            self.record.said(["ann", "ben"], 21 - number, "ben", f"ben.{number} x", {"ben": str(number)})
        self.finds("ben said 2 after 3")

    def test_what_happens_before_what_was_missed_is_noticed(self):
        r = quiet()
        ended = drop(r, who="ben", type="history", count=1)
        r.entries.insert(next(i for i, e in enumerate(r.entries) if e.get("message", {}).get("ref") == "q1"), ended)
        self.finds("before all that was missed is told", r)

    def test_whoever_is_put_out_before_all_that_was_missed_is_told_missed_it(self):
        r = Record()
        r.server()
        come_in(r)
        r.of("ben", "ended", how="cut by rst")
        r.say("ann", "ann.1 hello", "1")
        r.said(["ann"], 14, "ann", "ann.1 hello", {"ann": "1"})
        r.enter("ben", seen={"main": 12}, is_resumed=True)
        r.room("ben", 14, ["ann", "ben", "l1x1"], end=False)
        r.event(["ann", "ben"], "left", 15, "ben", reason="kicked")
        r.kept((14, "ann.1 hello"))
        self.is_good(r)

    def test_a_line_from_nowhere_is_noticed(self):
        self.record.said(["ann", "ben"], 18, "ann", "never sent")
        self.finds("nobody sent")

    def test_a_line_in_another_room_is_noticed(self):
        change(self.record, {"room": "tea"}, who="ben", what="sent", type="say")
        self.finds("was sent to tea and said in main")

    # Coming back, and restarts

    def test_a_stay_that_was_cut_and_is_not_resumed_is_noticed(self):
        change(self.record, {"resumed": False}, who="ben", type="entered", resumed=True)
        self.finds("its stay was not resumed")

    def test_a_leaving_told_of_a_stay_that_goes_on_is_noticed(self):
        index = next(i for i, e in enumerate(self.record.entries) if e.get("how") == "cut by rst")
        late = Record()
        late.connections, late.ids = {"ann": 1}, self.record.ids
        late.event(["ann"], "left", 15, "ben", reason="lost")
        self.record.entries[index + 1:index + 1] = late.entries[1:]
        self.finds("others were told with 15 that it had left")

    def test_a_stay_that_goes_on_under_another_id_is_noticed(self):
        change(self.record, {"you": {"id": "x", "name": "ben"}}, who="ben", type="entered", resumed=True)
        self.finds("it was ben-id, and resumes as x")

    def test_whoever_was_put_out_of_a_room_came_into_main_nobody_knows_when(self):
        self.record.event(["ann"], "joined", 18, "l1x1")
        self.record.entries = [entry for entry in self.record.entries if entry.get("message", {}).get("seq") != 13]
        self.finds("twice, late or before its joining")
        self.record.sent("ann", "kick", name="l1x1", room="tea", ref="q9")
        self.assertNotIn("before its joining", "".join(judge(self.record.entries).faults))

    def test_a_line_that_a_killed_server_had_not_confirmed_may_be_said_again(self):
        r = killed()
        r.said(["ann", "ben"], 102, "ann", "ann.2 again", {"ann": "2"})
        r.kept((14, "ann.1 hello"), (102, "ann.2 again"))
        self.assertEqual(judge(r.entries).orphans, 1)
        self.is_good(r)

    def test_a_line_that_a_kill_took_may_be_older_than_all_that_are_kept_at_the_end(self):
        r = killed(lines=1)
        r.said(["ann", "ben"], 102, "ann", "ann.2 again", {"ann": "2"})
        r.kept((102, "ann.2 again"))
        self.assertEqual(judge(r.entries).orphans, 1)
        self.is_good(r)

    def test_a_line_that_was_confirmed_before_a_kill_must_not_be_said_again(self):
        r = killed(is_confirmed=True)
        r.said(["ann", "ben"], 102, "ann", "ann.2 again", {"ann": "2"})
        r.kept((14, "ann.1 hello"), (102, "ann.2 again"))
        self.finds("lost: 15", r)

    def test_a_line_that_outlived_a_kill_must_not_be_said_again(self):
        r = killed(is_kept=True)
        r.said(["ann", "ben"], 102, "ann", "ann.2 again", {"ann": "2"})
        r.kept((14, "ann.1 hello"), (15, "ann.2 again"), (102, "ann.2 again"))
        self.finds("doubled: “ann.2 again”", r)

    def test_a_line_that_is_sent_again_when_a_restarted_server_keeps_it_no_more_may_be_said_again(self):
        for lines, said_after in ((1, [("ann.3 more", "3")]), (2, [("ann.3 more", "3")]), (1, [])):
            r = said_again(lines, ("ann.1 hello", "1"), *said_after)
            if lines == 1 and said_after:
                self.assertEqual([], [fault for fault in judge(r.entries).faults if "ann.1" in fault or "ref" in fault])
                r.said(["ann"], 102, "ann", "ann.1 hello", {"ann": "1"})
            self.finds("doubled: “ann.1 hello”", r)
            self.finds("the ref 1 is confirmed as ", r)

    def test_a_line_that_is_seen_and_gone_without_a_kill_is_noticed(self):
        r = killed()
        change(r, {"asked": "term", "code": 0}, what="ended", asked="kill")
        r.said(["ann", "ben"], 102, "ann", "ann.2 again", {"ann": "2"})
        r.kept((14, "ann.1 hello"), (102, "ann.2 again"))
        self.finds("lost: 15 “ann.2 again” in main was seen", r)

    def test_an_epoch_that_changes_with_a_file_is_noticed(self):
        r = killed()
        change(r, {"epoch": "e2"}, who="ben", connection=2, type="hello")
        self.finds("another epoch, though all is on the disk", r)

    def test_an_epoch_that_stays_without_a_file_is_noticed(self):
        r = Record(has_file=False)
        for _ in range(2):
            r.server()
            r.enter("ann")
        self.finds("and keeps the epoch", r)

    def test_another_epoch_without_a_gap_is_noticed(self):
        r = Record(has_file=False)
        r.server()
        r.enter("ann", "e2", seen={"main": 10})
        r.room("ann", 20, ["ann"])
        self.finds("no gap says so", r)

    def test_a_server_that_dies_or_ends_badly_is_noticed(self):
        r = Record()
        r.server()
        r.server(code=-6)
        self.finds("ended by itself, with -6", r)
        r = Record()
        r.server()
        r.server(code=1, asked="term")
        self.finds("ended with 1 after SIGTERM", r)

    # People

    def test_joining_twice_and_leaving_twice_are_noticed(self):
        self.record.event(["ann"], "joined", 18, "ben")
        self.finds("ben-id joined main (18), and was in it")
        self.record = quiet()
        for seq in (18, 19):
            self.record.event(["ann"], "left", seq, "ben", reason="quit")
        self.finds("ben-id left main (19), and was not in it")

    def test_a_list_of_people_that_is_not_those_who_came_and_went_is_noticed(self):
        self.record.room("ann", 17, ["ann", "l1x1"], end=False)
        self.finds("by those who came and went")

    def test_who_speaks_without_being_there_is_noticed(self):
        self.record.event(["ann"], "left", 18, "ben", reason="quit")
        self.record.say("ben", "ben.2 x", "2")
        self.record.said(["ann"], 19, "ben", "ben.2 x")
        self.finds("spoke in main (19), and was not in it")

    # Pages

    def test_a_page_with_a_hole_or_a_wrong_end_is_noticed(self):
        change(self.record, {"before": None, "limit": 3}, who="ann", what="sent", type="history")
        drop(self.record, who="ann", type="said", seq=16, replay=True)
        change(self.record, {"first": 17, "count": 1, "more": False}, who="ann", type="history", ref="q1", count=2)
        self.finds("says that nothing is kept before 17")

    def test_a_page_that_leaves_a_line_out_is_noticed(self):
        r = quiet()
        r.sent("ann", "history", room="main", limit=2, ref="q2")
        r.said(["ann"], 14, "ann", "ann.1 hello", {"ann": "1"}, replay=True)
        r.said(["ann"], 17, "ben", "ben.1 back", replay=True)
        r.got("ann", "history", room="main", count=2, first=14, ref="q2")
        self.finds("leaves out [16]", r)

    def test_a_page_that_counts_wrong_is_noticed(self):
        change(self.record, {"count": 3}, who="ann", type="history", ref="q1", count=2)
        self.finds("3 were told of main, it says; 2 came")

    # Confirmations

    def test_a_ref_with_a_line_of_somebody_else_is_noticed(self):
        self.record.said(["ann"], 18, "ben", "ben.2 x", {"ann": "2"})
        self.record.say("ben", "ben.2 x", "2")
        self.finds("the ref 2 comes with a line of somebody else")

    def test_an_own_line_without_its_ref_is_noticed(self):
        index = next(i for i, e in enumerate(self.record.entries) if e.get("message", {}).get("ref") == "2"
                     and e["what"] == "got")
        del self.record.entries[index]["message"]["ref"]
        self.finds("its own line 16 in main comes without its ref")

    # Level 0

    def test_level_0_out_of_order_is_noticed(self):
        first = drop(self.record, who="l1", text="ann: ann.1 hello")
        index = self.record.entries.index(next(e for e in self.record.entries if e.get("text") == "ben: ben.1 back"))
        self.record.entries.insert(index, first)
        self.finds("heard “ann.1 hello” in main twice, late")

    def test_level_0_with_a_hole_is_noticed(self):
        drop(self.record, who="l1", text="ann: ann.2 again")
        self.finds("did not hear 16")

    def test_level_0_hears_its_own_line_or_one_that_nobody_sent(self):
        self.record.of("l1", "sent", text="l1.1 x", room="main")
        self.record.said(["ann", "ben"], 18, "l1x1", "l1.1 x")
        change(self.record, {"lines": [[14, ""], [16, ""], [17, ""], [18, ""]]}, what="kept")
        self.is_good(self.record)
        self.record.of("l1", "heard", text="l1x1: l1.1 x", room="main")
        self.finds("was sent its own line")
        self.record.of("l1", "heard", text="ann: nonsense", room="main")
        self.finds("heard what nobody sent")

    def test_level_0_hears_again_what_a_killed_server_took_with_it_and_others_only_had_told_again(self):
        r = Record()
        r.server()
        r.enter("ann")
        r.room("ann", 10, ["ann"])
        r.event(["ann"], "joined", 11, "ann")
        r.say("ann", "ann.1 hello", "1")
        r.enter("ben")
        r.room("ben", 12, ["ann", "ben"], [(12, "ann", "ann.1 hello")])
        for who in ("ann", "ben"):
            r.of(who, "ended", how="ECONNRESET")
        r.server("kill", -9, "kill")
        r.server()
        r.connect("l1", level=0)
        r.of("l1", "entering", name="l1x1")
        r.of("l1", "heard", text="* l1x1 joined the chat *", room="main")
        r.enter("ann", seen={"main": 11}, person="ann-2")
        r.room("ann", 100, ["ann"])
        r.event(["ann"], "joined", 101, "ann")
        for seq, text, ref in [(102, "ann.1 hello", "1"), (103, "ann.2 again", "2")]:
            r.say("ann", text, ref)
            r.said(["ann"], seq, "ann", text, {"ann": ref})
            r.of("l1", "heard", text=f"ann: {text}", room="main")
        r.kept((102, "ann.1 hello"), (103, "ann.2 again"))
        self.is_good(r)
        drop(r, who="l1", text="ann: ann.1 hello")
        r.of("l1", "heard", text="ann: ann.1 hello", room="main")
        self.finds("heard “ann.1 hello” in main twice, late", r)

    def test_level_0_is_told_twice_of_a_leaving(self):
        for _ in range(2):
            self.record.of("l1", "heard", text="* ben left *", room="main")
        self.finds("was told twice that ben left")


if __name__ == "__main__":
    unittest.main()
