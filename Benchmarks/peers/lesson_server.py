# SPDX-License-Identifier: Apache-2.0
"""The chat server as the lesson builds it: a thread per client, and one lock around the list of clients.

usage: lesson_server.py CERTIFICATE KEY PORT
"""
import socket
import ssl
import struct
import sys
import threading

clients = {}
lock = threading.Lock()


def read_exactly(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise ConnectionError("closed")
        data += part
    return data


def read_frame(connection):
    (length,) = struct.unpack(">I", read_exactly(connection, 4))
    if length > 8192:
        raise ConnectionError("frame too long")
    return read_exactly(connection, length).decode()


def broadcast(text, sender=None):
    payload = text.encode()
    frame = struct.pack(">I", len(payload)) + payload
    with lock:
        for connection in clients:
            if connection is not sender:
                try:
                    connection.sendall(frame)
                except OSError:
                    pass  # its own thread finds out


def serve(raw, context):
    connection = None
    name = None
    try:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = context.wrap_socket(raw, server_side=True)
        name = read_frame(connection)
        with lock:
            clients[connection] = name
        broadcast(f"* {name} joined the chat *")
        while True:
            broadcast(f"{name}: {read_frame(connection)}", connection)
    except (OSError, UnicodeDecodeError):
        pass
    finally:
        if name is not None:
            with lock:
                clients.pop(connection, None)
            broadcast(f"* {name} left *")
        (connection or raw).close()


def main():
    certificate, key, port = sys.argv[1:]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    threading.stack_size(256 * 1024)
    with socket.create_server(("127.0.0.1", int(port)), backlog=4096) as listener:
        while True:
            raw, _ = listener.accept()
            threading.Thread(target=serve, args=(raw, context), daemon=True).start()


main()
