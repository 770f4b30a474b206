#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A chat server as the lesson teaches it: a thread for each client, and a lock around the list of them.

usage: lesson_server.py --cert FILE --key FILE [--no-goodbye]    on a free port, which it prints

The passphrase, if the room is to have one, is taken from CHAT_SECRET.
"""
import argparse
import os
import socket
import ssl
import struct
import threading

clients = {}
lock = threading.Lock()
secret = os.environ.get("CHAT_SECRET")
says_goodbye = True


def send_frame(connection, text):
    payload = text.encode("utf-8")
    connection.sendall(struct.pack(">I", len(payload)) + payload)


def receive_exactly(connection, count):
    data = b""
    while len(data) < count:
        piece = connection.recv(count - len(data))
        if not piece:
            return None
        data += piece
    return data


def receive_frame(connection):
    header = receive_exactly(connection, 4)
    if header is None:
        return None
    (count,) = struct.unpack(">I", header)
    payload = receive_exactly(connection, count) if count <= 8192 else None
    return None if payload is None else payload.decode("utf-8")


def broadcast(text, sender=None):
    with lock:
        for name, connection in clients.items():
            if name != sender:
                send_frame(connection, text)


def is_let_in(connection):
    if secret is None:
        return True
    answer = "ok" if receive_frame(connection) == secret else "wrong passphrase"
    print("passphrase:", answer)
    send_frame(connection, answer)
    return answer == "ok"


def serve(connection):
    name = None
    try:
        if not is_let_in(connection):
            return
        name = receive_frame(connection).strip()[:20]
        with lock:
            clients[name] = connection
        broadcast(f"* {name} joined the chat *")
        while (line := receive_frame(connection)) not in (None, "/quit"):
            print(f"{name} sent:", line)
            if line == "/cut":
                return
            if line == "/shout":  # so that a test can have the server speak
                broadcast("* everyone: 你好 \x1b[31mred\x1b[0m *")
            elif line:
                broadcast(f"{name}: {line.strip()[:500]}", sender=name)
        with lock:
            del clients[name]
        if says_goodbye:
            connection.unwrap()  # TLS's own goodbye: without it the end could be an attacker's
    except OSError as error:
        print(f"{name} ended:", error)
    finally:
        with lock:
            clients.pop(name, None)
        if name is not None:
            broadcast(f"* {name} left *")
        connection.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--no-goodbye", action="store_true")
    options = parser.parse_args()
    global says_goodbye
    says_goodbye = not options.no_goodbye
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(options.cert, options.key)
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on", listener.getsockname()[1])
    while True:
        connection = context.wrap_socket(listener.accept()[0], server_side=True)
        threading.Thread(target=serve, args=(connection,), daemon=True).start()


main()
