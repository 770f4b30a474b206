# SPDX-License-Identifier: Apache-2.0
"""What is done to a server is done as it is written down: cuts at their byte, and all chance from the seed."""
import socket
import struct
import unittest

from links import Frames, Link, frame
from plan import Plan
from world import World


class Owner:
    def __init__(self):
        self.data, self.end = b"", None

    def opened(self):
        pass

    def received(self, data):
        self.data += data

    def ended(self, how):
        self.end = how


class FaultTests(unittest.TestCase):
    def setUp(self):
        self.world, self.owner = World(), Owner()
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        self.link = Link(self.world, listener.getsockname()[1], self.owner)
        self.peer, _ = listener.accept()
        self.peer.settimeout(10)
        self.addCleanup(self.peer.close)
        self.addCleanup(lambda: self.link.cut_after("out", 0, "rst"))
        self.assertTrue(self.world.run_until(lambda: self.link.is_open, 10))

    def test_what_goes_out_is_cut_at_its_byte_by_a_reset(self):
        self.link.cut_after("out", 7, "rst")
        self.link.send(frame(b"hello"))
        self.assertEqual(self.owner.end, "cut by rst")
        with self.assertRaises(ConnectionResetError):
            while self.peer.recv(100):
                pass

    def test_what_goes_out_is_cut_at_its_byte_by_an_end(self):
        self.link.send(b"ab")
        self.link.cut_after("out", 5, "fin")
        self.link.send(frame(b"hello"))
        received = b""
        while data := self.peer.recv(100):
            received += data
        self.assertEqual(received, b"ab" + frame(b"hello")[:5])

    def test_what_comes_in_is_cut_at_its_byte(self):
        self.link.cut_after("in", 6, "rst")
        self.peer.sendall(frame(b"hello"))
        self.assertTrue(self.world.run_until(lambda: self.owner.end, 10))
        self.assertEqual(self.owner.data, frame(b"hello")[:6])

    def test_who_stalls_reads_nothing_until_it_goes_on(self):
        self.link.pause(True)
        self.peer.sendall(b"x")
        self.assertFalse(self.world.run_until(lambda: self.owner.data, 0.05))
        self.link.pause(False)
        self.assertTrue(self.world.run_until(lambda: self.owner.data == b"x", 10))

    def test_the_end_of_the_server_is_seen(self):
        self.peer.close()
        self.assertTrue(self.world.run_until(lambda: self.owner.end == "closed by the server", 10))


class PlanTests(unittest.TestCase):
    def test_a_plan_comes_from_its_seed_alone(self):
        for seed in range(50):
            one, other = Plan(seed), Plan(seed)
            self.assertEqual((one.flags, one.typed, one.texting, one.steps),
                             (other.flags, other.typed, other.texting, other.steps))
        self.assertNotEqual(Plan(1).steps, Plan(2).steps)

    def test_a_hundred_plans_hold_every_kind_of_fault(self):
        plans = [Plan(seed) for seed in range(100)]
        kinds = {step[1] for plan in plans for step in plan.steps}
        self.assertEqual(kinds, {"say", "again", "forge", "cut", "stall", "page", "who", "quit", "nick", "join",
                                 "leave", "text", "text-cut", "text-join", "restart", "sigstop", "reload", "flood",
                                 "direct", "direct-again", "text-direct", "invite", "probe", "usurp", "kick", "mute",
                                 "ban", "lift", "bans"})
        self.assertEqual({how for plan in plans for how in plan.restarts}, {"kill", "term"})
        self.assertEqual({person["kind"] for plan in plans for person in plan.typed}, {"plain", "tls", "key"})


class FrameTests(unittest.TestCase):
    def test_frames_are_the_same_wherever_they_are_cut(self):
        stream = frame(b"one") + frame(b"") + frame(b"three")
        for size in range(1, len(stream)):
            frames = Frames()
            pieces = [stream[begin:begin + size] for begin in range(0, len(stream), size)]
            self.assertEqual([payload for piece in pieces for payload in frames.take(piece)], [b"one", b"", b"three"])

    def test_a_frame_that_is_too_long_is_refused(self):
        with self.assertRaises(ValueError):
            list(Frames().take(struct.pack(">I", 8193)))


if __name__ == "__main__":
    unittest.main()
