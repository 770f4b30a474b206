# SPDX-License-Identifier: Apache-2.0
"""The real server: started, stopped, killed and started again on the same ports, with the same history file."""
import base64
import hashlib
import os
import re
import signal
import subprocess
from pathlib import Path

import children

PROGRAM = Path(os.environ.get("SNUG_PROGRAMS", ".build/debug")) / "snug-server"
PASSPHRASE = b"correct horse battery staple"
UNREACHABLE = 69  # the exit code of who cannot reach the bus at its start
READ_ANOTHER_LOG = "has read other messages in the log"  # for its NATS server has others than those of the others
OUTAGE_PAUSE = 0.3  # before it is started again then
PORTS = re.compile(r"^(encrypted|plain) chat on 127\.0\.0\.1:(\d+) ", re.MULTILINE)


class Server:
    """`run` counts the processes of all servers; each writes a log of its own into the history's folder."""

    def __init__(self, world, program, certificates, folder, flags, has_passphrase, node=0, ports=None):
        self.world, self.program, self.folder, self.node = world, program, folder, node
        self.certificates = certificates
        self.flags = flags
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("SNUG_", "CHAT_"))}
        self.environment["SWIFT_BACKTRACE"] = "enable=no"
        if self.environment.get("PLANTED_AT") not in (None, "", str(node)):
            del self.environment["PLANTED_FAULT"]
        if has_passphrase:
            self.environment["CHAT_SECRET"] = PASSPHRASE.decode()
        self.run = 0
        self.process = None
        self.ports = ports
        self.is_up = self.is_lost = False
        self.up_at = 0.0
        self.away = 0
        self.is_stopped = False
        self.is_expected_to_end = None
        self.before_other_log = lambda: None  # what is to be noted before it is, that it ended for another log

    def log(self, run=None):
        return Path(self.folder) / f"server-{run or self.run}.log"

    def come_back(self):
        """Now, however long it was to stay away."""
        self.go_on()
        self.away = 0
        self.start()

    def start(self):
        if self.process:
            return
        self.run = self.world.runs = self.world.runs + 1
        self.is_up = False
        self.is_expected_to_end = None
        self.away = 0
        ports = self.ports or {"encrypted": 0, "plain": 0}
        command = [self.program, "--port", str(ports["encrypted"]), "--plain-port", str(ports["plain"]),
                   "--cert", self.certificates / "server.pem", "--key", self.certificates / "server-key.pem",
                   *self.flags]
        with open(self.log(), "w") as log:
            self.process = children.start(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log,
                                          env=self.environment)
        self.world.note("server", "start", run=self.run, node=self.node)
        self.world.after(0.01, self.look)

    def look(self):
        """Waits for a start or an end, without holding up anybody."""
        if self.process is None:
            return
        code = self.process.poll()
        if code is not None:
            return self.ended(code)
        if not self.is_up:
            found = dict(PORTS.findall(self.log().read_text()))
            if len(found) == 2:
                self.ports = {kind: int(port) for kind, port in found.items()}
                self.is_up, self.up_at = True, self.world.now
                self.world.note("server", "up", run=self.run)
        self.world.after(0.005, self.look)

    def ended(self, code):
        self.process = None
        asked = self.note_end(code)
        self.is_lost = asked is None
        if asked:
            self.world.after(self.away if self.is_expected_to_end else OUTAGE_PAUSE, self.start)

    def note_end(self, code):
        asked = self.reason_to_end(code)
        self.is_up = False
        self.world.note("server", "ended", run=self.run, code=code, asked=asked)
        return asked

    def reason_to_end(self, code):
        """How it was ended, or why by itself: to be started again, and one of several servers with one chat alone may."""
        # Also one that was told to end meanwhile.
        if code == 1 and READ_ANOTHER_LOG in self.log().read_text():
            self.before_other_log()
            return "other log"
        return self.is_expected_to_end or ("outage" if not self.is_up and code == UNREACHABLE else None)

    def signal(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def stop_for(self, seconds):
        if self.is_up and not self.is_stopped:
            self.world.note("server", "SIGSTOP", node=self.node)
            self.signal(signal.SIGSTOP)
            self.is_stopped = True
            self.world.after(seconds, self.go_on)

    def go_on(self):
        if self.is_stopped:
            self.is_stopped = False
            self.world.note("server", "SIGCONT", node=self.node)
            self.signal(signal.SIGCONT)

    def reload(self):
        if self.is_up:
            self.world.note("server", "SIGHUP")
            self.signal(signal.SIGHUP)

    def restart(self, how, away=0):
        """Ends the process by "term" or by "kill"; the next one starts when it has ended, and was away for so long."""
        if not self.is_up or self.is_expected_to_end:
            return
        self.go_on()
        self.world.note("server", how, run=self.run)
        self.is_expected_to_end, self.away = how, away
        self.signal(signal.SIGTERM if how == "term" else signal.SIGKILL)

    def begin_end(self):
        self.is_expected_to_end = "term"
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)

    def finish(self):
        """The last end of it; False if it had to be killed."""
        if self.is_expected_to_end != "term":
            self.begin_end()
        process, self.process = self.process, None
        if process is None:
            return True  # by itself, a moment ago
        try:
            self.note_end(process.wait(60))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            self.note_end(None)
            return False
        return True

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.process = None


def make_certificates(program, folder):
    subprocess.run([program, "make-certs", "--out", folder], check=True, capture_output=True)
    return Path(folder)


def make_key(path):
    """A key of Ed25519 as gnutls-cli reads it: the private and the public one, each in a file."""
    for command in (["openssl", "genpkey", "-algorithm", "ed25519", "-out", f"{path}.pem"],
                    ["openssl", "pkey", "-in", f"{path}.pem", "-pubout", "-out", f"{path}-public.pem"]):
        subprocess.run(command, check=True, capture_output=True)
    return path


def fingerprint(path):
    """What an operators file calls that key."""
    spki = subprocess.run(["openssl", "pkey", "-pubin", "-in", f"{path}-public.pem", "-outform", "DER"], check=True,
                          capture_output=True).stdout
    return "sha256:" + base64.b64encode(hashlib.sha256(spki).digest()).decode()
