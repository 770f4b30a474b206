#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A server that keeps what one client sends, to see what it gives away to a server it should not trust.

usage: recording_server.py --cert FILE --key FILE     a TLS server; weak keys are no obstacle
                           [--answer HEX]             answers the first bytes with these and a goodbye
                           [--no-tls-1.3]             is ten years old
       recording_server.py --plain TEXT               no TLS server: says TEXT, and that is all it does

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


def accept_tls(connection, options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(options.cert, options.key)
    if options.no_tls_1_3:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    try:
        connection = context.wrap_socket(connection, server_side=True)
    except OSError as error:
        print("handshake: failed,", error)
        raise SystemExit
    print("handshake: complete")
    return connection


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--cert")
    parser.add_argument("--key")
    parser.add_argument("--answer", type=bytes.fromhex)
    parser.add_argument("--no-tls-1.3", action="store_true", dest="no_tls_1_3")
    parser.add_argument("--plain")
    options = parser.parse_args()
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on", listener.getsockname()[1])
    connection = listener.accept()[0]
    if options.plain is None:
        connection = accept_tls(connection, options)
    else:
        connection.sendall(options.plain.encode())
    if options.answer:
        connection.recv(65536)
        connection.sendall(options.answer)
        connection.unwrap()
    print("received:", receive_all(connection))


main()
