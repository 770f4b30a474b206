#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Snug's client in one file, for Python 3.9 and later on any system; docs/protocol-1.md has what it speaks.

One thread owns everything. It waits for the connection and for what two others post: the keyboard, for which
select(2) cannot wait on Windows, and a connection that is being made. At a terminal the line is edited here,
not by readline, which Windows lacks, and which Python cannot tell to draw its line again below a message.
"""
import argparse
import codecs
import collections
import getpass
import json
import os
import queue
import random
import re
import select
import signal
import socket
import ssl
import stat
import struct
import sys
import threading
import time
import unicodedata

try:
    import termios
except ImportError:  # Windows
    termios = None
try:
    import msvcrt
except ImportError:  # everything else
    msvcrt = None

ABOUT = """\
Join a private chat room over TLS, with nothing but Python.

  python3 snug.py --name aisha                        the room on this machine
  python3 snug.py --host chat.example --ca room.pem   a room elsewhere
  echo hello | python3 snug.py --host chat.example --ca room.pem

At a terminal it edits a line while messages come in above it; /help tells the
commands, Ctrl-D leaves, and a connection that is cut comes back by itself,
at once on Enter. Without a terminal it is a filter: lines in, what others say
out, and it ends when its input has ended and each line is confirmed.
"""
MORE = """\
The passphrase, where the room has one, comes from the environment: CHAT_SECRET,
or CHAT_SECRET_FILE for a file that only you can read. Without them you are
asked for it at a terminal. Every option that takes a value can be given as a
variable: --port as SNUG_PORT.

Exit codes: 0 ok (every line confirmed), 64 wrong usage, 69 server not reachable
or gone, 76 protocol error, 77 refused (certificate or passphrase), 78 bad
configuration, 1 other.
"""
COMMANDS = (
    "commands: /who, /nick NAME, /me TEXT, /msg NAME TEXT, /r TEXT, /rooms, /join ROOM, /leave, "
    "/topic [TEXT], /private, /invite NAME, /history [NUMBER], /quit, /help - anything else is said "
    "to everyone, //x as /x"
)
FAILED, USAGE, GONE, PROTOCOL, REFUSED, CONFIGURATION = 1, 64, 69, 76, 77, 78

FRAME_LIMIT = 8192  # bytes of payload
RECORD = 256        # what is sent at once is filled up to a multiple of it, so that its length tells little
IN_FLIGHT = 100     # lines without a confirmation; the server remembers the refs of the last 256
SILENCE = 45        # seconds; the server pings after 30
PATIENCE = 120      # seconds that a filter whose input has ended tries to come back
DRAFT_LIMIT = 4000  # characters
UNSENT_LIMIT = 4 * IN_FLIGHT * FRAME_LIMIT

SEVERAL = "say it in several lines"
NOT_IN = "what it said above is why, if it said anything; no line was said"


class Failure(Exception):
    """Why the program ends: one sentence, one hint, and the exit code."""

    def __init__(self, sentence, hint, code):
        super().__init__(sentence)
        self.sentence, self.hint, self.code = sentence, hint, code


class PassphraseWanted(Exception):
    """The server asks for a passphrase that was not given, or was wrong (`args[0]`)."""


def broken(reason):
    return Failure(f"the server broke the protocol: {reason}",
                   "check that host and port belong to a Snug server",
                   PROTOCOL)


def unwritable(error):
    return Failure(f"messages cannot be written: {error.strerror}", "check where the output goes to", FAILED)


# Text from others


def within(code, *ranges):
    return any(first <= code <= last for first, last in ranges)


def clean(text):
    """`text` with nothing in it that a terminal would obey, in one line, and every language whole."""
    kept, has_base, marks, joiners = [], False, 0, 0
    for character in text.replace("\r\n", "\n"):
        code, category = ord(character), unicodedata.category(character)
        if character in "\u200c\u200d":  # Persian, Hindi and emoji need them
            joiners += 1
            if has_base and joiners <= 4:
                kept.append(character)
            continue
        is_variation = within(code, (0x180B, 0x180D), (0x180F, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
        if character in "\t\n\v\f\r\x85\u2028\u2029":
            character = " "
        elif code < 0x20:
            character = chr(0x2400 + code)
        elif code == 0x7F:
            character = "\u2421"
        elif category == "Cs" or code & 0xFFFE == 0xFFFE or within(
            code, (0x80, 0x9F), (0x202A, 0x202E), (0x2066, 0x2069), (0xFDD0, 0xFDEF), (0xFFF9, 0xFFFB),
            (0xE0000, 0xE007F),
        ):
            character = "\uFFFD"
        elif not is_variation and within(
            code, (0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5),
            (0x180E, 0x180E),
            (0x200B, 0x200F), (0x2060, 0x206F), (0x3164, 0x3164), (0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0),
            (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0080, 0xE0FFF),
        ):
            continue  # nobody would see it
        elif is_variation or category in ("Mn", "Me"):
            marks += 1
            if has_base and marks <= 4:
                kept.append(character)
            continue
        kept.append(character)
        has_base, marks, joiners = not character.isspace(), 0, 0
    return "".join(kept)


def is_flag_half(character):
    return "\U0001F1E6" <= character <= "\U0001F1FF"


def width(text):
    """How many columns a terminal needs for `text` at most."""
    columns = 0
    for character in text:
        if character == "\uFE0F":
            columns += 1  # turns a sign into an emoji, which is wide
        elif unicodedata.category(character) not in ("Mn", "Me", "Cf"):
            is_wide = is_flag_half(character) or unicodedata.east_asian_width(character) in "WF"
            columns += 2 if is_wide else 1
    return columns


def clusters(text):
    """What people see as the characters of `text`, near enough to move a cursor by."""
    found = []
    for character in text:
        is_modifier = "\U0001F3FB" <= character <= "\U0001F3FF"
        goes_on = is_modifier or unicodedata.category(character) in ("Mn", "Me", "Mc", "Cf")
        is_flag = found and len(found[-1]) == 1 and is_flag_half(found[-1]) and is_flag_half(character)
        if found and (goes_on or is_flag or found[-1].endswith("\u200d")):
            found[-1] += character
        else:
            found.append(character)
    return found


def rows(text, columns):
    """`text` as rows of a terminal: all but the first begin with spaces: none can pass for a message."""
    columns = max(columns - 1, 8)
    done, row = [], ""
    for word in text.split():
        pieces = [""]
        for cluster in clusters(word):
            if width(pieces[-1] + cluster) > columns - 2:
                pieces.append("")
            pieces[-1] += cluster
        for index, piece in enumerate(pieces):
            if row and (index or width(row) + 1 + width(piece) > columns):
                done.append(row)
                row = "  " + piece
            else:
                row += " " * bool(row) + piece
    return done + [row]


# What people see and type


class Lines:
    """No terminal to edit at: messages go to standard output, a line each, and the rest to standard error."""

    is_terminal = False

    def __init__(self, time_format):
        self.time_format = time_format
        self.has_rows = sys.stdout.isatty()  # it wraps, and its rows could pass for messages

    def show(self, text):
        if self.has_rows:
            text = "\n".join(rows(text, os.get_terminal_size(1).columns or 80))
        try:
            sys.stdout.write(text + "\n")
            sys.stdout.flush()
        except OSError as error:
            raise unwritable(error)

    def note(self, text):
        complain(text)

    def tell(self, state):
        pass

    def close(self):
        pass


class Screen:
    """A terminal: what comes is written above the one row in which a line is edited."""

    is_terminal = True
    KEYS = re.compile(r"\x1b(?:[\[O][0-9;?<=>]*[ -/]*[@-~]|[^\[O])|[^\x1b]", re.DOTALL)
    MOVES = {
        "\x01": "home", "\x1b[H": "home", "\x1bOH": "home", "\x1b[1~": "home", "\x1b[7~": "home",
        "\x05": "end", "\x1b[F": "end", "\x1bOF": "end", "\x1b[4~": "end", "\x1b[8~": "end",
        "\x02": "left", "\x1b[D": "left", "\x1bOD": "left",
        "\x06": "right", "\x1b[C": "right", "\x1bOC": "right",
        "\x1bb": "word left", "\x1b[1;5D": "word left", "\x1b[1;3D": "word left",
        "\x1bf": "word right", "\x1b[1;5C": "word right", "\x1b[1;3C": "word right",
    }

    def __init__(self, time_format):
        self.time_format = time_format
        self.before, self.after = [], []       # the draft's characters, on both sides of the cursor
        self.past, self.recalled = [], None    # lines that were entered, and which of them is shown
        self.kept, self.killed = "", []        # the draft behind an earlier line; what Ctrl-Y brings back
        self.unread, self.is_paste, self.state = "", False, ""
        self.modes = termios and termios.tcgetattr(0)
        self.open()

    def open(self):
        if termios:
            modes = termios.tcgetattr(0)
            modes[0] &= ~termios.IXON  # Ctrl-S would stop the screen
            modes[3] &= ~(termios.ICANON | termios.ECHO | termios.IEXTEN)
            termios.tcsetattr(0, termios.TCSADRAIN, modes)
        self.write("\x1b[?2004h")
        self.draw()

    def close(self):
        self.write("\r\x1b[K\x1b[?2004l")
        if termios:
            # What is typed behind the end was meant for the chat, and not for the shell.
            termios.tcsetattr(0, termios.TCSAFLUSH, self.modes)

    def write(self, text):
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            raise unwritable(error)

    def show(self, text):
        # Without wrapping, a terminal that draws something wider than we reckon begins no row of its own.
        self.write("\r\x1b[K\x1b[?7l" + "\n".join(rows(text, self.columns())) + "\x1b[?7h\n")
        self.draw()

    def note(self, text):
        self.show(f"-- {clean(text)}")

    def tell(self, state):
        if state != self.state:
            self.state = state
            self.draw()

    @staticmethod
    def columns():
        try:
            return os.get_terminal_size(1).columns or 80
        except OSError:
            return 80

    def draw(self):
        prompt = f"{self.state}> "
        room = max(self.columns() - len(prompt) - 2, 4)
        left, right = clean("".join(self.before)), clean("".join(self.after))
        if width(left + right) > room and width(left) > room * 3 // 4:
            ends = clusters(left)
            while width("".join(ends)) > room * 3 // 4:
                del ends[:1 + len(ends) // 8]
            left = "<" + "".join(ends)
        ends = clusters(right)
        while ends and width(left + "".join(ends)) > room:
            ends.pop()
        self.write(f"\r\x1b[?7l{prompt}{left}\x1b7{''.join(ends)}\x1b[K\x1b8\x1b[?7h")

    @property
    def draft(self):
        return "".join(self.before + self.after)

    def set_draft(self, text):
        self.before, self.after = clusters(text), []

    def typed(self, text):
        """The lines that were entered with these keys; None for the wish to leave."""
        entered = []
        self.unread += text
        while True:
            key = self.KEYS.match(self.unread)
            if not key:
                break
            self.unread = self.unread[key.end():]
            if key[0] in ("\x1b[200~", "\x1b[201~"):
                self.is_paste = key[0] == "\x1b[200~"
            elif self.is_paste and not key[0].startswith("\x1b"):
                self.insert(" " if key[0] in "\r\n" else key[0])  # a paste never sends itself
            elif key[0] in "\r\n":
                entered.append(self.enter())
            elif key[0] in "\x04\x1a" and not self.before and not self.after:
                entered.append(None)
            else:
                self.press(key[0])
        if len(self.unread) > 64:
            self.unread = ""  # no key has such a name
        self.draw()
        return entered

    def enter(self):
        line = self.draft
        self.recalled = None
        if line.strip():
            self.past = self.past[-499:] + [line]
        self.set_draft("")
        return line

    def press(self, key):
        if key in self.MOVES:
            self.move(self.MOVES[key])
        elif key in "\x7f\x08":
            del self.before[-1:]
        elif key in ("\x04", "\x1b[3~"):
            del self.after[:1]
        elif key == "\x0b":
            self.killed, self.after = self.after, []
        elif key == "\x15":
            self.killed, self.before = self.before, []
        elif key in ("\x17", "\x1b\x7f"):
            kept = self.word_start()
            self.killed, self.before = self.before[kept:], self.before[:kept]
        elif key == "\x19":
            self.before += self.killed
        elif key == "\x0c":
            self.write("\x1b[H\x1b[2J")
        elif key in ("\x10", "\x1b[A", "\x1bOA"):
            self.recall(-1)
        elif key in ("\x0e", "\x1b[B", "\x1bOB"):
            self.recall(+1)
        elif not key.startswith("\x1b"):
            self.insert(key)

    def insert(self, character):
        if character == "\t":
            character = " "
        if unicodedata.category(character) in ("Cc", "Cs"):
            return
        if len(self.before) + len(self.after) >= DRAFT_LIMIT:
            return self.write("\a")
        self.before = self.before[:-2] + clusters("".join(self.before[-2:]) + character)

    def word_start(self):
        index = len(self.before)
        while index and self.before[index - 1].isspace():
            index -= 1
        while index and not self.before[index - 1].isspace():
            index -= 1
        return index

    def move(self, where):
        index, everything = len(self.before), self.before + self.after
        if where == "word right":
            while index < len(everything) and everything[index].isspace():
                index += 1
            while index < len(everything) and not everything[index].isspace():
                index += 1
        else:
            index = {
                "home": 0, "end": len(everything), "left": max(index - 1, 0), "right": index + 1,
                "word left": self.word_start(),
            }[where]
        self.before, self.after = everything[:index], everything[index:]

    def recall(self, step):
        if self.recalled is None:
            self.kept, self.recalled = self.draft, len(self.past)
        self.recalled = min(max(self.recalled + step, 0), len(self.past))
        self.set_draft(self.kept if self.recalled == len(self.past) else self.past[self.recalled])


class Keyboard(threading.Thread):
    """Reads standard input, a piece whenever `turn` is released, and posts it; an empty piece is its end."""

    SPECIAL = {
        "H": "\x1b[A", "P": "\x1b[B", "M": "\x1b[C", "K": "\x1b[D", "G": "\x1b[H", "O": "\x1b[F",
        "S": "\x1b[3~",
    }

    def __init__(self, post, has_keys):
        super().__init__(daemon=True)
        self.post = post
        self.read = self.read_keys if has_keys and msvcrt else self.read_bytes
        self.turn = threading.Semaphore(1)

    def run(self):
        piece = b"?"
        while piece:
            self.turn.acquire()
            piece = self.read()
            self.post("typed", piece)

    @staticmethod
    def read_bytes():
        while True:
            try:
                piece = sys.stdin.buffer.raw.read(4096)
            except OSError:
                return b""  # the terminal is gone
            if piece is not None:
                return piece
            time.sleep(0.05)  # somebody who shares it does not want to wait

    def read_keys(self):
        text = msvcrt.getwch()
        if text == "\x03":
            self.post("interrupted", None)
        elif text in "\x00\xe0" and msvcrt.kbhit():  # or else it is the letter
            text = self.SPECIAL.get(msvcrt.getwch(), "\x1b[9~")  # or a key that does nothing
        elif "\ud800" <= text <= "\udbff":
            text += msvcrt.getwch()
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


# The connection


class Connection:
    """Frames over TLS, to a server that was verified."""

    def __init__(self, host, port, context):
        """Connects, and waits for that."""
        place = f"{host}:{port}"
        try:
            link = socket.create_connection((host, port), timeout=10)
        except socket.gaierror as error:
            raise Failure(f"the host {host} is not known ({error.strerror})",
                          "check the name that --host gives, and this machine's network", GONE)
        except UnicodeError:
            raise Failure(f"{host} cannot be the name of a host", "check the name that --host gives", USAGE)
        except OSError as error:
            raise Failure(f"{place} cannot be reached ({error.strerror or error})",
                          "check that the server runs and that --host and --port are right", GONE)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.link = context.wrap_socket(link, server_hostname=host, suppress_ragged_eofs=False)
        except ssl.SSLCertVerificationError as error:
            raise Failure(f"the server's certificate was rejected: {error.verify_message}",
                          certificate_hint(error), REFUSED)
        except socket.timeout:
            raise Failure("the server accepted the connection but did not answer the TLS handshake",
                          "check host and port", PROTOCOL)
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError, ConnectionError):
            raise Failure("the server closed the connection instead of completing the TLS handshake",
                          "check host and port; the server may also be stopping, or full", PROTOCOL)
        except (OSError, ValueError) as error:
            hint = "check that host and port belong to a Snug server"
            if not ssl.HAS_TLSv1_3:
                hint = f"use another Python: this one's {ssl.OPENSSL_VERSION} has no TLS 1.3"
            reason = getattr(error, "reason", None) or error
            raise Failure(f"the TLS handshake failed: {reason}", hint, PROTOCOL)
        self.level = 1 if self.link.selected_alpn_protocol() == "snug/1" else 0
        self.link.setblocking(False)
        self.received, self.unsent = b"", b""
        self.sent_at = time.monotonic()
        self.hear()

    def hear(self):
        # Neither clock alone sees a machine that slept for what it is, or a clock that was set.
        self.heard = time.monotonic(), time.time()

    def silence(self):
        return max(time.monotonic() - self.heard[0], time.time() - self.heard[1])

    def facts(self):
        issuer = dict(pair for name in self.link.getpeercert().get("issuer", ()) for pair in name)
        whom = issuer.get("commonName") or issuer.get("organizationName") or "an authority without a name"
        return f"{self.link.version()} to {self.link.server_hostname}, vouched for by {whom}"

    def send(self, *payloads):
        """Has them sent with the next `flush`."""
        for payload in payloads:
            self.unsent += struct.pack(">I", len(payload)) + payload
        self.sent_at = time.monotonic()
        if len(self.unsent) > UNSENT_LIMIT:
            raise broken("it asks and does not take the answers")

    def flush(self):
        try:
            while self.unsent:
                self.unsent = self.unsent[self.link.send(self.unsent):]
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass

    def frames(self):
        """The payloads that have come; None once, at the proper end of all."""
        for _ in range(64):  # so that who says much is not all that is heard
            try:
                data = self.link.recv(65536)
            except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            if not data:
                yield None
                return
            self.hear()
            self.received += data
            start = 0
            while len(self.received) - start >= 4:
                count, = struct.unpack_from(">I", self.received, start)
                if count > FRAME_LIMIT:
                    raise broken(f"it announced a frame of {count} bytes")
                if len(self.received) - start - 4 < count:
                    break
                yield self.received[start + 4:start + 4 + count]
                start += 4 + count
            self.received = self.received[start:]

    def has_more(self):
        return self.link.pending() > 0

    def close(self):
        try:
            self.link.close()
        except OSError:
            pass


def certificate_hint(error):
    """By OpenSSL's numbers (X509_V_ERR_…)."""
    if error.verify_code in (62, 63, 64):
        return "give a name that is in it with --host, or ask the server's owner for one that names its host"
    if error.verify_code == 10:
        return "ask the server's owner to renew it, and check this machine's clock"
    if error.verify_code == 9:
        return "check this machine's clock; if it is right, wait until then"
    if error.verify_code in (2, 7, 18, 19, 20, 21):
        return ("ask the server's owner for the authority that issued it, and give it with --ca; if you did, "
                "someone may be impersonating the server")
    return "ask the server's owner for a proper server certificate"


class Message:
    """An object of JSON as level 1 has it, whose members have the types that they should have."""

    def __init__(self, payload):
        def object_of(pairs):
            if len({name for name, _ in pairs}) < len(pairs) or len(pairs) > 32:
                raise ValueError("members twice, or too many")
            return dict(pairs)

        def refuse(text):
            raise ValueError(f"no such number: {text[:40]}")

        def whole(digits):
            number = int(digits) if len(digits) < 18 else 2**63
            return number if abs(number) < 2**53 else refuse(digits)

        try:
            self.members = json.loads(payload.decode(), object_pairs_hook=object_of, parse_float=refuse,
                                      parse_constant=refuse, parse_int=whole)
            self.check(self.members, 1)
        except (ValueError, RecursionError) as error:
            raise broken(f"what it sent is no message ({error})")
        if not isinstance(self.members, dict):
            raise broken("what it sent is no message")

    def check(self, value, level):
        if isinstance(value, (dict, list)):
            if level > 4:
                raise ValueError("too many levels")
            for inner in [*value, *value.values()] if isinstance(value, dict) else value:
                self.check(inner, level + 1)
        elif isinstance(value, str) and re.search("[\ud800-\udfff]", value):
            raise ValueError("half of a character")

    def get(self, name, kind, *default):
        value = self.members.get(name, *default)
        if type(value) is not kind and not (default and value is default[0]):
            raise broken(f"its message has no right {name}")
        return value

    def text(self, name, *default):
        return self.get(name, str, *default)

    def number(self, name, *default):
        return self.get(name, int, *default)

    def flag(self, name):
        return self.get(name, bool, False)

    def list(self, name):
        found = self.get(name, list)
        if not all(isinstance(each, dict) for each in found):
            raise broken(f"its message has no right {name}")
        return found

    def person(self, name):
        """The name and the id of a person."""
        person = self.get(name, dict)
        if not isinstance(person.get("name"), str) or not isinstance(person.get("id"), str):
            raise broken(f"its message has no right {name}")
        return person["name"], person["id"]


# The chat


class Room:
    """What is known of a room that one is in."""

    def __init__(self):
        self.seen = None         # the greatest seq that was received
        self.last = 0            # the seq up to which it is told on coming
        self.is_private = False
        self.is_told = False     # on this connection
        self.is_ready = False    # all that was said before is told


class Line:
    """Something that was said and is not confirmed."""

    def __init__(self, message, is_private):
        self.message, self.is_private = message, is_private


class Client:
    """A stay in a chat, over as many connections as it takes."""

    def __init__(self, options, context, passphrase):
        self.options, self.context, self.passphrase = options, context, passphrase
        self.name, self.id = options.name, None
        self.screen, self.keyboard = Lines(options.time), None
        self.events = queue.SimpleQueue()
        self.bell, self.ringer = socket.socketpair()
        for end in (self.bell, self.ringer):
            end.setblocking(False)
        self.connection = None
        self.was_in = self.is_in = False     # ever; on this connection
        self.pause, self.retry_at, self.lost_at = 1, None, None
        self.token, self.epoch = None, None
        self.rooms, self.room = {}, "main"
        self.untold = 0                      # rooms that were asked for on entering and not answered
        self.waiting = collections.deque()   # lines as they were typed
        self.unconfirmed = {}                # ref: Line, in order
        self.asked = {}                      # ref: the command whose answer is waited for
        self.joining = None                  # the ref of the command whose answer changes where lines go
        self.paging = None                   # the room whose history was asked for
        self.refs, self.mark = 0, f"{random.SystemRandom().getrandbits(40):x}"
        self.answering = None                # who wrote to us alone last
        self.is_catching_up, self.missed = False, 0
        self.partial, self.is_skipping = b"", False
        self.ended_at = None                 # when the input ended
        self.is_owed_turn = False
        self.quit_at, self.has_failed, self.is_done = None, False, False
        self.signals = set()
        self.is_accepted = True              # level 0: the passphrase was
        if options.room:
            self.waiting.append(f"/join {options.room}")

    # Waiting

    def post(self, kind, what):
        self.events.put((kind, what))
        try:
            self.ringer.send(b"!")
        except OSError:
            pass  # it rings already, or nobody listens any more

    def connect(self):
        self.retry_at = None

        def make():
            try:
                self.post("connected", Connection(self.options.host, self.options.port, self.context))
            except Failure as failure:
                self.post("failed", failure)

        threading.Thread(target=make, daemon=True).start()

    def run(self):
        self.connect()
        while not self.is_done:
            self.say_what_waits()
            self.leave_if_done()
            self.tell_state()
            link = self.connection and self.connection.link
            readers = [self.bell] + ([link] if link else [])
            writers = [link] if link and self.connection.unsent else []
            has_more = link and self.connection.has_more()
            select.select(readers, writers, [], 0 if has_more else self.time_to_wait())
            try:
                self.bell.recv(4096)
            except BlockingIOError:
                pass
            self.obey_signals()
            while not self.is_done:
                try:
                    kind, what = self.events.get_nowait()
                except queue.Empty:
                    break
                self.take(kind, what)
            if self.connection:
                self.exchange()
            self.look_at_clock()

    def time_to_wait(self):
        until = [time.monotonic() + 10]
        until += [each for each in (self.retry_at, self.quit_at) if each]
        return max(0, min(until) - time.monotonic())

    def take(self, kind, what):
        if kind == "typed":
            self.take_typed(what)
        elif kind == "interrupted":
            raise KeyboardInterrupt
        elif kind == "connected":
            self.connection = what
            if not self.was_in:
                self.screen.note(f"connected over {what.facts()}")
            if what.level == 0:
                self.enter_level_zero()
        else:
            if not self.was_in or what.code not in (GONE, PROTOCOL):
                raise what
            self.come_back_later(what.sentence)

    def look_at_clock(self):
        now = time.monotonic()
        if self.retry_at and now >= self.retry_at:
            self.connect()
        if self.connection and self.connection.level == 1 and self.connection.silence() > SILENCE:
            self.lose(f"nothing came for {SILENCE} s")
        connection = self.connection
        if connection and connection.level == 0 and self.is_in and now - connection.sent_at > 15:
            self.connection.send(b"")
        if self.quit_at and now >= self.quit_at:
            self.is_done = True  # all is confirmed: a goodbye that does not come changes nothing
        if self.ended_at and self.lost_at and now - max(self.ended_at, self.lost_at) > PATIENCE:
            raise Failure("the connection to the server was lost and could not be made again",
                          "check the network, and join again when the server can be reached", GONE)

    def exchange(self):
        connection = self.connection
        try:
            for payload in connection.frames():
                if payload is None:
                    self.lose("the server ended the connection", is_proper=True)
                elif connection.level == 0:
                    self.take_text(payload)
                elif payload:
                    self.take_message(Message(payload))
                if self.connection is not connection or self.is_done:
                    return
            connection.flush()
        except OSError as error:
            reason = getattr(error, "reason", None) or error.strerror or str(error)
            if isinstance(error, ssl.SSLEOFError):
                reason = "it was cut without a goodbye"
            self.lose(f"the connection was lost: {reason}")

    def lose(self, reason, after=0, is_proper=False):
        """The connection is gone; comes back, if anything could be resumed."""
        level, was_in = self.connection.level, self.is_in
        self.connection.close()
        for ref, message in self.asked.items():
            if ref == self.joining and message["type"] == "join":
                # What was typed behind it is for that room.
                self.waiting.appendleft(f"/join {message['room']}")
            else:
                self.fail(f"cut before the answer came: /{message['type']}", "look whether it was done")
        self.connection, self.is_in, self.joining, self.paging, self.asked = None, False, None, None, {}
        for room in self.rooms.values():
            room.is_told = room.is_ready = False
        if self.quit_at and (level == 1 or is_proper):
            self.is_done = True  # nothing is unconfirmed
            return
        if not self.was_in and not was_in:
            raise Failure("the server did not let you in" if is_proper else reason,
                          NOT_IN, GONE if is_proper else PROTOCOL)
        if level == 0:
            raise Failure(f"{reason}; this server cannot resume a stay",
                          "join again, and repeat the last lines if they have not arrived",
                          GONE if is_proper else PROTOCOL)
        self.come_back_later(reason, after)

    def come_back_later(self, reason, after=0):
        wait = max(after, self.pause * (1 + random.random() / 2))
        if not self.lost_at:
            self.lost_at = time.monotonic()
            hint = "; Enter tries at once" if self.screen.is_terminal else ""
            self.screen.note(f"{reason}; coming back in {wait:.0f} s{hint}")
        self.pause = min(2 * self.pause, 10)
        self.retry_at = time.monotonic() + wait

    def tell_state(self):
        count = len(self.unconfirmed) + len(self.waiting)
        state = [f"#{clean(self.room)}"] if self.room != "main" else []
        state += ["offline"] if not self.is_in else []
        state += [f"{count} unconfirmed"] if count else []
        self.screen.tell(", ".join(state))

    # Input

    def end_input(self):
        self.ended_at = self.ended_at or time.monotonic()

    def take_typed(self, piece):
        if self.screen.is_terminal:
            for line in self.screen.typed(self.decoder.decode(piece)) + ([] if piece else [None]):
                if self.retry_at:
                    self.retry_at, self.pause = time.monotonic(), 1
                if line is None:
                    self.end_input()
                elif line.strip():
                    self.waiting.append(line)
        else:
            *lines, self.partial = (self.partial + piece).split(b"\n")
            if not piece:
                lines, self.partial = lines + [self.partial], b""
                self.end_input()
            for line in lines:
                if line.strip() and not self.is_skipping:
                    self.waiting.append(line.decode(errors="replace").rstrip("\r"))
                self.is_skipping = False
            if len(self.partial) > 2 * FRAME_LIMIT:
                if not self.is_skipping:
                    self.fail(f"a line of more than {2 * FRAME_LIMIT} bytes was not said", SEVERAL)
                self.partial, self.is_skipping = b"", True
        self.is_owed_turn = True

    def fail(self, sentence, hint=""):
        """Something was not done; a program learns it by the exit code."""
        self.has_failed = True
        self.screen.note(f"{sentence} ({hint})" if hint else sentence)

    def say_what_waits(self):
        while self.waiting and self.is_in and not self.joining and len(self.unconfirmed) < IN_FLIGHT:
            room = self.rooms.get(self.room)
            if self.connection.level == 1 and not (room and room.is_ready):
                break
            self.say(self.waiting.popleft())
        # At a terminal what is typed has to be seen; from a file it can wait there.
        if self.is_owed_turn and (self.screen.is_terminal or not self.waiting):
            self.is_owed_turn = False
            self.keyboard.turn.release()

    def leave_if_done(self):
        if not self.ended_at or self.quit_at or self.waiting or self.unconfirmed or self.asked:
            return
        if not self.is_in:
            self.is_done = self.was_in
        else:
            if self.connection.level == 0:
                self.quit_at = time.monotonic() + 10 * 365 * 86400  # its goodbye is what confirms the lines
                self.connection.send(b"/quit")
            else:
                self.quit_at = time.monotonic() + 5
                self.send(type="quit")

    def say(self, text):
        if self.connection.level == 0:
            self.say_text(text)
        elif not text.startswith("/"):
            self.send_line(type="say", room=self.room, text=text)
        elif text.startswith("//"):
            self.send_line(type="say", room=self.room, text=text[1:])
        else:
            word, _, rest = text.partition(" ")
            self.obey(word.lower(), rest.strip())

    def obey(self, word, rest):
        if word == "/me" and rest:
            self.send_line(type="say", room=self.room, text=rest, action=True)
        elif word == "/msg" and " " in rest:
            name, _, text = rest.partition(" ")
            self.send_line(type="direct", to=name, text=text)
        elif word == "/r" and rest and self.answering:
            self.send_line(type="direct", to=self.answering, text=rest)
        elif word == "/r" and rest:
            self.fail("nobody has said anything to you alone yet")
        elif word == "/join" and rest:
            rest = rest.lstrip("#")
            if rest in self.rooms:
                self.room = rest
            else:
                self.joining = self.ask(type="join", room=rest)
        elif word == "/leave":
            self.joining = self.ask(type="leave", room=self.room)
        elif word == "/nick" and rest:
            self.ask(type="nick", name=rest)
        elif word in ("/who", "/private"):
            self.ask(type=word[1:], room=self.room)
        elif word == "/topic":
            self.ask(type="topic", room=self.room, **({"text": rest} if rest else {}))
        elif word == "/rooms":
            self.ask(type="rooms")
        elif word == "/invite" and rest:
            self.ask(type="invite", name=rest, room=self.room)
        elif word == "/history" and (not rest or rest.isdecimal() and 0 < int(rest[:4]) <= 200):
            self.page(self.room, int(rest or 50))
        elif word == "/help":
            self.screen.note(COMMANDS)
        elif word == "/quit":
            self.end_input()
            self.drop_waiting()
        else:
            self.fail(f"{word} is no command, or not with that; nothing was said",
                      "/help lists them; //x says /x")

    def page(self, room, count):
        self.paging = room
        self.ask(type="history", room=room, limit=count)

    def new_ref(self):
        self.refs += 1
        return f"{self.mark}-{self.refs}"

    def ask(self, **message):
        ref = self.new_ref()
        self.asked[ref] = message
        self.send(**message, ref=ref)
        return ref

    def send_line(self, **message):
        message["ref"] = self.new_ref()
        if len(self.payload(message)) > FRAME_LIMIT:
            return self.fail(f"too long, and not said: {message['text'][:40]}…", SEVERAL)
        room = self.rooms.get(message.get("room"))
        self.unconfirmed[message["ref"]] = Line(message, bool(room and room.is_private))
        self.send(**message)

    @staticmethod
    def payload(message):
        return json.dumps(message, ensure_ascii=False).encode(errors="replace")

    def send(self, *first, **message):
        payload = self.payload(message)
        length = sum(4 + len(each) for each in first) + 4 + len(payload)
        padding = min(-length % RECORD, FRAME_LIMIT - len(payload))
        self.connection.send(*first, payload + b" " * padding)

    def drop_waiting(self):
        if self.waiting:
            self.fail(f"not said: {'; '.join(self.waiting)}")
        self.waiting.clear()
        if not self.screen.is_terminal:
            self.end_input()

    # Level 1

    def take_message(self, message):
        kind = message.text("type")
        take = {
            "hello": self.on_hello, "entered": self.on_entered, "room": self.on_room,
            "history": self.on_history,
            "gap": self.on_gap, "direct": self.on_direct, "refused": self.on_refused,
            "notice": self.on_notice,
            "rooms": self.on_rooms, "ping": self.on_ping, "bye": self.on_bye,
        }.get(kind)
        if take:
            take(message)
        elif kind in self.WORDS:
            self.on_event(kind, message)

    def on_hello(self, hello):
        if hello.number("protocol") != 1:
            raise broken("it speaks another level than it agreed to")
        secret = []
        if hello.flag("passphrase"):
            if not self.passphrase:
                raise PassphraseWanted(False)
            secret = [self.passphrase]
        message = {
            "type": "enter", "name": self.name,
            "rooms": ["main"] + [room for room in self.rooms if room != "main"],
            "client": "snug.py", "history": self.options.history,
        }
        self.untold = len(message["rooms"])
        if self.token:
            seen = {name: room.seen for name, room in self.rooms.items() if room.seen is not None}
            message["resume"] = {"token": self.token, "epoch": self.epoch, "seen": seen}
        epoch = hello.text("epoch")
        if epoch != self.epoch:
            self.epoch = epoch
            for room in self.rooms.values():
                room.seen = None
        self.send(*secret, **message)

    def on_entered(self, message):
        self.token = message.text("token")
        self.id = message.person("you")[1]
        self.is_in, self.pause = True, 1
        if self.lost_at:
            is_same = message.flag("resumed")
            self.screen.note("back" if is_same else "back, as somebody new: the stay had ended")
            self.lost_at, self.is_catching_up = None, True
        if not self.was_in:
            self.was_in = True
            self.begin_typing()

    def begin_typing(self):
        """Only now: until here the terminal may be asked for the passphrase, and a failure loses no draft."""
        if sys.stdin.isatty() and sys.stdout.isatty() and understands_sequences():
            self.decoder = codecs.getincrementaldecoder("utf-8")("replace")
            self.screen = Screen(self.options.time)
            self.watch_terminal()
        self.keyboard = Keyboard(self.post, self.screen.is_terminal)
        self.keyboard.start()

    def watch_terminal(self):
        """Has the loop see Ctrl-Z and a window's new size, and an end from outside restore the terminal."""
        def end(number, _):
            raise SystemExit(128 + number)

        signal.set_wakeup_fd(self.ringer.fileno(), warn_on_full_buffer=False)
        for name in ("SIGTSTP", "SIGWINCH"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), lambda number, _: self.signals.add(number))
        for name in ("SIGTERM", "SIGHUP"):
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), end)

    def obey_signals(self):
        numbers, self.signals = self.signals, set()
        if hasattr(signal, "SIGTSTP") and signal.SIGTSTP in numbers:
            self.screen.close()
            os.kill(os.getpid(), signal.SIGSTOP)
            self.screen.open()
        elif numbers:
            self.screen.draw()

    def on_room(self, message):
        name, people = message.text("room"), message.list("people")
        names = [each.get("name") for each in people]
        if not all(isinstance(each, str) for each in names):
            raise broken("its message has no right people")
        asked = self.asked.get(message.text("ref", None), {}).get("type")
        topic = message.text("topic", "")
        if asked in ("who", "topic"):
            if not message.flag("more"):
                del self.asked[message.text("ref")]
            if asked == "who":
                self.show(f"* online: {', '.join(names)} *")
            elif not message.flag("more"):
                self.show(f"* topic of #{name}: {topic} *" if topic else f"* #{name} has no topic *")
            return
        room = self.rooms.get(name)
        if room and room.is_told:
            return  # more of the people
        if not room:
            if len(self.rooms) >= 16:
                raise broken("it tells of more rooms than anybody is in")
            room = self.rooms[name] = Room()
            if name != "main" or topic:
                self.show(f"* you are in #{name} ({len(names)} here){': ' if topic else ''}{topic} *")
        room.is_told, room.last = True, message.number("last")
        is_private = message.flag("private")
        if room.is_private and not is_private:
            self.forget_room(name)  # it is another one of that name: others would hear what was meant for it
        room.is_private = is_private
        self.untold -= 1
        self.drop_untold()

    def drop_untold(self):
        """Of the rooms that were asked for on entering, some are told, and as many others are refused."""
        if self.untold == 0:
            for name in [name for name, room in self.rooms.items() if not room.is_told]:
                del self.rooms[name]
                self.forget_room(name)

    def forget_room(self, name):
        """What waits for a room that one is not in any more is not said anywhere else."""
        for ref in [ref for ref, line in self.unconfirmed.items() if line.message.get("room") == name]:
            line = self.unconfirmed.pop(ref)
            self.fail(f"may not have been said in #{name}: {line.message['text']}")
        if self.room == name:
            self.room = "main"
            if name != "main":
                self.fail(f"you are not in #{name} any more, but in #main")
            self.drop_waiting()

    def on_history(self, message):
        name = message.text("room")
        if self.asked.pop(message.text("ref", None), None):
            self.paging = None
            return
        room = self.rooms.get(name)
        if not room or room.is_ready:
            return
        room.is_ready = True
        room.seen = max(room.last, room.seen or 0)
        self.say_again(lambda line: line.message.get("room") == name)
        if all(room.is_ready for room in self.rooms.values()):
            self.say_again(lambda line: line.message["type"] == "direct")
            if self.missed:
                self.screen.note(f"said meanwhile: {self.missed} line{'s' * (self.missed > 1)}")
            self.is_catching_up, self.missed = False, 0

    def say_again(self, is_meant):
        for line in self.unconfirmed.values():
            if is_meant(line):
                self.send(**line.message)

    def on_gap(self, message):
        name = message.text("room")
        self.show("* lines are missing here: the server no longer keeps them *", room=name)

    def on_direct(self, message):
        (sender, sender_id), (receiver, _) = message.person("from"), message.person("to")
        is_own = sender_id == self.id
        self.unconfirmed.pop(message.text("ref", None), None)
        if not is_own:
            self.answering = sender
        if not is_own or self.screen.is_terminal:
            whom = f"to {receiver} alone" if is_own else "only to you"
            self.show(f"* {sender} ({whom}): {message.text('text')} *", message.number("time"))

    def on_refused(self, message):
        ref, code = message.text("ref", None), message.text("code")
        if code == "wrong-passphrase":
            raise PassphraseWanted(True)
        line, asked = self.unconfirmed.pop(ref, None), self.asked.pop(ref, None)
        said = f"\"{line.message['text'][:40]}\": " if line else ""
        self.fail(f"{said}not done: {message.text('text')}", message.text("hint", ""))
        if asked and asked["type"] == "history":
            self.paging = None
        if ref and ref == self.joining:
            self.joining = None
            self.drop_waiting()  # it was meant for another room
        if not ref and self.is_in and self.untold and code in self.NO_ROOM:
            self.untold -= 1
            self.drop_untold()

    def on_notice(self, message):
        if message.text("code") == "lines-not-said":
            self.has_failed = True
        self.show(f"* {message.text('text')} *", ref=None)

    def on_rooms(self, message):
        if not message.flag("more"):
            self.asked.pop(message.text("ref", None), None)
        told = []
        for each in message.list("rooms"):
            if not isinstance(each.get("room"), str) or type(each.get("people")) is not int:
                raise broken("its message has no right rooms")
            told.append(f"#{each['room']} ({each['people']})")
        self.show(f"* rooms: {', '.join(told)} *")

    def on_ping(self, message):
        self.send(type="pong", id=message.text("id"))

    def on_bye(self, message):
        reason, after = message.text("reason"), message.number("after", None)
        if self.quit_at and reason == "quit":
            self.is_done = True
        elif not self.was_in and not self.is_in:
            raise Failure("the server did not let you in", NOT_IN, GONE)
        elif after is None:
            raise Failure(f"the server has ended the chat: {clean(reason)}",
                          "join again, unless the last message says why that is no use", GONE)
        else:
            self.lose(f"the server ends ({reason})", after=min(after, 3600))

    NO_ROOM = ("no-such-room", "room-not-fit", "too-many-rooms")
    ACTORS = {"said": "from", "joined": "who", "left": "who", "renamed": "who"}
    WORDS = {
        "said": "", "joined": "{who} joined the chat", "left": "{who} left", "renamed": "{was} is now {who}",
        "topic": "{by} set the topic: {text}", "private": "{by} made the room private",
        "invited": "{by} invited {who} into the room", "kicked": "{who} was kicked by {by}{reason}",
        "muted": "{name} was muted by {by}{reason}", "banned": "{name} was banned by {by}{reason}",
        "unbanned": "{by} lifted ban {number} of {name}",
    }

    def on_event(self, kind, message):
        name, seq, ref = message.text("room"), message.number("seq"), message.text("ref", None)
        who, who_id = message.person(self.ACTORS.get(kind, "by"))
        is_own, room = who_id == self.id, self.rooms.get(name)
        is_said_here = kind == "said" and bool(self.unconfirmed.pop(ref, None))
        is_own_line = kind == "said" and (is_said_here or is_own or (ref or "").startswith(self.mark + "-"))
        if room and room.seen is not None and seq <= room.seen:
            if not (message.flag("replay") and self.paging == name):
                return  # told before
        elif room:
            room.seen = seq
            if self.is_catching_up and kind == "said" and not is_own_line and message.flag("replay"):
                self.missed += 1
        has_come = kind == "joined" and is_own and ref and ref == self.joining
        if has_come:
            self.joining, self.room = None, name
        text = self.words(kind, message, who)
        if not is_own_line or self.screen.is_terminal:
            self.show(text, message.number("time"), name)
        asked = self.asked.pop(ref, None)
        if kind == "renamed" and is_own and asked:
            self.name = who
        if has_come and room and self.options.history:
            self.page(name, self.options.history)
        if kind == "left" and is_own:
            if ref and ref == self.joining:
                self.joining, self.room = None, "main"
            self.rooms.pop(name, None)
            self.forget_room(name)

    def words(self, kind, message, who):
        if kind == "said":
            text = message.text("text")
            return f"* {who} {text} *" if message.flag("action") else f"{who}: {text}"
        if kind == "invited" and message.person("who")[1] == self.id:
            return f"* {who} invites you: /join {message.text('room')} *"
        if kind == "topic" and not message.text("text"):
            return f"* {who} took the topic away *"
        reason = message.text("reason", "")
        facts = {
            "by": who, "who": message.person("who")[0] if "who" in message.members else who,
            "was": message.text("was", ""), "text": message.text("text", ""),
            "name": message.text("name", ""),
            "number": message.number("number", 0), "reason": f": {reason}" if reason else "",
        }
        return f"* {self.WORDS[kind].format(**facts)} *"

    def show(self, text, at=None, room=None, ref=None):
        """Shows what came from the server, made safe, with its time if it has one."""
        when = ""
        if self.screen.time_format:
            now = time.localtime()
            try:
                then = time.localtime(at / 1000) if at is not None else now
                day = "" if then[:3] == now[:3] else time.strftime("%Y-%m-%d ", then)
                when = day + time.strftime(self.screen.time_format, then) + " "
            except (OverflowError, ValueError, OSError):
                when = "--:-- "
        place = f"#{room} " if room not in (None, self.room) and self.screen.is_terminal else ""
        self.screen.show(clean(when + place + text))

    # Level 0

    def enter_level_zero(self):
        self.screen.note("this server speaks level 0 only: a connection that is cut cannot be resumed")
        self.is_accepted = not self.passphrase
        name = (self.name or "anon").encode(errors="replace")
        self.connection.send(*([self.passphrase] if self.passphrase else []), name)

    def take_text(self, payload):
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            raise broken("what it sent is not UTF-8")
        if not text:
            return
        if not self.is_in and text == "wrong passphrase":
            raise PassphraseWanted(bool(self.passphrase))
        if not self.is_accepted:
            if text != "ok":
                raise Failure("the server did not ask for a passphrase and took yours as a name",
                              "change that passphrase, and unset CHAT_SECRET for this server", REFUSED)
            self.is_accepted = True
            return
        self.show(text)
        if not self.is_in and text.startswith("* ") and text.endswith(" joined the chat *"):
            self.is_in = self.was_in = True
            self.begin_typing()

    def say_text(self, text):
        if text == "/quit":
            self.end_input()
            return self.drop_waiting()
        payload = text.encode(errors="replace")
        if len(payload) > FRAME_LIMIT:
            return self.fail(f"too long, and not said: {text[:40]}…", SEVERAL)
        self.connection.send(payload)
        if self.screen.is_terminal and not text.startswith("/"):
            self.show(f"{self.name}: {text}")

    # The end

    def leave_at_once(self):
        if self.connection and self.connection.level == 1 and self.is_in:
            try:
                self.send(type="quit")
                self.connection.flush()
            except OSError:
                pass

    def close(self):
        """Gives the terminal back, and says what may be lost."""
        draft = getattr(self.screen, "draft", "")
        self.screen.close()
        if self.connection:
            self.connection.close()
        doubtful = [line.message["text"] for line in self.unconfirmed.values()]
        if doubtful:
            complain("these lines may not have arrived:", *(f"  {line}" for line in doubtful))
        waiting = [line for line in self.waiting if line != f"/join {self.options.room}"]
        unsent = waiting + [draft] * bool(draft.strip())
        if unsent:
            complain("this was not sent:", *(f"  {line}" for line in unsent))
        return bool(doubtful or waiting)


def complain(*lines):
    try:
        sys.stderr.write("".join(clean(line) + "\n" for line in lines))
        sys.stderr.flush()
    except OSError:
        pass  # nobody reads it


def understands_sequences():
    """Whether the terminal obeys what the screen is drawn with; Windows wants to be asked to."""
    if os.environ.get("TERM") == "dumb" or not (termios or msvcrt):
        return False
    if not msvcrt:
        return True
    import ctypes
    kernel, mode = ctypes.windll.kernel32, ctypes.c_uint32()
    handle = ctypes.c_void_p(kernel.GetStdHandle(-11))
    is_known = kernel.GetConsoleMode(handle, ctypes.byref(mode))
    return bool(is_known and kernel.SetConsoleMode(handle, mode.value | 4))


# From the command line to the chat


def passphrase_from_environment():
    if os.supports_bytes_environ:
        value = os.environb.pop(b"CHAT_SECRET", None)
    else:
        value = os.environ.pop("CHAT_SECRET", None)
    path = os.environ.get("CHAT_SECRET_FILE")
    if value is not None and path is not None:
        raise Failure("CHAT_SECRET and CHAT_SECRET_FILE are both set", "unset one of them", CONFIGURATION)
    if path is not None:
        if not path:
            raise Failure("CHAT_SECRET_FILE is set but empty",
                          "name the file, or unset it to do without a passphrase",
                          CONFIGURATION)
        return checked_passphrase(passphrase_from_file(path), f"the passphrase file {path}")
    if value is None:
        return None
    return checked_passphrase(os.fsencode(value), "CHAT_SECRET")


def passphrase_from_file(path):
    name = f"the passphrase file {path}"
    try:
        with open(path, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode) and not stat.S_ISFIFO(facts.st_mode):
                raise Failure(f"{name} is not a regular file", "is the file you mean somewhere else?",
                              CONFIGURATION)
            if hasattr(os, "getuid") and stat.S_ISREG(facts.st_mode):
                if facts.st_uid not in (0, os.getuid()) or facts.st_mode & 0o077:
                    raise Failure(f"{name} is open to other users", f"keep it for yourself: chmod 600 {path}",
                                  CONFIGURATION)
            content = file.read(FRAME_LIMIT + 3)
    except OSError as error:
        raise Failure(f"{name} cannot be read: {error.strerror}", "check the path, and who may read it",
                      CONFIGURATION)
    if content.endswith(b"\n"):
        content = content[:-2] if content.endswith(b"\r\n") else content[:-1]
    return content


def checked_passphrase(secret, source):
    if not secret:
        what, variable = ("set but ", source) if source == "CHAT_SECRET" else ("", "CHAT_SECRET_FILE")
        raise Failure(f"{source} is {what}empty",
                      f"give it a passphrase, or unset {variable} to do without one", CONFIGURATION)
    if len(secret) > FRAME_LIMIT:
        raise Failure(f"{source} is longer than {FRAME_LIMIT} bytes", "choose a shorter passphrase",
                      CONFIGURATION)
    try:
        is_text = "\0" not in secret.decode()
    except UnicodeDecodeError:
        is_text = False
    if not is_text:
        raise Failure(f"{source} is not UTF-8 text, or has a NUL byte",
                      "choose a passphrase of printable characters",
                      CONFIGURATION)
    return secret


def make_context(options):
    os.environ.pop("SSLKEYLOGFILE", None)  # or whoever can set it reads along
    if not options.system_trust and not os.path.exists(options.ca):
        raise Failure(f"{options.ca} does not exist",
                      "check the path, and give the file that the server's owner gave you with --ca",
                      CONFIGURATION)
    try:
        context = ssl.create_default_context(cafile=None if options.system_trust else options.ca)
    except (ssl.SSLError, OSError) as error:
        is_format = isinstance(error, ssl.SSLError)
        raise Failure(
            f"{options.ca} "
            + ("holds no certificate in PEM" if is_format else f"cannot be read: {error.strerror}"),
            "give the file that the server's owner gave you with --ca", CONFIGURATION,
        )
    context.minimum_version = ssl.TLSVersion.TLSv1_3 if ssl.HAS_TLSv1_3 else ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE+AESGCM:ECDHE+CHACHA20")
    if ssl.HAS_NEVER_CHECK_COMMON_NAME:
        context.hostname_checks_common_name = False
    context.set_alpn_protocols(["snug/1", "snug/0"])
    return context


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Failure(message, "--help lists what it takes", USAGE)


def read_options():
    parser = Parser(
        usage="python3 snug.py [--name NAME] [--host HOST] [OPTIONS]", description=ABOUT, epilog=MORE,
        allow_abbrev=False,
        formatter_class=lambda prog: argparse.RawDescriptionHelpFormatter(
            prog, width=80, max_help_position=20
        ),
    )

    def option(name, default, words, kind=str):
        value = os.environ.get("SNUG_" + name.upper()) or default
        parser.add_argument(f"--{name}", default=value, type=kind, metavar=name.upper(), help=words)

    def number(first, last):
        def parse(text):
            if not text.isdecimal() or not first <= int(text[:9]) <= last:
                raise argparse.ArgumentTypeError(f"it takes a number from {first} to {last}")
            return int(text)
        return parse

    option("host", "localhost",
           "host name or address; the certificate must be for this name (default: localhost)")
    option("port", "9443", "port of the server (default: 9443)", number(1, 65535))
    option("name", None, "name to ask for (default: your login name)")
    option("ca", "certs/ca.pem", "certificates of the authorities to trust, in PEM; nobody else is trusted "
           "(default: certs/ca.pem)")
    parser.add_argument("--system-trust", action="store_true",
                        help="trust the authorities that this system trusts, instead of --ca")
    option("room", None, "room to say lines in, beside main")
    option("history", None, "earlier lines to show of a room, 0 to 200 (default: 20 at a terminal, else 0)",
           number(0, 200))
    option("time", None,
           "form of the time stamps, such as %%H:%%M, or none (default: %%H:%%M at a terminal, else none)")
    options = parser.parse_args()
    is_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    if options.history is None:
        options.history = 20 if is_terminal else 0
    if options.time is None:
        options.time = "%H:%M" if is_terminal else "none"
    options.time = "" if options.time == "none" else options.time
    if options.name is None:
        try:
            options.name = getpass.getuser()
        except (OSError, KeyError, ImportError):
            options.name = ""  # the server chooses
    if len(options.name.encode(errors="replace")) > 256:
        raise Failure("--name takes at most 256 bytes", "give a shorter one", USAGE)
    return options


def chat(options, context, passphrase):
    """Chats until the end, asking for the passphrase where that is possible, and returns the exit code."""
    may_ask = passphrase is None and sys.stdin.isatty() and sys.stderr.isatty()
    for questions_left in (3, 2, 1, 0):
        client = Client(options, context, passphrase)
        code = 0
        try:
            client.run()
        except PassphraseWanted as wanted:
            was_sent, = wanted.args
            sentence = "wrong passphrase" if was_sent else "the server asks for a passphrase"
            if not may_ask or client.was_in or not questions_left:
                raise Failure(sentence, "set CHAT_SECRET or CHAT_SECRET_FILE to the room's passphrase",
                              REFUSED)
            complain("wrong passphrase" if was_sent else "this room has a passphrase")
            typed = getpass.getpass("passphrase: ")
            passphrase = checked_passphrase(typed.encode(errors="replace"), "what was typed")
            continue
        except KeyboardInterrupt:
            client.leave_at_once()
            code = 0 if client.screen.is_terminal else 130
        except SystemExit as end:
            code = end.code
        finally:
            is_lacking = client.close()
        if code:
            return code
        return GONE if is_lacking else FAILED if client.has_failed and not client.screen.is_terminal else 0
    return FAILED


def main():
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # it was closed; a connection that got its number would be written to
            setattr(sys, name, open(os.devnull, mode))
    for stream in (sys.stdout, sys.stderr):
        if not stream.isatty():
            stream.reconfigure(encoding="utf-8", newline="\n")
        stream.reconfigure(errors="replace")
    try:
        options = read_options()
        return chat(options, make_context(options), passphrase_from_environment())
    except Failure as failure:
        complain(f"error: {failure.sentence}", f"hint: {failure.hint}")
        return failure.code
    except (KeyboardInterrupt, EOFError):
        return 130


if __name__ == "__main__":
    code = main()
    try:
        sys.stdout.flush()
    except OSError:
        pass
    os._exit(code)  # the keyboard's thread waits for a key that nobody presses any more
