# SPDX-License-Identifier: Apache-2.0
"""Connections that can be cut at any byte, in either direction: plain, TLS, and TLS with a key through gnutls-cli."""
import errno
import os
import signal
import socket
import ssl
import struct
import subprocess

import children

LONGEST_FRAME = 8192


class Frames:
    """Takes bytes as they come, and gives the payloads of the frames that are whole."""

    def __init__(self):
        self.unread = bytearray()

    def take(self, data):
        self.unread += data
        while len(self.unread) >= 4:
            (length,) = struct.unpack_from(">I", self.unread)
            if length > LONGEST_FRAME:
                raise ValueError(f"the server announced a frame of {length} bytes")
            if len(self.unread) < 4 + length:
                return
            payload = bytes(self.unread[4:4 + length])
            del self.unread[:4 + length]
            yield payload


def frame(payload):
    return struct.pack(">I", len(payload)) + payload


class Cut:
    """After how many bytes on the wire a connection is cut, in which direction, and how: by "rst" or by "fin"."""

    def __init__(self, direction, count, how):
        self.direction, self.left, self.how = direction, count, how


class Link:
    """A connection over a socket of this program's; `owner` gets `opened`, `received` and `ended`.

    Everything on the wire passes `write_wire` and `read_wire`, which is where it is cut.
    """

    def __init__(self, world, port, owner, context=None, receive_buffer=None, address=None):
        self.world, self.owner = world, owner
        self.cut = None
        self.is_paused = False
        self.is_open = False
        self.end = None
        self.unsent = bytearray()  # for the wire
        self.tls = None
        if context:
            self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")
            self.waiting = bytearray()  # for the end of the handshake
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if address:
            self.socket.bind((address, 0))
        self.is_connected = False
        code = self.socket.connect_ex(("127.0.0.1", port))
        if code not in (0, errno.EINPROGRESS):
            self.finish(errno.errorcode[code])
            return
        self.world.watch(self.socket, self, writes=True)

    # What the owner asks for

    def send(self, data):
        if self.end:
            return
        if not self.tls:
            self.unsent += data
        elif self.is_open:
            self.tls.write(data)
            self.unsent += self.outgoing.read()
        else:
            self.waiting += data
        self.flush()

    def pause(self, is_paused):
        self.is_paused = is_paused
        self.rewatch()

    def cut_after(self, direction, count, how):
        if not self.end:
            self.cut = Cut(direction, count, how)
            if count == 0:
                self.break_off()

    def say_goodbye(self):
        """A proper end: close_notify over TLS, and FIN."""
        if self.end:
            return
        if self.tls and self.is_open:
            try:
                self.tls.unwrap()
            except ssl.SSLError:
                pass
            self.unsent += self.outgoing.read()
            self.flush()
        if not self.end:
            self.cut = Cut("out", 0, "fin")
            self.break_off("goodbye")

    # The wire

    def ready(self, reads, writes):
        if self.end:
            return
        if not self.is_connected:
            code = self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                return self.finish(errno.errorcode[code])
            self.is_connected = True
            if self.tls:
                self.shake_hands()
            else:
                self.open()
        if writes:
            self.flush()
        if reads and not self.is_paused and not self.end:
            self.read()

    def open(self):
        self.is_open = True
        self.owner.opened()
        self.flush()

    def flush(self):
        while self.unsent and self.is_connected and not self.end:
            count = len(self.unsent)
            if self.cut and self.cut.direction == "out":
                count = min(count, self.cut.left)
            try:
                sent = self.socket.send(self.unsent[:count])
            except BlockingIOError:
                break
            except OSError as error:
                return self.finish(errno.errorcode.get(error.errno, "?"))
            del self.unsent[:sent]
            if self.spend("out", sent):
                return
        self.rewatch()

    def read(self):
        try:
            data = self.socket.recv(65536)
        except BlockingIOError:
            return
        except OSError as error:
            return self.finish(errno.errorcode.get(error.errno, "?"))
        if not data:
            # Without a close_notify before it, TLS takes this for a cut, and so does its owner.
            return self.finish("cut by the server" if self.tls else "closed by the server")
        if self.cut and self.cut.direction == "in":
            data = data[:self.cut.left]
        if not self.tls:
            self.owner.received(data)
        else:
            self.incoming.write(data)
            self.decrypt() if self.is_open else self.shake_hands()
        if not self.end:
            self.spend("in", len(data))

    def spend(self, direction, count):
        if not self.cut or self.cut.direction != direction:
            return False
        self.cut.left -= count
        if self.cut.left > 0:
            return False
        self.break_off()
        return True

    def break_off(self, what=None):
        if self.cut.how == "rst":
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.finish(what or f"cut by {self.cut.how}")

    def finish(self, how):
        if self.end:
            return
        self.end = how
        self.world.unwatch(self.socket)
        self.socket.close()
        self.owner.ended(how)

    def rewatch(self):
        if not self.end and self.socket.fileno() >= 0:
            self.world.watch(self.socket, self, reads=self.is_connected and not self.is_paused,
                             writes=not self.is_connected or bool(self.unsent))

    # TLS

    def shake_hands(self):
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            self.unsent += self.outgoing.read()
            return self.flush()
        except ssl.SSLError as error:
            return self.finish(f"handshake: {error.reason}")
        self.unsent += self.outgoing.read()
        self.open()
        if not self.end and self.waiting:
            data, self.waiting = bytes(self.waiting), bytearray()
            self.send(data)
        if not self.end:
            self.decrypt()

    def decrypt(self):
        while not self.end:
            try:
                data = self.tls.read(65536)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                return self.finish("goodbye of the server")
            except ssl.SSLError as error:
                return self.finish(f"TLS: {error.reason}")
            if not data:
                return self.finish("goodbye of the server")
            self.owner.received(data)
        if not self.end:
            self.unsent += self.outgoing.read()
            self.flush()


class KeyLink:
    """A TLS connection with a raw public key, which Python's ssl cannot show: gnutls-cli does, as a pipe."""

    priorities = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+CTYPE-CLI-RAWPK:-CTYPE-CLI-X509"

    def __init__(self, world, port, owner, key, authority, protocol):
        self.world, self.owner = world, owner
        self.is_paused = False
        self.end = None
        self.cut = None
        self.unsent = bytearray()
        self.process = children.start(
            ["gnutls-cli", "--port", str(port), "--x509cafile", str(authority), "--alpn", protocol,
             "--rawpkkeyfile", str(key) + ".pem", "--rawpkfile", str(key) + "-public.pem",
             "--priority", self.priorities, "--verify-hostname=localhost", "--sni-hostname=localhost",
             "--logfile", "/dev/null", "127.0.0.1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0)
        self.output, self.input = self.process.stdout.fileno(), self.process.stdin.fileno()
        os.set_blocking(self.output, False)
        os.set_blocking(self.input, False)
        self.world.watch(self.output, self)
        self.is_open = True
        self.owner.opened()

    def send(self, data):
        self.unsent += data
        self.flush()

    def pause(self, is_paused):
        self.is_paused = is_paused
        if self.end:
            return
        if is_paused:
            self.world.unwatch(self.output)
        else:
            self.world.watch(self.output, self)

    def cut_after(self, direction, count, how):
        """The other program decides at which byte."""
        if not self.end:
            self.finish("cut by kill")

    def say_goodbye(self):
        if not self.end:
            self.cut_after("out", 0, "kill")

    def ready(self, reads, writes):
        if self.end:
            return
        if writes:
            self.flush()
        if reads and not self.end:
            try:
                data = os.read(self.output, 65536)
            except BlockingIOError:
                return
            if data:
                self.owner.received(data)
            else:
                self.finish("closed by the server")

    def flush(self):
        if self.end:
            return
        while self.unsent:
            try:
                count = os.write(self.input, self.unsent)
            except BlockingIOError:
                self.world.watch(self.input, self, reads=False, writes=True)
                return
            except OSError:
                return self.finish("closed by the server")
            del self.unsent[:count]
        self.world.unwatch(self.input)

    def finish(self, how):
        if self.end:
            return
        self.end = how
        self.world.unwatch(self.output)
        self.world.unwatch(self.input)
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()
        self.process.stdin.close()
        self.owner.ended(how)
