# SPDX-License-Identifier: Apache-2.0
"""metrics_judge.py URL_OR_UNIX FORM    asks for a server's figures and judges them by the parser of prometheus_client

Prints one line "NAME{LABELS} VALUE" for each figure; a text that is not strictly of that form ends it with 1.
"""
import http.client
import socket
import sys

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client import parser as older


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def main(where, form):
    if where.startswith("unix:"):
        connection = UnixConnection(where[5:])
    else:
        connection = http.client.HTTPConnection(where, timeout=60)
    accept = "application/openmetrics-text; version=1.0.0" if form == "openmetrics" else "text/plain"
    connection.request("GET", "/metrics", headers={"Accept": accept})
    answer = connection.getresponse()
    text = answer.read().decode()
    assert answer.status == 200, answer.status
    media_type = answer.getheader("Content-Type").split(";")[0]
    assert media_type == ("application/openmetrics-text" if form == "openmetrics" else "text/plain"), media_type
    reader = openmetrics if form == "openmetrics" else older
    for family in reader.text_string_to_metric_families(text):
        assert family.documentation, family.name
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            print(f"{sample.name}{{{labels}}} {sample.value:g}")


main(*sys.argv[1:])
