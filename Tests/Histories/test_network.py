# SPDX-License-Identifier: Apache-2.0
"""What is done to the network between servers and their bus is done, and nothing else; and when that answers is known."""
import select
import socket
import subprocess
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

import children
from bus_question import Question
from network import Namespaces, Relay, reason_against_namespaces
from world import World

# Says again what it hears, at two ports; connects to another one as n1, and says again what either side says.
ECHO = """
import selectors, socket, sys
selector = selectors.DefaultSelector()
for port in sys.argv[2:]:
    listener = socket.create_server((sys.argv[1], int(port)))
    selector.register(listener, selectors.EVENT_READ, True)
print("ready", flush=True)
while True:
    for key, _ in selector.select():
        if key.data:
            selector.register(key.fileobj.accept()[0], selectors.EVENT_READ, False)
        elif data := key.fileobj.recv(4096):
            key.fileobj.sendall(data)
        else:
            selector.unregister(key.fileobj)
"""
CALL = """
import socket, sys
while True:
    try:
        link = socket.create_connection((sys.argv[1], int(sys.argv[2])))
        break
    except ConnectionRefusedError:
        pass  # the relay has not begun yet
link.sendall(b'{"server_name":"n1"}')
while len(link.recv(4096, socket.MSG_PEEK)) < 20: pass
link.recv(4096)
print("ready", flush=True)
for line in sys.stdin:
    link.sendall(line.encode())
    print(link.recv(4096).decode(), end="", flush=True)
"""
SHORT, LONG = 0.2, 30


class NetworkPromise:
    """Two servers of the chat, s0 and s1, and two of the bus, n0 and n1, of which n1 calls n0 as well."""

    def test_who_is_parted_is_not_heard_until_it_is_joined_and_all_others_are(self):
        # Namespaces are a thread's, and go with it.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(self.part_and_join).result()

    def part_and_join(self):
        network = self.make(2, range(2))
        ports = network.ports(0)
        echo = self.run_python(network.command(0, [sys.executable, "-c", ECHO, network.host, str(ports["client"]),
                                                   str(ports["route"])]))
        host, port = network.way(1, 0)
        # Once it is connected, all can.
        caller = self.run_python(network.command(1, [sys.executable, "-c", CALL, host, str(port)]))
        links = [socket.create_connection(network.door(user, 0), LONG) for user in range(2)]
        try:
            for part, parted in (("s0", 0), ("n1", None)):
                network.part({(part, "n0")})
                for number, link in enumerate(links):
                    link.sendall(b"hello\n")
                    self.assertEqual(self.hears(link, SHORT if number == parted else LONG), number != parted)
                caller.stdin.write(b"hello\n")
                caller.stdin.flush()
                self.assertEqual(self.hears(caller.stdout, SHORT if part == "n1" else LONG), part != "n1")
                network.part(set())
                late = caller.stdout if parted is None else links[parted]
                self.assertTrue(self.hears(late, LONG))
        finally:
            for link in links:
                link.close()
            for process in (echo, caller):
                process.kill()
                process.wait()
                process.stdin.close()
                process.stdout.close()
            network.end()

    def run_python(self, command):
        process = children.start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"ready\n")
        return process

    def hears(self, end, seconds):
        if not select.select([end], [], [], seconds)[0]:
            return False
        read = end.recv if isinstance(end, socket.socket) else end.read1
        self.assertEqual(read(100), b"hello\n")
        return True


class RelayTests(NetworkPromise, unittest.TestCase):
    make = Relay


@unittest.skipIf(reason_against_namespaces(), "this kernel, or this user, has no network namespaces")
class NamespacesTests(NetworkPromise, unittest.TestCase):
    make = Namespaces


class QuestionTests(unittest.TestCase):
    """Two NATS servers: what is asked of them stands in their connections, and they answer when the test says so."""

    def setUp(self):
        self.world = World()
        self.listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
        self.ask(LONG)

    def ask(self, silence):
        addresses = [listener.getsockname() for listener in self.listeners]
        self.question = Question(self.world, addresses, "s", silence)
        self.ends = [self.accept(listener) for listener in self.listeners]
        self.addCleanup(self.question.end)

    def grow(self, server, leader, last):
        self.answer(server, 1, '{"cluster":{"leader":"%s"},"state":{"last_seq":%d}}' % (leader, last))

    def accept(self, listener):
        end, _ = listener.accept()
        end.settimeout(LONG)
        self.addCleanup(listener.close)
        self.addCleanup(end.close)
        return end

    def answer(self, server, number, text):
        self.ends[server].sendall(f"INFO {{}}\r\nMSG answer.s.{number} 1 {len(text)}\r\n{text}\r\nPING\r\n".encode())

    def has_answer(self, seconds):
        return self.world.run_until(lambda: self.question.there_since is not None, seconds)

    def test_the_bus_answers_when_it_has_a_leader_and_takes_messages_whoever_says_so(self):
        self.answer(0, 0, '{"streams":["s"]}')
        for leader, last in (("n0", 6), ("n1", 7), ("n1", 7)):
            self.grow(1, leader, last)
            self.assertFalse(self.has_answer(SHORT))
        self.grow(0, "n1", 8)
        self.assertTrue(self.has_answer(LONG))

    def test_a_bus_that_falls_silent_is_there_since_it_takes_messages_again(self):
        self.ask(5 * SHORT)
        self.answer(0, 0, '{"streams":["s"]}')
        self.grow(1, "n1", 7)
        self.grow(1, "n1", 8)
        self.assertTrue(self.world.run_until(lambda: self.question.since, LONG))
        first = self.question.since
        self.world.held_up = 1.0
        # There is a leader of all, and none takes a message; which a message of before does not undo.
        for _ in range(10):
            self.answer(0, 0, '{"streams":["s"]}')
            self.grow(1, "n1", 8)
            self.world.run_until(lambda: False, SHORT)
        self.assertIsNone(self.question.there_since)
        self.answer(0, 0, '{"streams":["s"]}')
        self.grow(1, "n1", 9)
        self.assertTrue(self.world.run_until(lambda: self.question.since > first, LONG))
        self.assertLess(self.world.held_up, 1.0)

    def test_an_error_is_no_answer(self):
        for number in range(2):
            self.answer(0, number, '{"error":{"code":503}}')
        self.assertFalse(self.has_answer(SHORT))

    def test_a_lost_connection_is_made_again_and_all_is_asked_there(self):
        self.ends[0].close()
        self.world.run_until(lambda: False, 3 * SHORT)
        self.ends[0] = self.accept(self.listeners[0])
        asked = b""
        while asked.count(b"PUB") < 2:
            asked += self.ends[0].recv(4096)
        self.assertIn(b"PUB $JS.API.STREAM.NAMES answer.s.0 0\r\n\r\nPUB $JS.API.STREAM.INFO.s answer.s.1 0", asked)


if __name__ == "__main__":
    unittest.main()
