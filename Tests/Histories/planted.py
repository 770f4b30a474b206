# SPDX-License-Identifier: Apache-2.0
"""scripts/histories --planted: plants faults into resuming, dedup and replay, and runs histories on each.

A fault that no history notices is one that the checker misses. All of them are planted into one copy of the tree, and
PLANTED_FAULT says to the server which is in force. Numbers after --planted choose some of them; --count is how many
histories each gets at most. With --cluster the faults are those of several servers with one chat; some are in force at
one of them alone.
"""
import argparse
import os
import subprocess
import sys
from pathlib import Path

COPY = Path(".build-planted/tree")
CHOICE = """internal import Glibc

private let fault = getenv("PLANTED_FAULT").flatMap { Int(String(cString: $0)) }

/// Whether the fault of that number is the one to be noticed.
public func isPlanted(_ number: Int) -> Bool { fault == number }
"""
"""In the module that all others with faults import."""

TALKING = "Sources/SnugRooms/Chat/Chat+Talking.swift"
ENTERING = "Sources/SnugRooms/Chat/Chat+Entering.swift"
SNAPSHOT = "Sources/SnugRooms/Chat/Chat+Snapshot.swift"
TELLING = "Sources/SnugServer/Delivery/Telling.swift"
LOGIN = "Sources/SnugServer/Hub/LevelOneLogin.swift"
LEVEL_ONE = "Sources/SnugServer/Hub/HubState+LevelOne.swift"
SESSION = "Sources/SnugServer/Sessions/LevelOneSession.swift"
LINES = "Sources/SnugHistory/RoomLines.swift"
LEAVING = "Sources/SnugRooms/Chat/Chat+Leaving.swift"
DIRECTORY = "Sources/SnugRooms/Chat/RoomDirectory.swift"
MODERATION = "Sources/SnugRooms/Chat/Chat+Moderation.swift"


def instead(before, after):
    """A statement that does another thing where the fault is in force."""
    return before, f"if PLANTED {{ {after} }} else {{ {before} }}"


def never(before):
    """A statement that is left out where the fault is in force."""
    return before, f"if !PLANTED {{ {before} }}"


def other(before, after):
    """An expression with another value where the fault is in force."""
    return before, f"(PLANTED ? {after} : {before})"


# (what is wrong then, file, what stands there once, what is put in its place)
FAULTS = [
    ("a line that comes again under its ref is said again", TALKING,
     "if let said = try said(ref, fingerprint, session) { return said }\n        }",
     "if let said = try said(ref, fingerprint, session), !PLANTED { return said }\n        }"),
    ("another text under a taken ref is confirmed", TALKING,
     "guard said.fingerprint == fingerprint else", "guard said.fingerprint == fingerprint || PLANTED else"),
    ("refs are not remembered", TALKING, "        remember(ref, fingerprint, session)\n        return speech",
     "        if !PLANTED { remember(ref, fingerprint, session) }\n        return speech"),
    ("refs are forgotten by a restart", SNAPSHOT, *never("for line in state.lines { restore(line) }")),
    ("a token resumes nothing", ENTERING,
     "let resumed = entry.resume.flatMap { stays[$0].map { $0.key == entry.key } == true ? $0 : nil }",
     "let resumed = entry.resume.flatMap { stays[$0].map { $0.key == entry.key } == true && !PLANTED ? $0 : nil }"),
    ("the last line that was seen is told again", LOGIN,
     *other("(.after(seen.sequence), false)", "(.after(seen.sequence - 1), false)")),
    ("the first line that was missed is left out", LOGIN,
     *other("(.after(seen.sequence), false)", "(.after(seen.sequence + 1), false)")),
    ("numbers of another epoch are taken for this one's", LOGIN,
     "if enter.resume?.epoch == epoch {", "if enter.resume?.epoch == epoch || PLANTED {"),
    ("what is no longer kept is not told as a gap", TELLING,
     *instead("guard first <= last, first > 0 else { return }", "guard first <= last, first == 1 else { return }")),
    ("there is no gap where all of a room is unknown", TELLING,
     *instead("guard first <= last, first > 0 else { return }", "guard first <= last, first > 1 else { return }")),
    ("one's own lines are told again without their refs", TELLING,
     "let ref = reader.said(line) ? line.ref?.text : nil",
     "let ref = reader.said(line) && !PLANTED ? line.ref?.text : nil"),
    ("what happens is not held back while the past is told", SESSION,
     *never("if telling.opens, let index = index(of: telling.room) { readings[index].outbox.hold() }")),
    ("the end of what was missed is told twice, once as it happens", TELLING,
     "while let line = lines.first, line.sequence <= through, frames",
     "while let line = lines.first, line.sequence <= through || PLANTED, frames"),
    ("lines are confirmed before they are stored", LEVEL_ONE,
     "let stored = sequence.map { confirm($0, to: session, on: seat.loop) } ?? 0",
     "let stored = PLANTED ? 0 : sequence.map { confirm($0, to: session, on: seat.loop) } ?? 0"),
    ("a page says that nothing is kept before it", TELLING,
     "hasEarlier = page.hasMore", "hasEarlier = page.hasMore && !PLANTED"),
    ("a page in memory leaves out its oldest line", LINES,
     "chosen = rest.suffix(limit)", "chosen = rest.suffix(PLANTED ? max(1, limit - 1) : limit)"),
    ("whoever resumes leaves, for others", LEAVING,
     *instead("if let token = session.token, stays[token]?.session == id { retire(token) }",
              "if let person = people[session.person] { leaveChat(person.id, .cut, &outcome) }")),
    ("anybody may enter a private room", DIRECTORY,
     *other("privateRooms[holder]?.first { rooms[$0]?.name.looksLike(name) ?? false }", "anyRoom(name)")),
    ("a direct message goes to everybody", TALKING,
     "tell(kind, to: .person(recipient.id), by: person.who, &outcome)",
     "tell(kind, to: PLANTED ? .room(.main) : .person(recipient.id), by: person.who, &outcome)"),
    ("bans are confirmed before they are stored", LEVEL_ONE,
     "let stored = event.kind.isKept ? event.sequence : nil",
     "let stored = event.kind.isKept && (isLine || !PLANTED) ? event.sequence : nil"),
    ("a direct message that comes again under its ref is said again", TALKING,
     "if let said = try said(ref, fingerprint, session) { return said }\n        guard let recipient",
     "if let said = try said(ref, fingerprint, session), !PLANTED { return said }\n        guard let recipient"),
    ("whoever is muted is heard", TALKING, *never("try requireVoice(speaker.key, session)")),
    ("whoever is banned stays", MODERATION, *never("if isBan { putOut(bannedSessions, .banned, &outcome) }")),
    ("whoever is kicked stays in the chat", MODERATION,
     "else { return putOut(person.sessions, .kicked, &outcome) }",
     "else { return PLANTED ? () : putOut(person.sessions, .kicked, &outcome) }"),
    ("whoever is kicked out of a room stays in it", MODERATION,
     *never("leaveRoom(membership, person.id, .kicked, &outcome)")),
    ("anybody may moderate", MODERATION,
     "guard mayModerate(person.key, session) else { throw Refusal(.notOperator) }\n        return .person",
     "guard mayModerate(person.key, session) || PLANTED else { throw Refusal(.notOperator) }\n        return .person"),
]

ONE = 1  # the server that alone has some of these

NODES = "Sources/SnugCluster/NodeDirectory.swift"
ORDER = "Sources/SnugServer/Hub/HubState+Order.swift"
DESK = "Sources/SnugServer/History/HistoryDesk.swift"
CHECKPOINT = "Sources/SnugCluster/Messages/Checkpoint.swift"
PUBLISHING = "Sources/SnugCluster/JetStreamLog+Publishing.swift"

SHARED_FAULTS = [
    ("each message of the order is applied twice", NODES, "return [.requests(requests)]",
     "return [.requests(requests)] + (PLANTED ? [.requests(requests)] : [])"),
    ("a name is given twice", ENTERING, "let name = names.isFree(wanted, for: holder) ? wanted :",
     "let name = PLANTED || names.isFree(wanted, for: holder) ? wanted :"),
    ("a token resumes at the server alone that gave it", ENTERING,
     "stays[$0].map { $0.key == entry.key } == true ? $0 : nil",
     "stays[$0].map { $0.key == entry.key && (!PLANTED || $0.session?.node == id.node) } == true ? $0 : nil"),
    ("whoever was at a server that is gone has left", LEAVING, "if reason.keepsTheStay { hold(id) } else",
     "if PLANTED { end(id, .goodbye, &outcome) } else if reason.keepsTheStay { hold(id) } else"),
    ("whoever was at a server that has ended stays", LEAVING, "else { end(id, .cut, &outcome) }",
     "else if !PLANTED { end(id, .cut, &outcome) }"),
    ("one server reckons what it has read otherwise", CHECKPOINT, "stateDigest(of: digest.bytes + bytes) ?? digest",
     "stateDigest(of: digest.bytes + bytes + (PLANTED && sequence % 50 == 0 ? [1] : [])) ?? digest", ONE),
    ("a message that was not confirmed in time is not sent again", PUBLISHING,
     "                Polling.pause(.milliseconds(50))\n",
     "                if PLANTED { return }\n                Polling.pause(.milliseconds(50))\n"),
    ("one server leaves out a request of others", ORDER, "_ = conclude(request, decide(request), conclusion)",
     "if !PLANTED || tickets != nil || sequence % 25 != 0 { _ = conclude(request, decide(request), conclusion) }", ONE),
    ("one server has a clock of its own", ORDER, "all servers do so.\n            doWhatIsDue(at: time)",
     "all servers do so.\n            doWhatIsDue(at: PLANTED ? time.adding(milliseconds: 1_000) : time)", ONE),
    ("one server does not keep every fifth line", DESK, "guard isOnDisk else {\n            if !retention",
     "if PLANTED, (outcome.line?.sequence ?? 1) % 5 == 0 { return }\n        guard isOnDisk else {\n            if !retention",
     ONE),
]


def run(command, **options):
    return subprocess.run(command, text=True, capture_output=True, **options)


def copy(faults):
    files = run(["git", "ls-files", "Package.swift", "Sources", "Tests"], check=True).stdout.splitlines()
    sources = {path: Path(path).read_bytes() for path in files if Path(path).exists()}
    sources["Sources/SnugRooms/PlantedFault.swift"] = CHOICE.encode()
    for number, (_, path, before, after, *_) in enumerate(faults, 1):
        text = sources[path].decode()
        if text.count(before) != 1:
            sys.exit(f"error: {path} has not once what fault {number} replaces\nhint: mend the list: {before!r}")
        sources[path] = text.replace(before, after.replace("PLANTED", f"isPlanted({number})")).encode()
    for path, content in sources.items():
        target = COPY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # The time of a file that is the same stays, so that it is not built again.
        if not target.exists() or target.read_bytes() != content:
            target.write_bytes(content)


def build(options):
    traits = ["--traits", "default,Cluster"] if options.cluster else []
    outcome = run(["swift", "build", "--quiet", "--product", "snug-server", "--package-path", str(COPY),
                   "--scratch-path", str(scratch(options)), *traits])
    if outcome.returncode:
        sys.exit(f"error: it does not build any more\nhint: mend the list in Tests/Histories/planted.py\n"
                 f"{(outcome.stdout + outcome.stderr)[-3000:]}")


def scratch(options):
    """Objects of other traits do not mix."""
    return COPY / (".build-cluster" if options.cluster else ".build")


def histories(number, faults, options):
    """The histories' output with that fault, and whether all promises were kept."""
    where = [str(node) for node in faults[number - 1][4:]] if number else []
    outcome = run([sys.executable, "Tests/Histories", "--count", str(options.count), "--seed", str(options.seed),
                   "--jobs", str(options.jobs), "--stop-early", *(["--cluster"] if options.cluster else [])],
                  env=os.environ | {"SNUG_PROGRAMS": str(scratch(options) / "debug"), "PLANTED_FAULT": str(number),
                                    "PLANTED_AT": "".join(where)})
    return outcome.stdout + outcome.stderr, outcome.returncode == 0


def is_noticed(number, faults, options):
    output, is_good = histories(number, faults, options)
    # A checker or a bus that fails has noticed nothing.
    broken = [line.strip() for line in output.splitlines() if line.startswith("       ")
              and "the checker failed" not in line and "there is no bus" not in line and "did not start" not in line]
    is_seen = not is_good and bool(broken)
    print(f"noticed {number:2} {faults[number - 1][0]}: {broken[0][:150]}" if is_seen else
          f"MISSED  {number:2} {faults[number - 1][0]}", flush=True)
    return is_seen


def main():
    parser = argparse.ArgumentParser(prog="scripts/histories --planted")
    parser.add_argument("numbers", nargs="*", type=int, help="which faults; without, all of them")
    parser.add_argument("--count", type=int, default=300, help="histories for each (300)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--jobs", type=int, default=6, help="how many at once (6)")
    parser.add_argument("--cluster", action="store_true", help="faults of several servers with one chat")
    options = parser.parse_args()
    faults = SHARED_FAULTS if options.cluster else FAULTS
    copy(faults)
    build(options)
    output, is_good = histories(0, faults, options)
    if not is_good:
        print(output)
        sys.exit("error: histories fail without any fault\nhint: mend that first")
    print("without any fault: ok", flush=True)
    numbers = options.numbers or range(1, len(faults) + 1)
    noticed = sum([is_noticed(number, faults, options) for number in numbers])
    print(f"{noticed} of {len(numbers)} planted faults are noticed")
    return 0 if noticed == len(numbers) else 1


if __name__ == "__main__":
    sys.exit(main())
