# SPDX-License-Identifier: Apache-2.0
"""The network between a client and a server, which cuts, stalls, delays, swallows and refuses; it sees only TLS."""
import errno
import socket
import struct
from collections import deque

CHUNK = 16384
MOST_KEPT = 262144  # bytes that are on their way


class End:
    """One of the two connections that a passage joins."""

    def __init__(self, passage, connection):
        self.passage, self.world, self.connection = passage, passage.relay.world, connection
        self.connection.setblocking(False)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.coming = deque()  # (when it may go out, bytes)
        self.coming_bytes = 0
        self.is_finished = False  # nothing more comes for it
        self.is_open = True

    def take(self, data, at):
        self.coming.append((max(at, self.coming[-1][0] if self.coming else 0), data))
        self.coming_bytes += len(data)

    def ready(self, reads, writes):
        if self.is_open and writes:
            self.send()
        if self.is_open and reads:
            self.read()

    def read(self):
        try:
            data = self.connection.recv(CHUNK)
        except BlockingIOError:
            return
        except OSError:
            return self.passage.end("rst")
        self.passage.carry(self, data)

    def send(self):
        while self.is_open and self.coming and self.coming[0][0] <= self.world.now and not self.passage.is_stalled:
            at, data = self.coming.popleft()
            try:
                sent = self.connection.send(data)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                if error.errno == errno.ENOTCONN:
                    sent = 0
                else:
                    return self.passage.end("rst")
            self.coming_bytes -= sent
            if sent < len(data):
                self.coming.appendleft((at, data[sent:]))
                break
        if self.is_open and self.is_finished and not self.coming:
            try:
                self.connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass
            self.is_finished = False
        self.rewatch()

    def rewatch(self):
        if not self.is_open:
            return
        other = self.passage.other(self)
        may_read = not self.passage.is_stalled and other.coming_bytes < MOST_KEPT and not self.passage.has_ended[self]
        is_due = bool(self.coming) and self.coming[0][0] <= self.world.now and not self.passage.is_stalled
        self.world.watch(self.connection, self, reads=may_read, writes=is_due)
        if self.coming and not is_due and not self.passage.is_stalled:
            self.world.after(self.coming[0][0] - self.world.now, self.send)

    def close(self, how):
        if not self.is_open:
            return
        self.is_open = False
        self.world.unwatch(self.connection)
        if how == "rst":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()


class Passage:
    """One connection of the client's, and the one to the server that it is carried over."""

    def __init__(self, relay, connection, port):
        self.relay = relay
        self.is_stalled = False
        self.cut_in = None  # after how many bytes it is cut, and how
        upstream = socket.socket()
        upstream.setblocking(False)
        code = upstream.connect_ex(("127.0.0.1", port))
        self.client, self.server = End(self, connection), End(self, upstream)
        self.has_ended = {self.client: False, self.server: False}
        self.is_open = code in (0, errno.EINPROGRESS)
        self.began, self.carried = relay.world.now, 0
        if not self.is_open:
            self.is_open = True
            return self.end("rst")
        self.rewatch()

    def other(self, end):
        return self.server if end is self.client else self.client

    def carry(self, end, data):
        if not data:
            self.has_ended[end] = True
            self.other(end).is_finished = True
        else:
            if self.cut_in:
                data = data[:self.cut_in[0]]
            self.carried += len(data)
            self.other(end).take(data, self.relay.world.now + self.relay.delay())
        self.other(end).send()
        end.rewatch()
        if self.cut_in and data:
            count, how = self.cut_in
            self.cut_in = (count - len(data), how)
            if self.cut_in[0] <= 0:
                self.end(how)
        elif all(self.has_ended.values()):
            self.end("fin")

    def stall(self, is_stalled):
        self.is_stalled = is_stalled
        self.rewatch()
        for end in (self.client, self.server):
            if end.is_open:
                end.send()

    def rewatch(self):
        self.client.rewatch()
        self.server.rewatch()

    def end(self, how):
        """"rst" and "fin" are told to both ends, and "server" and "client" to the one of that name: the other hears nothing."""
        if not self.is_open:
            return
        if how in ("client", "server"):
            {"client": self.client, "server": self.server}[how].close("rst")
            self.is_stalled = True
            self.rewatch()
            self.relay.world.after(self.relay.silence(), lambda: self.end("rst"))
            return
        self.is_open = False
        self.client.close(how)
        self.server.close(how)
        self.relay.ended(self)


class Relay:
    """Listens on one port as long as it is not told to refuse everybody."""

    def __init__(self, world, server, chance):
        self.world, self.server, self.chance = world, server, chance
        self.longest_delay = 0.0
        self.swallows = False  # whoever connects hears nothing
        self.rejects = False  # or is cut at once
        self.passages = []
        self.attempts = []  # when somebody connected
        self.ends = []  # when a connection ended
        self.listener, self.port = None, 0
        self.listen()

    def listen(self):
        if self.listener:
            return
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(16)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.world.watch(self.listener, self)

    def refuse(self):
        if self.listener:
            self.world.unwatch(self.listener)
            self.listener.close()
            self.listener = None

    def ready(self, reads, writes):
        try:
            connection, _ = self.listener.accept()
        except OSError:
            return
        self.attempts.append(self.world.now)
        self.world.note("relay", "attempt")
        passage = Passage(self, connection, self.server.ports["encrypted"])
        if self.rejects:
            passage.end("rst")
        if passage.is_open:
            self.passages.append(passage)
            if self.swallows:
                passage.stall(True)

    def ended(self, passage):
        self.ends.append(self.world.now)
        self.world.note("relay", "end")
        if passage in self.passages:
            self.passages.remove(passage)

    def delay(self):
        return self.chance.uniform(0, self.longest_delay) if self.longest_delay else 0

    def silence(self):
        return self.chance.uniform(0.2, 1.2)

    # What is done to whoever uses it

    def cut(self, how):
        for passage in list(self.passages):
            passage.end(how)

    def cut_after(self, count, how):
        for passage in self.passages:
            passage.cut_in = (count, how)

    def stall(self, seconds):
        stalled = list(self.passages)
        for passage in stalled:
            passage.stall(True)
        self.world.after(seconds, lambda: [passage.stall(False) for passage in stalled if passage.is_open])

    def swallow(self, seconds):
        """Cuts, and lets nobody come back for so long: whoever tries hears nothing, and then an end."""
        self.swallows = True
        self.cut("rst")
        self.world.after(seconds, self.stop_swallowing)

    def stop_swallowing(self):
        if self.swallows:
            self.swallows = False
            self.cut("rst")

    def refuse_for(self, seconds):
        self.refuse()
        self.cut("rst")
        self.world.after(seconds, self.listen)

    def be_good(self):
        """The end of all trouble; connections that hear nothing are cut."""
        self.longest_delay = 0.0
        self.listen()
        self.stop_swallowing()
        for passage in list(self.passages):
            passage.cut_in = None
            if passage.is_stalled:
                passage.end("rst")

    def close(self):
        self.refuse()
        self.cut("rst")
