#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server that keeps what one client sends, to see what it gives away to a server it should not trust.

usage: recording_server.py --cert FILE --key FILE            a TLS server; weak keys are no obstacle
       recording_server.py --cert FILE --key FILE --plain    a server of something else, which greets in plain text

Prints the port, how the handshake went, and everything that came after it.
"""
import argparse
import socket
import ssl


def receive_all(connection):
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except OSError as error:
        print("ended by:", error)
    return received


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    if not options.plain:
        context.load_cert_chain(options.cert, options.key)
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on", listener.getsockname()[1])
    connection = listener.accept()[0]
    if options.plain:
        connection.sendall(b"220 mail.example ESMTP\r\n")
    else:
        try:
            connection = context.wrap_socket(connection, server_side=True)
            print("handshake: complete")
        except (ssl.SSLError, OSError) as error:
            print("handshake: failed,", error)
            return
    print("received:", receive_all(connection))


main()
