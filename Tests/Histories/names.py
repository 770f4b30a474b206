# SPDX-License-Identifier: Apache-2.0
"""Whose name it is: clients take names that begin like their own."""
import re

TEXTING = re.compile(r"(\w+?)x\d+$")  # level 0 has a name for each connection


def client_of(name):
    """`ann` of `ann-x` and `ann-2`, `kim` of `kim/phone`, `l1` of `l1x7`."""
    name = name.partition("/")[0].partition("-")[0]
    found = TEXTING.match(name)
    return found[1] if found else name
