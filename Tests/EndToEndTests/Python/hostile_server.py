#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server of level 1 that sends what a terminal would obey, wherever people are shown something.

usage: hostile_server.py --cert FILE --key FILE [--away]    on a free port, which it prints; it ends with its client

--away has it send the client away for an hour first, once it is in.
"""
import argparse
import json
import socket
import ssl
import struct

parser = argparse.ArgumentParser()
parser.add_argument("--cert", required=True)
parser.add_argument("--key", required=True)
parser.add_argument("--away", action="store_true")
options = parser.parse_args()

# Colours, a title, a cursor's move, 8-bit controls, bells, other directions, tags, marks, a line of its own.
NASTY = (
    "\x1b[31mred\x1b]0;title\x07\x1b[2J\x9b5A\x85\x7f\r\n* ben left *\u202eevil\u2066\u200f\u2028\U000e0041\ufff9"
    "e\u0301\u0301\u0301\u0301\u0301\u0301\u0301\x00\b"
)
PERSON = {"id": "7", "name": f"eve{NASTY}"}


def send(connection, **message):
    payload = json.dumps(message).encode()
    connection.sendall(struct.pack(">I", len(payload)) + payload)


def receive(stream):
    """The type of the next message; None at the end."""
    while len(header := stream.read(4)) == 4:
        payload = stream.read(struct.unpack(">I", header)[0])
        if payload:
            return json.loads(payload)["type"]
    return None


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(options.cert, options.key)
context.set_alpn_protocols(["snug/1"])
with socket.create_server(("127.0.0.1", 0)) as listener:
    print("listening on", listener.getsockname()[1])
    for is_last in (False, True) if options.away else (True,):
        connection = context.wrap_socket(listener.accept()[0], server_side=True)
        stream = connection.makefile("rb")
        send(connection, type="hello", protocol=1, server="x", epoch="e", passphrase=False, limits={}, history={})
        while receive(stream) != "enter":
            pass
        send(connection, type="entered", you={"id": "1", "name": "aisha"}, token="t", resumed=False)
        send(connection, type="room", room="main", topic=NASTY, last=10, people=[PERSON])
        send(connection, type="history", room="main", count=0)
        if not is_last:
            send(connection, type="bye", reason="stopping", after=3600)
event = {"time": 2**53 - 1, "room": "main"}
send(connection, type="said", seq=11, **{"from": PERSON}, text=NASTY, **event)
send(connection, type="said", seq=12, **{"from": PERSON}, text=NASTY, action=True, **event)
send(connection, type="joined", seq=13, who=PERSON, **event)
send(connection, type="renamed", seq=14, who=PERSON, was=NASTY, **event)
send(connection, type="topic", seq=15, by=PERSON, text=NASTY, **event)
send(connection, type="kicked", seq=16, who=PERSON, by=PERSON, reason=NASTY, **event)
send(connection, type="banned", seq=17, number=1, name=NASTY, by=PERSON, reason=NASTY, **event)
send(connection, type="direct", seq=18, time=0, **{"from": PERSON, "to": PERSON}, text=NASTY)
send(connection, type="notice", code=NASTY, text=NASTY)
send(connection, type="refused", code=NASTY, text=NASTY, hint=NASTY)
send(connection, type="rooms", rooms=[{"room": NASTY, "people": 1}])
send(connection, type="gap", room=NASTY, after=0, before=1)
send(connection, type=NASTY, text=NASTY)
send(connection, type="notice", code="last", text="that was all")
while receive(stream) not in ("quit", None):
    pass
send(connection, type="bye", reason=NASTY, after=1)
connection.close()
