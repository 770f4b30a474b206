# SPDX-License-Identifier: Apache-2.0
"""What real NATS servers have on their disks is read as they wrote it, and where two differ is noticed."""
import json
import os
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

import children
from bus import PROGRAM
from copies import Copies, messages
from ports import free_ports
from world import World

LONG = 30
HEADERS = b"NATS/1.0\r\nSaid-By: one\r\n\r\n"


@unittest.skipUnless(os.access(PROGRAM, os.X_OK), "there is no nats-server")
class CopiesTests(unittest.TestCase):
    """Two servers that know nothing of each other, with a stream of one name."""

    def setUp(self):
        self.world = World()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.links = [self.run_server(Path(folder.name) / f"n{number}", port) for number, port in enumerate(free_ports(2))]
        self.folders = [Path(folder.name) / f"n{number}/jetstream/$G/streams/s/msgs" for number in range(2)]
        self.copies = Copies(self.world, self.folders)

    def run_server(self, folder, port):
        process = children.start([PROGRAM, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while True:
            try:
                link = socket.create_connection(("127.0.0.1", port), LONG)
                break
            except ConnectionRefusedError:
                continue
        self.addCleanup(link.close)
        link.sendall(b'CONNECT {"verbose":false,"headers":true}\r\nSUB answer 1\r\n')
        said = link.makefile("rb")
        self.addCleanup(said.close)
        return Link(link, said)

    def has_read(self, count):
        """Once that many messages are on each disk."""
        return self.world.run_until(lambda: all(self.count(folder) == count for folder in self.folders), LONG)

    def count(self, folder):
        return sum(len(messages(path.read_bytes())[0]) for path in folder.glob("*.blk"))

    def differing(self):
        self.copies.look()
        return [entry["sequence"] for entry in self.world.record if entry["what"] == "copies differ"]

    def test_the_same_messages_at_other_times_and_with_other_headers_are_the_same(self):
        for link in self.links:
            link.make_stream()
            link.publish(b"one")
            self.differing()
        self.links[0].publish(b"two")
        self.links[1].publish(b"two", HEADERS)
        self.assertTrue(self.has_read(2))
        self.assertEqual(self.differing(), [])
        self.assertEqual(len(self.copies.seen), 2)

    def test_the_first_place_with_different_messages_is_noted_once(self):
        for number, link in enumerate(self.links):
            link.make_stream()
            for text in (b"one", b"two", b"three"):
                link.publish(text if number else text.upper() if text != b"one" else text)
        self.assertTrue(self.has_read(3))
        self.assertEqual(self.differing(), [2])
        self.assertEqual(self.differing(), [2])

    def test_what_a_copy_was_like_before_counts(self):
        self.links[0].make_stream()
        self.links[0].publish(b"one")
        self.world.run_until(lambda: self.count(self.folders[0]) == 1, LONG)
        self.assertEqual(self.differing(), [])
        self.links[0].delete_stream()
        for link in self.links:
            link.make_stream()
            link.publish(b"two")
        self.assertTrue(self.has_read(1))
        self.assertEqual(self.differing(), [1])

    def test_a_message_that_is_not_whole_yet_is_read_when_it_is(self):
        self.links[0].make_stream()
        for text in (b"one", b"two"):
            self.links[0].publish(text, HEADERS)
        self.assertTrue(self.world.run_until(lambda: self.count(self.folders[0]) == 2, LONG))
        data = next(self.folders[0].glob("*.blk")).read_bytes()
        whole, end = messages(data)
        self.assertEqual([sequence for sequence, _ in whole], [1, 2])
        self.assertEqual(end, len(data))
        self.assertNotEqual(whole[0][1], whole[1][1])
        for size in range(len(data)):
            first, place = messages(data[:size])
            self.assertEqual(first + messages(data, place)[0], whole)


class Link:
    """A connection to a NATS server; what is asked is answered before the next is asked."""

    def __init__(self, link, said):
        self.link, self.said = link, said

    def request(self, subject, payload, headers=b""):
        sizes = f"{len(headers)} {len(headers) + len(payload)}" if headers else f"{len(payload)}"
        verb = "HPUB" if headers else "PUB"
        self.link.sendall(f"{verb} {subject} answer {sizes}\r\n".encode() + headers + payload + b"\r\n")
        while not (line := self.said.readline()).startswith(b"MSG "):
            assert line, "the server is gone"
        answer = json.loads(self.said.read(int(line.split()[-1]) + 2))
        assert "error" not in answer, answer

    def make_stream(self):
        self.request("$JS.API.STREAM.CREATE.s", json.dumps({"name": "s", "subjects": ["s.log"], "storage": "file"}).encode())

    def delete_stream(self):
        self.request("$JS.API.STREAM.DELETE.s", b"")

    def publish(self, payload, headers=b""):
        self.request("s.log", payload, headers)


if __name__ == "__main__":
    unittest.main()
