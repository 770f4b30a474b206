# SPDX-License-Identifier: Apache-2.0
"""A record as people read it: one row for each thing that happened, in the order in which it did."""
import json
from pathlib import Path

KEPT = Path(".build/histories")


def show(entry):
    facts = {name: value for name, value in entry.items() if name not in ("at", "who", "what", "connection")}
    message = facts.pop("message", None)
    arrow = {"sent": ">", "got": "<"}.get(entry["what"], entry["what"])
    text = json.dumps(message, ensure_ascii=False) if message else ", ".join(f"{k} {v}" for k, v in facts.items())
    who = entry["who"] + (f"#{entry['connection']}" if "connection" in entry else "")
    return f"{entry['at']:8.4f} {who:14} {arrow} {text[:400]}"


def write_trace(name, faults, record, logs, folder=KEPT):
    """Returns where it is kept."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.txt"
    with open(path, "w") as file:
        for fault in faults:
            print("broken:", fault, file=file)
        print(file=file)
        for entry in record:
            print(show(entry), file=file)
        for number, log in enumerate(logs, 1):
            print(f"\nlog of run {number} of the server:\n{log[-20_000:]}", file=file)
    return path
