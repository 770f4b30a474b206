# SPDX-License-Identifier: Apache-2.0
"""The NATS servers that nodes share a chat over, and how long it takes to publish to them."""
import contextlib
import os
import socket
import statistics
import subprocess
import time

START_SECONDS = 20
STOP_SECONDS = 10
SERVERS = 3
PUBLISH_PAUSE_SECONDS = 0.02


def free_ports(count):
    """So many at once, so that none is given twice."""
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


@contextlib.contextmanager
def running_bus(folder):
    """Three NATS servers that are one bus, as long as the caller needs them; lends their URLs, the first's foremost."""
    ports = free_ports(2 * SERVERS)
    buses, routes = ports[:SERVERS], ports[SERVERS:]
    with contextlib.ExitStack() as stack:
        for number, port in enumerate(buses):
            stack.enter_context(bus_server(folder, number, port, routes))
        for port in buses:
            wait_until_answering(port)
        yield [f"nats://127.0.0.1:{port}" for port in buses]


@contextlib.contextmanager
def bus_server(folder, number, port, routes):
    store = folder / f"bus-{port}"
    store.mkdir()
    configuration = store / "configuration"
    others = ", ".join(f"nats://127.0.0.1:{route}" for route in routes)
    configuration.write_text(
        f'server_name: n{number}\nlisten: 127.0.0.1:{port}\njetstream {{ store_dir: "{store}" }}\n'
        f'cluster {{ name: bench, listen: "127.0.0.1:{routes[number]}", routes: [{others}] }}\n')
    # Where Debian has it; an ordinary user's path ends before it.
    environment = {**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}
    process = subprocess.Popen(
        ["nats-server", "-c", configuration, "-l", store / "log"], env=environment, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stored_bytes(folder):
    """What one of the NATS servers has on its disk, by all that they have: each of them keeps all."""
    return sum(file.stat().st_size for file in folder.glob("bus-*/jetstream/**/*") if file.is_file()) / SERVERS


def wait_until_answering(port):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError), Publisher(port):
            return
        time.sleep(0.02)
    raise TimeoutError("nats-server does not answer")


class Publisher:
    """The least that publishes to JetStream and waits for its confirmation (docs.nats.io/reference/reference-protocols)."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=START_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""
        self.asked = 0
        self.line()
        self.socket.sendall(b'CONNECT {"verbose":false,"pedantic":false}\r\nSUB answers.* 1\r\nPING\r\n')
        while self.line() != b"PONG":
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def line(self):
        while b"\r\n" not in self.unread:
            more = self.socket.recv(65_536)
            if not more:
                raise ConnectionError("nats-server has closed the connection")
            self.unread += more
        line, self.unread = self.unread.split(b"\r\n", 1)
        if line == b"PING":
            self.socket.sendall(b"PONG\r\n")
        return line

    def publish(self, subject, payload):
        """Returns what the bus answers; it does not before its servers have found each other."""
        self.asked += 1
        self.socket.sendall(b"PUB %s answers.%d %d\r\n%s\r\n" % (subject, self.asked, len(payload), payload))
        while not self.line().startswith(b"MSG answers.%d " % self.asked):
            pass
        return self.line()

    def create(self, settings):
        deadline = time.monotonic() + START_SECONDS
        self.socket.settimeout(1)
        while True:
            with contextlib.suppress(TimeoutError):
                answer = self.publish(b"$JS.API.STREAM.CREATE.bench", settings)
                if b'"error"' not in answer:
                    break
                time.sleep(0.1)
            if time.monotonic() > deadline:
                raise TimeoutError("the bus makes no stream")
        self.socket.settimeout(START_SECONDS)


def publishing(urls, seconds, payload):
    """How long publishing takes, one message at a time, to a stream of three copies: what a node's message costs at least."""
    with Publisher(int(urls[0].rsplit(":", 1)[1])) as publisher:
        settings = b'{"name":"bench","subjects":["bench"],"storage":"file","num_replicas":%d}' % len(urls)
        publisher.create(settings)
        times = []
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            start = time.perf_counter()
            answer = publisher.publish(b"bench", payload)
            times.append((time.perf_counter() - start) * 1e6)
            if b'"error"' in answer:
                raise ConnectionError(answer.decode())
            time.sleep(PUBLISH_PAUSE_SECONDS)
    percentiles = statistics.quantiles(times, n=100)
    return {"latencyP50Microseconds": percentiles[49], "latencyP99Microseconds": percentiles[98]}
