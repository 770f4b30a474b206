# SPDX-License-Identifier: Apache-2.0
"""Why a server has ended is written down as it was."""
import signal
import tempfile
import unittest
from pathlib import Path

from server import READ_ANOTHER_LOG, Server
from world import World

# Says that it is up, and when it is told to end, something else, with which it ends.
PROGRAM = """#!/bin/sh
trap 'echo "error: {sentence}" >&2; exit 1' TERM
echo "encrypted chat on 127.0.0.1:1 (TLS)
plain chat on 127.0.0.1:2 (NOT encrypted)" >&2
while :; do sleep 0.01; done
"""


class ServerTests(unittest.TestCase):
    def start(self, sentence):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        program = Path(folder.name) / "program"
        program.write_text(PROGRAM.format(sentence=sentence))
        program.chmod(0o755)
        self.world = World()
        self.server = Server(self.world, program, Path(folder.name), folder.name, [], False)
        self.addCleanup(self.server.kill)
        self.server.start()
        self.assertTrue(self.world.run_until(lambda: self.server.is_up, 30))

    @property
    def end(self):
        return next(((entry["code"], entry["asked"]) for entry in self.world.record if entry["what"] == "ended"), None)

    def test_who_is_told_to_end_and_has_just_read_another_log_ended_for_that(self):
        self.start(f"this server {READ_ANOTHER_LOG} s than the other servers")
        self.assertTrue(self.server.finish())
        self.assertEqual(self.end, (1, "other log"))

    def test_the_same_in_the_middle_of_a_history_and_it_comes_back(self):
        self.start(f"this server {READ_ANOTHER_LOG} s than the other servers")
        self.server.restart("term")
        self.assertTrue(self.world.run_until(lambda: self.end, 30))
        self.assertEqual(self.end, (1, "other log"))
        self.assertTrue(self.world.run_until(lambda: self.server.is_up, 30))

    def test_that_copies_differ_is_looked_for_before_it_is_noted_that_a_server_ended_for_it(self):
        self.start(f"this server {READ_ANOTHER_LOG} s than the other servers")
        self.server.before_other_log = lambda: self.world.note("bus", "copies differ")
        self.assertTrue(self.server.finish())
        self.assertEqual([entry["what"] for entry in self.world.record][-2:], ["copies differ", "ended"])

    def test_who_is_told_to_end_and_fails_at_that_was_told_to_end(self):
        self.start("something else")
        self.assertTrue(self.server.finish())
        self.assertEqual(self.end, (1, "term"))

    def test_who_ends_by_itself_for_no_reason_is_lost(self):
        self.start("something else")
        self.server.signal(signal.SIGTERM)
        self.assertTrue(self.world.run_until(lambda: self.server.is_lost, 30))
        self.assertEqual(self.end, (1, None))

    def test_who_has_ended_by_itself_needs_no_other_end(self):
        self.start(f"this server {READ_ANOTHER_LOG} s than the other servers")
        self.server.signal(signal.SIGTERM)
        self.assertTrue(self.world.run_until(lambda: self.end, 30))
        self.server.begin_end()
        self.assertTrue(self.server.finish())


if __name__ == "__main__":
    unittest.main()
