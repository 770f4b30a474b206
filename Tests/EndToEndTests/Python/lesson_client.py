#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A chat client as the lesson teaches it: length-prefixed UTF-8 over TLS, and a thread that listens.

usage: lesson_client.py PORT NAME [--ca FILE]    lines in, messages out; without --ca there is no TLS

The passphrase, if the room has one, is taken from CHAT_SECRET.
"""
import argparse
import os
import socket
import ssl
import struct
import sys
import threading


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
    payload = receive_exactly(connection, struct.unpack(">I", header)[0])
    return None if payload is None else payload.decode("utf-8")


def listen(connection):
    while (text := receive_frame(connection)) is not None:
        print(text)
    print("(the server has closed)")


def connect(port, ca):
    connection = socket.create_connection(("127.0.0.1", port))
    if ca is None:
        return connection
    context = ssl.create_default_context(cafile=ca)
    assert context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED
    connection = context.wrap_socket(connection, server_hostname="localhost")
    print("(connected over", connection.version() + ")")
    return connection


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("name")
    parser.add_argument("--ca")
    options = parser.parse_args()
    connection = connect(options.port, options.ca)
    secret = os.environ.get("CHAT_SECRET")
    if secret is not None:
        send_frame(connection, secret)
        answer = receive_frame(connection)
        print("(the server says:", f"{answer})")
        if answer != "ok":
            sys.exit("not let in")
    send_frame(connection, options.name)
    listener = threading.Thread(target=listen, args=(connection,))
    listener.start()
    for line in sys.stdin:
        send_frame(connection, line.rstrip("\n"))
    # Half a goodbye on a TLS socket would be torn by the listening thread: the lesson's client asks to quit.
    send_frame(connection, "/quit")
    listener.join()


main()
