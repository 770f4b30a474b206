# SPDX-License-Identifier: Apache-2.0
"""scripts/histories --planted: plants faults into resuming, dedup and replay, and runs histories on each.

A fault that no history notices is one that the checker misses. The tree that they are planted into is a copy. Numbers
after --planted choose some of them; --count is how many histories each gets at most.
"""
import argparse
import shutil
import subprocess
import sys
from pathlib import Path

COPY = Path(".build-planted/tree")

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

# (what is wrong then, file, what stands there, what is put in its place)
FAULTS = [
    ("a line that comes again under its ref is said again", TALKING,
     "if let said = try said(ref, fingerprint, session) { return said }\n        }",
     "_ = try said(ref, fingerprint, session)\n        }"),
    ("another text under a taken ref is confirmed", TALKING,
     "guard said.fingerprint == fingerprint else { throw Refusal(.refReused, .given(ref.text)) }", ""),
    ("refs are not remembered", TALKING,
     "        remember(ref, fingerprint, session)\n        return speech", "        return speech"),
    ("refs are forgotten by a restart", SNAPSHOT, "for line in state.lines { restore(line) }", ""),
    ("a token resumes nothing", ENTERING,
     "let resumed = entry.resume.flatMap { stays[$0].map { $0.key == entry.key } == true ? $0 : nil }",
     "let resumed: TokenDigest? = nil"),
    ("the last line that was seen is told again", LOGIN, "(.after(seen.sequence), false)",
     "(.after(seen.sequence - 1), false)"),
    ("the first line that was missed is left out", LOGIN, "(.after(seen.sequence), false)",
     "(.after(seen.sequence + 1), false)"),
    ("numbers of another epoch are taken for this one's", LOGIN, "if enter.resume?.epoch == epoch {", "if true {"),
    ("what is no longer kept is not told as a gap", TELLING,
     "guard first <= last, first > 0 else { return }", "guard first <= last, first == 1 else { return }"),
    ("there is no gap where all of a room is unknown", TELLING,
     "guard first <= last, first > 0 else { return }", "guard first <= last, first > 1 else { return }"),
    ("one's own lines are told again without their refs", TELLING,
     "let ref = reader.said(line) ? line.ref?.text : nil", "let ref: String? = nil"),
    ("what happens is not held back while the past is told", SESSION,
     "if telling.opens, let index = index(of: telling.room) { readings[index].outbox.hold() }", ""),
    ("the end of what was missed is told twice, once as it happens", TELLING,
     "while let line = lines.first, line.sequence <= through, frames", "while let line = lines.first, frames"),
    ("lines are confirmed before they are stored", LEVEL_ONE,
     "let stored = sequence.map { confirm($0, to: session, on: seat.loop) } ?? 0", "let stored: UInt64 = 0"),
    ("a page says that nothing is kept before it", TELLING, "hasEarlier = page.hasMore", "hasEarlier = false"),
    ("a page in memory leaves out its oldest line", LINES, "chosen = rest.suffix(limit)",
     "chosen = rest.suffix(max(1, limit - 1))"),
    ("whoever resumes leaves, for others", LEAVING,
     "if let token = session.token, stays[token]?.session == id { retire(token) }",
     "if let person = people[session.person] { leaveChat(person.id, .cut, &outcome) }"),
    ("anybody may enter a private room", DIRECTORY, "filter { rooms[$0]?.admits(holder) ?? false }",
     "filter { rooms[$0] != nil }"),
    ("a direct message goes to everybody", TALKING, "tell(kind, to: .person(recipient.id), by: person.who, &outcome)",
     "tell(kind, to: .room(.main), by: person.who, &outcome)"),
    ("bans are confirmed before they are stored", LEVEL_ONE, "let stored = event.kind.isKept ? event.sequence : nil",
     "let stored = isLine ? event.sequence : nil"),
    ("a direct message that comes again under its ref is said again", TALKING,
     "if let said = try said(ref, fingerprint, session) { return said }\n        guard let recipient",
     "guard let recipient"),
    ("whoever is muted is heard", TALKING, "try requireVoice(speaker.key, session)", ""),
    ("whoever is banned stays", MODERATION, "if isBan { putOut(bannedSessions, .banned, &outcome) }", ""),
    ("whoever is kicked stays in the chat", MODERATION,
     "else { return putOut(person.sessions, .kicked, &outcome) }", "else { return }"),
    ("whoever is kicked out of a room stays in it", MODERATION,
     "        leaveRoom(membership, person.id, .kicked, &outcome)", "        _ = membership"),
    ("anybody may moderate", MODERATION, "guard mayModerate(person.key, session) else { throw Refusal(.notOperator) }\n"
     "        return .person", "return .person"),
]


def run(command, **options):
    return subprocess.run(command, text=True, capture_output=True, **options)


def copy():
    files = run(["git", "ls-files", "Package.swift", "Sources", "Tests"], check=True).stdout.splitlines()
    for path in files:
        target = COPY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        # The time of a file that is the same stays, so that it is not built again.
        if Path(path).exists() and (not target.exists() or target.read_bytes() != Path(path).read_bytes()):
            shutil.copyfile(path, target)


def build():
    outcome = run(["swift", "build", "--quiet", "--product", "snug-server", "--package-path", str(COPY)])
    if outcome.returncode:
        sys.exit(f"error: it does not build any more\nhint: mend the list in Tests/Histories/planted.py\n"
                 f"{(outcome.stdout + outcome.stderr)[-3000:]}")


def histories(options):
    """The last histories' output, and whether all promises were kept."""
    outcome = run([sys.executable, "Tests/Histories", "--count", str(options.count), "--seed", str(options.seed),
                   "--jobs", str(options.jobs), "--stop-early"],
                  env={"PATH": "/usr/local/bin:/usr/bin:/bin", "SNUG_PROGRAMS": str(COPY / ".build/debug")})
    return outcome.stdout + outcome.stderr, outcome.returncode == 0


def plant(number, options):
    what, path, before, after = FAULTS[number - 1]
    file = COPY / path
    text = file.read_text()
    if text.count(before) != 1:
        sys.exit(f"error: {path} has not once what fault {number} replaces\nhint: mend the list: {before!r}")
    try:
        file.write_text(text.replace(before, after))
        build()
        output, is_good = histories(options)
    finally:
        file.write_text(text)
    first = next((line.strip() for line in output.splitlines() if line.startswith("       ")), "")
    print(f"{'MISSED ' if is_good else 'noticed'} {number:2} {what}{'' if is_good else ': ' + first[:150]}", flush=True)
    return not is_good


def main():
    parser = argparse.ArgumentParser(prog="scripts/histories --planted")
    parser.add_argument("numbers", nargs="*", type=int, help="which faults; without, all of them")
    parser.add_argument("--count", type=int, default=300, help="histories for each (300)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (1)")
    parser.add_argument("--jobs", type=int, default=6, help="how many at once (6)")
    options = parser.parse_args()
    copy()
    build()
    output, is_good = histories(options)
    if not is_good:
        print(output)
        sys.exit("error: histories fail without any fault\nhint: mend that first")
    print("without any fault: ok", flush=True)
    numbers = options.numbers or range(1, len(FAULTS) + 1)
    noticed = sum([plant(number, options) for number in numbers])
    print(f"{noticed} of {len(numbers)} planted faults are noticed")
    return 0 if noticed == len(numbers) else 1


if __name__ == "__main__":
    sys.exit(main())
