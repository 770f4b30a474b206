# SPDX-License-Identifier: Apache-2.0
"""The network between servers and their bus, and between the servers of the bus, in which each two can be parted.

`s0` is a server of the chat, and `n1` one of the bus. Where the kernel lets us, it is made of network namespaces, one for
each server of the bus, with a cable to each that it talks with: what is under way when that is unplugged is lost, and
comes when a TCP tries again. Elsewhere a relay holds back what goes from one to the other.
"""
import ctypes
import json
import os
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import children
from ports import free_ports

CLONE_NEWNET = 0x40000000  # unshare(2)
CLIENT, ROUTE, MONITOR = 4222, 6222, 8222
TRIAL = ["unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "other"]


def reason_against_namespaces():
    """Why there can be none here; None if there can."""
    try:
        trial = subprocess.run(TRIAL, capture_output=True, text=True)
    except OSError as error:
        return str(error)
    return (trial.stderr.strip() or f"it ended with {trial.returncode}") if trial.returncode else None


class Relay:
    """All are on one machine, and connect to each other through a program that can hold back what it relays."""

    host = "127.0.0.1"

    def __init__(self, users, servers):
        ports = iter(free_ports(4 * len(servers) + users * len(servers)))
        self.client, self.route, self.ways, self.monitor = ([next(ports) for _ in servers] for _ in range(4))
        self.doors = [[next(ports) for _ in servers] for _ in range(users)]
        routes = [(self.ways[number], self.route[number], f"n{number}", None) for number in servers]
        routes += [(door, self.client[number], f"n{number}", f"s{user}")
                   for user, doors in enumerate(self.doors) for number, door in enumerate(doors)]
        self.switch = children.start([sys.executable, "-B", Path(__file__).parent / "switch.py", json.dumps(routes)],
                                     stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)

    def ports(self, number):
        return {"client": self.client[number], "route": self.route[number], "monitor": self.monitor[number],
                "told": f'advertise: "127.0.0.1:{self.ways[number]}"'}

    def door(self, user, number):
        """Where a server of the chat finds one of the bus."""
        return "127.0.0.1", self.doors[user][number]

    def way(self, number, other):
        """Where a server of the bus finds another one."""
        return "127.0.0.1", self.ways[other]

    def side_door(self, number, kind):
        """Where who is none of them finds one of the bus, whatever is parted."""
        return "127.0.0.1", self.ports(number)[kind]

    def command(self, number, command):
        return command

    def part(self, pairs):
        """From now on nothing gets from one of a pair to the other."""
        self.switch.stdin.write(json.dumps({"parted": sorted(pairs)}).encode() + b"\n")
        self.switch.stdin.flush()

    def end(self):
        self.switch.kill()
        self.switch.wait()
        self.switch.stdin.close()


class Namespaces:
    """Whoever makes it is in a namespace of its own from then on, with the chat's servers and all people."""

    host = "0.0.0.0"

    def __init__(self, users, servers):
        self.parted = set()
        self.spaces = [new_namespace() for _ in servers]
        self.own = new_namespace()
        self.cables = {}  # the number of each
        guests = [f"s{user}" for user in range(users)] + ["side"]
        pairs = [(guest, f"n{number}") for number in servers for guest in guests]
        pairs += [(f"n{one}", f"n{other}") for one, other in combinations(servers, 2)]
        self.tell(self.own, ["link set lo up"])
        for number, (one, other) in enumerate(pairs):
            self.cables[one, other] = number
            ends = f"{self.device(one, other)} netns {self.place(one)}", f"{one} netns {self.place(other)}"
            self.tell(self.own, [f"link add {ends[0]} type veth peer name {ends[1]}"])
        for number, (one, other) in enumerate(pairs):
            self.set_up(self.space(one), self.device(one, other), f"10.99.{number}.1")
            self.set_up(self.space(other), one, f"10.99.{number}.2")

    def space(self, name):
        return self.spaces[int(name[1:])] if name.startswith("n") else self.own

    def place(self, name):
        return path(self.space(name))

    def device(self, one, other):
        """The first one's end of a cable; the other one's has the first one's name."""
        return other if one.startswith("n") else one + other

    def set_up(self, space, device, address):
        self.tell(space, [f"address add {address}/30 dev {device}", f"link set {device} up"])

    def tell(self, space, commands):
        subprocess.run(["nsenter", f"--net={path(space)}", "ip", "-batch", "-"], input="\n".join(commands), text=True,
                       check=True)

    def ports(self, number):
        return {"client": CLIENT, "route": ROUTE, "monitor": MONITOR, "told": "no_advertise: true"}

    def address(self, one, other):
        """Of the other one, for the first."""
        if (one, other) in self.cables:
            return f"10.99.{self.cables[one, other]}.2"
        return f"10.99.{self.cables[other, one]}.1"

    def door(self, user, number):
        return self.address(f"s{user}", f"n{number}"), CLIENT

    def way(self, number, other):
        return self.address(f"n{number}", f"n{other}"), ROUTE

    def side_door(self, number, kind):
        return self.address("side", f"n{number}"), self.ports(number)[kind]

    def command(self, number, command):
        return ["nsenter", f"--net={path(self.spaces[number])}", *command]

    def part(self, pairs):
        pairs = {pair if pair in self.cables else pair[::-1] for pair in pairs}
        for one, other in pairs ^ self.parted:
            # Who is at the other end sees nothing of it but that nothing comes.
            self.tell(self.space(other), [f"link set {one} {'down' if (one, other) in pairs else 'up'}"])
        self.parted = pairs

    def end(self):
        for space in [*self.spaces, self.own]:
            os.close(space)


def new_namespace():
    """One in which this thread is from now on, and all that it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNET):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def path(space):
    return f"/proc/{os.getpid()}/fd/{space}"
