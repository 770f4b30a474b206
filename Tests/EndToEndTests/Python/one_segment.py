#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A member that puts many TLS records into one TCP segment.

usage: one_segment.py PORT --ca FILE    joins as "burst"; for each number on standard input sends so many lines
"""
import argparse
import socket
import ssl
import struct
import sys


def frame(text):
    payload = text.encode("utf-8")
    return struct.pack(">I", len(payload)) + payload


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--ca")
    options = parser.parse_args()
    tcp = socket.create_connection(("127.0.0.1", options.port))
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = ssl.create_default_context(cafile=options.ca).wrap_bio(incoming, outgoing, server_hostname="localhost")
    while True:
        try:
            tls.do_handshake()
            break
        except ssl.SSLWantReadError:
            tcp.sendall(outgoing.read())
            incoming.write(tcp.recv(65536))
    tls.write(frame("burst"))
    tcp.sendall(outgoing.read())
    for line in sys.stdin:
        for number in range(int(line)):
            tls.write(frame(f"record {number}"))
        tcp.sendall(outgoing.read())


main()
