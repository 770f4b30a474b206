# SPDX-License-Identifier: Apache-2.0
"""What each NATS server has of one stream on its disk, looked at again and again.

Two of them should have the same messages in the same places. Whoever has others is brought into line sooner or later, so
what a copy was like before counts as well.
"""
import hashlib
import struct

PAUSE = 0.05
# Of a message in one of nats-server's files: how long it is with this, its number, its time, how long its subject is.
HEAD = struct.Struct("<IQQH")
HAS_HEADERS, IS_GONE = 1 << 31, 1 << 63
CHECKSUM = 8


class Copies:
    """Notes the first place in which two servers had different messages, if there is one."""

    def __init__(self, world, folders):
        self.world, self.folders = world, folders
        self.files = {}  # what was read of each, and up to where there were whole messages
        self.seen = {}  # by number: the first server that had it, and a digest of what it had
        self.differed_at = None  # when that was noticed

    def watch(self):
        self.look()
        self.world.after(PAUSE, self.watch)

    def look(self):
        for server, folder in enumerate(self.folders):
            for path in sorted(folder.glob("*.blk")):
                for sequence, digest in self.new_messages(path):
                    self.compare(server, sequence, digest)

    def compare(self, server, sequence, digest):
        other, expected = self.seen.setdefault(sequence, (server, digest))
        if digest != expected and self.differed_at is None:
            self.differed_at = self.world.now
            self.world.note("bus", "copies differ", sequence=sequence, servers=[other, server])

    def new_messages(self, path):
        try:
            data = path.read_bytes()
        except FileNotFoundError:  # by now
            return []
        known, end = self.files.get(path, (b"", 0))
        if data == known:
            return []
        if data[:end] != known[:end]:
            end = 0
        found, end = messages(data, end)
        self.files[path] = data, end
        return found


def messages(data, begin=0):
    """The numbers of the whole messages from there on, each with a digest of its content; and where they end."""
    found = []
    while begin + HEAD.size <= len(data):
        length, sequence, _, subject = HEAD.unpack_from(data, begin)
        has_headers, length = length & HAS_HEADERS, length & ~HAS_HEADERS
        end = begin + length
        content = begin + HEAD.size + subject
        if has_headers and content + 4 <= len(data):
            content += 4 + int.from_bytes(data[content:content + 4], "little")
        if end > len(data) or content + CHECKSUM > end:
            break  # it is still being written
        if not sequence & IS_GONE:
            found.append((sequence, hashlib.sha256(data[content:end - CHECKSUM]).hexdigest()))
        begin = end
    return found, begin
