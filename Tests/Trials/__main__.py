# SPDX-License-Identifier: Apache-2.0
"""scripts/trials: the real client at a terminal among faults, each trial judged; see docs/proving.md."""
import argparse
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from rows import LOOKS
from scenarios import SCENARIOS
from server import make_certificates
from sight import sight_of
from spoiling import unnoticed
from traces import write_trace
from trial import Trial
from troubles import KINDS, Plan
from verdict import judge

PROGRAMS = Path(os.environ.get("SNUG_PROGRAMS", ".build/debug"))
KEPT = Path(".build/trials")


def run(task):
    seed, client, certificates, kinds, is_planted, scenario = task
    with tempfile.TemporaryDirectory(prefix="snug-trial-") as folder:
        surroundings = PROGRAMS, client, certificates, Path(folder)
        trial = SCENARIOS[scenario](seed, *surroundings) if scenario is not None else Trial(
            Plan(seed, kinds), *surroundings)
        planted = 0
        try:
            trial.run()
            faults = trial.faults
            sight = trial.sight
            # Who has seen the end of the chat has nothing more to compare.
            if not faults and sight:
                faults = list(judge(sight))
                if is_planted and not faults:
                    planted, missed = unnoticed(sight, seed)
                    faults = [f"planted and not noticed: {what}" for what in missed]
        except Exception:  # of this program, which is a failure as well
            faults = trial.faults + ["the checker failed: " + traceback.format_exc()]
        counts = summary(trial)
        counts["faults planted"] = planted
        name = seed if scenario is None else type(trial).__name__
        if trial.figures:
            print(f"       {name}: " + ", ".join(f"{what} {figure}" for what, figure in trial.figures.items()), flush=True)
        screen = trial.window.terminal.rows if trial.window else []
        logs = [path.read_text() for path in sorted(Path(folder).glob("server-*.log"))]
    return name, faults, counts, (trial.world.record, screen, logs) if faults else None


def summary(trial):
    counts = {"lines": 0, "typed": 0, "edits seen": 0, "of them without a connection": 0, "connections": 0, "restarts": 0}
    if trial.person:
        counts["typed"], counts["edits seen"] = len(trial.person.said), trial.person.edits
        counts["of them without a connection"] = trial.person.edits_offline
        counts["connections"] = len(trial.relay.attempts)
    for entry in trial.world.record:
        counts["restarts"] += entry["what"] in ("kill", "term")
        counts["lines"] += (entry["who"] == trial.observer.name and entry["what"] == "got"
                            and entry["message"]["type"] == "said")
    return counts


def main():
    parser = argparse.ArgumentParser(prog="scripts/trials", description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="how many trials (200)")
    parser.add_argument("--seed", type=int, help="the first seed; without it, another one each time")
    parser.add_argument("--jobs", type=int, default=5, help="how many at once (5)")
    parser.add_argument("--only", nargs="*", choices=KINDS, default=KINDS, metavar="KIND",
                        help=f"kinds of trouble, of: {', '.join(KINDS)}; none of them without a word behind it")
    parser.add_argument("--long", action="store_true", help="the few that take minutes, instead of those by chance")
    parser.add_argument("--planted", action="store_true", help="spoil what each trial saw, and see whether it is noticed")
    parser.add_argument("--client", choices=LOOKS, default="snug", help="which of the two clients (snug)")
    options = parser.parse_args()
    for program in ("snug", "snug-server"):
        if not os.access(PROGRAMS / program, os.X_OK):
            sys.exit(f"error: there is no {PROGRAMS / program}\nhint: scripts/trials builds it")
    first = int(time.time()) % 1_000_000 * 1_000 if options.seed is None else options.seed
    if not options.long:
        print(f"seeds {first} to {first + options.count - 1}", flush=True)
    return run_all(first, options)


def run_all(first, options):
    totals, failed, begin = {}, [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(options.jobs) as pool:
        certificates = make_certificates(PROGRAMS / "snug-server", Path(folder) / "certs")
        common = options.client, certificates, options.only, options.planted
        tasks = [(first + number, *common, None) for number in range(options.count)]
        if options.long:
            tasks = [(first, *common, number) for number in range(len(SCENARIOS))]
        for name, faults, counts, kept in pool.imap_unordered(run, tasks):
            for what, count in counts.items():
                totals[what] = totals.get(what, 0) + count
            if faults:
                failed.append(name)
                show_failure(name, options.long, faults, *kept)
    took = time.monotonic() - begin
    print(f"{len(tasks)} trials in {took:.0f} s: " + ", ".join(f"{n:,} {name}" for name, n in totals.items() if n))
    print(f"{'FAILED' if failed else 'ok    '} trials in which somebody would notice: {len(failed)}")
    return 1 if failed else 0


def show_failure(name, is_long, faults, record, screen, logs):
    trace = write_trace(name, faults, record, logs, KEPT)
    (KEPT / f"{name}.screen").write_text("\n".join(screen) + "\n")
    again = "--long" if is_long else f"--seed {name} --count 1"
    print(f"FAILED {name} (again: scripts/trials {again}; trace: {trace})")
    for fault in faults[:8]:
        print(f"       {fault}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
