# SPDX-License-Identifier: Apache-2.0
"""A program at a terminal of its own, and what a person would do and see there."""
import errno
import fcntl
import os
import pty
import signal
import struct
import termios

import children
from terminal import CUTS, Terminal


class Window:
    """Belongs to a world, in which it takes what the program writes."""

    def __init__(self, world, command, environment, folder, columns=80, lines=24, resizing=CUTS):
        self.world = world
        self.unwritten = b""
        self.terminal = Terminal(columns, lines, self.write, resizing)
        self.recorded = bytearray()
        self.is_stopped = False
        self.master, slave = pty.openpty()
        self.set_size(columns, lines)
        self.modes = termios.tcgetattr(slave)
        self.slave = slave  # kept open: the modes that the program leaves are read there
        self.process = children.start(command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=folder,
                                      start_new_session=True, terminal=slave)
        os.set_blocking(self.master, False)
        world.watch(self.master, self)

    # Hands

    def write(self, text):
        self.unwritten += text.encode()
        self.flush()

    def flush(self):
        while self.unwritten:
            try:
                written = os.write(self.master, self.unwritten)
            except BlockingIOError:
                break
            except OSError:
                self.unwritten = b""
                break
            self.unwritten = self.unwritten[written:]
        if self.master in self.world.watched:
            self.world.watch(self.master, self, writes=bool(self.unwritten))

    def resize(self, columns, lines):
        """The terminal has the new size before the program learns of it."""
        self.terminal.resize(lines, columns)
        self.set_size(columns, lines)

    def set_size(self, columns, lines):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def stop(self):
        """As a laptop does with everything when it is closed."""
        if self.process.poll() is None:
            self.is_stopped = True
            self.process.send_signal(signal.SIGSTOP)

    def go_on(self):
        if self.is_stopped:
            self.is_stopped = False
            self.process.send_signal(signal.SIGCONT)

    # Eyes

    def ready(self, reads, writes):
        if writes:
            self.flush()
        if not reads:
            return
        try:
            data = os.read(self.master, 65536)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if data:
            self.recorded += data
            self.terminal.take(data)
        else:
            self.world.unwatch(self.master)

    @property
    def has_its_modes_back(self):
        return termios.tcgetattr(self.slave) == self.modes

    @property
    def code(self):
        return self.process.poll()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.world.unwatch(self.master)
        os.close(self.master)
        os.close(self.slave)
