# SPDX-License-Identifier: Apache-2.0
"""Ports that stay free for whoever is killed and comes again."""
import multiprocessing
import random
import socket

FIRST_PORT, PORTS_OF_A_WORKER, WORKERS = 10_000, 400, 50

given = set()


def free_ports(count):
    """Ports that nobody has, and nobody gets meanwhile: who listens there is killed, and comes again.

    The kernel gives none of these to who connects, and each worker has some of its own.
    """
    worker = (multiprocessing.current_process()._identity or (0,))[0] % WORKERS
    first = FIRST_PORT + worker * PORTS_OF_A_WORKER
    ports = []
    while len(ports) < count:
        port = random.randrange(first, first + PORTS_OF_A_WORKER)
        if port in given:
            continue
        given.add(port)
        try:
            socket.create_server(("127.0.0.1", port)).close()
            ports.append(port)
        except OSError:
            pass
    return ports
