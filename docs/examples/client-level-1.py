#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""client-level-1.py HOST PORT NAME [CA]    a whole client of Snug's level 1, which docs/protocol-1.md describes

Lines from standard input are said in the room main, and what comes is printed. When the connection is cut it comes
back, resumes, and says again what was not confirmed. CA is the file with the server's authority; without it the
connection is not encrypted, which a server takes on its plain port only. CHAT_SECRET is the passphrase, if any.
"""
import json, os, random, select, socket, ssl, struct, sys, time

host, port, name, *authority = sys.argv[1:]
token = epoch = None  # of the stay to resume
seen = {}             # room: the greatest seq that was received
unconfirmed = {}      # ref: what was said and not confirmed, in order
refs, mark, typed, typing = 0, os.urandom(4).hex(), b"", True  # the mark: no other device of ours has these refs

def connect():
    connection = socket.create_connection((host, int(port)), timeout=30)
    if not authority:
        connection.sendall(b"SNG1")
        return connection
    context = ssl.create_default_context(cafile=authority[0])  # verifies the chain and the host name
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["snug/1"])
    connection = context.wrap_socket(connection, server_hostname=host)
    return connection if connection.selected_alpn_protocol() else sys.exit("this server has no level 1")

def send(connection, message):
    payload = message if isinstance(message, bytes) else json.dumps(message).encode()
    connection.sendall(struct.pack(">I", len(payload)) + payload)

def messages(connection):
    """Everything that comes until the end; None when there is something to read from the keyboard."""
    unread = b""
    while True:
        # The server remembers the last 256 refs of a stay: with fewer unconfirmed, none is said twice.
        inputs = [connection, sys.stdin] if typing and ready and len(unconfirmed) < 150 else [connection]
        found, _, _ = select.select(inputs, [], [], 45)
        if not found:
            raise OSError("nothing came for 45 s")  # not even a ping
        if sys.stdin in found:
            yield None
        if connection in found:
            if not (received := connection.recv(65536)):
                raise OSError("the connection was cut")
            unread += received
        while len(unread) >= 4 and (length := struct.unpack_from(">I", unread)[0]) <= len(unread) - 4:
            payload, unread = unread[4:4 + length], unread[4 + length:]
            if payload:  # an empty frame says "still here"
                yield json.loads(payload)
        if len(unread) >= 4 and struct.unpack_from(">I", unread)[0] > 8192:
            raise OSError("the server announced a frame that is too long")

def enter(connection, hello):
    global epoch, seen
    if hello["passphrase"]:
        send(connection, os.environb.get(b"CHAT_SECRET", b""))
    message = {"type": "enter", "name": name, "rooms": ["main"], "client": "client-level-1.py", "history": 20}
    if token:
        message["resume"] = {"token": token, "epoch": epoch, "seen": seen}
    send(connection, message)
    if hello["epoch"] != epoch:
        epoch, seen = hello["epoch"], {}

def say(connection):
    global typed, typing, refs
    read = os.read(0, 100)
    typing = bool(read)
    *lines, typed = (typed + read + (b"" if read or not typed else b"\n")).split(b"\n")
    for line in lines:
        refs += 1
        line = {"type": "say", "room": "main", "text": line.decode(errors="replace"), "ref": f"{mark}-{refs}"}
        unconfirmed[line["ref"]] = line
        send(connection, line)

def show(kind, message):
    who = (message.get("who") or message.get("from") or message.get("by") or {}).get("name", "")
    text = message.get("text") or message.get("reason") or ""
    is_line = kind in ("said", "direct")
    text = f"{who}: {text}" if is_line and not message.get("action") else f"* {who} {'' if is_line else kind} {text} *"
    print("".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split())), flush=True)

pause = 1
while True:
    ready, after, has_quit = False, 0, False
    try:
        connection = connect()
        for message in messages(connection):
            if message is None:
                say(connection)
                message = {}
            kind, room = message.get("type"), message.get("room")
            if kind == "hello":
                enter(connection, message)
            elif kind == "entered":
                token, pause = message["token"], 1
            elif kind == "history" and room == "main" and not ready:
                ready = True  # all that had been said is told: what has no confirmation now did not arrive
                for line in unconfirmed.values():
                    send(connection, line)
            elif kind == "ping":
                send(connection, {"type": "pong", "id": message["id"]})
            elif kind not in (None, "accepted", "room", "history", "pong", "waiting"):
                show(kind, message)
            if kind in ("said", "refused"):
                unconfirmed.pop(message.get("ref"), None)
            if room and "seq" in message:
                seen[room] = max(message["seq"], seen.get(room, 0))
            if kind == "bye":
                after = message["after"] if "after" in message else sys.exit(message["reason"] != "quit")
                break
            if ready and not typing and not unconfirmed and not has_quit:
                has_quit = True
                send(connection, {"type": "quit"})
    except ssl.SSLCertVerificationError as error:
        sys.exit(f"the server cannot be trusted: {error}")
    except OSError as error:
        print(f"{error}; coming back", file=sys.stderr, flush=True)
    time.sleep(max(after, pause * (1 + random.random() / 2)))
    pause = min(2 * pause, 10)
