# SPDX-License-Identifier: Apache-2.0
"""scripts/histories: random histories of a real server under faults, each judged; see docs/proving.md."""
import argparse
import contextlib
import json
import multiprocessing
import os
import sys
import tempfile
import time
import traceback
from pathlib import Path

from bus import SERVERS, Bus
from chat import Chat
from judge import judge
from network import Namespaces, Relay, reason_against_namespaces
from plan import Plan
from server import PROGRAM, make_certificates
from shared_chat import SharedChat
from shared_plan import NODES, SharedPlan
from traces import KEPT, write_trace


HISTORIES_OF_A_BUS = 10


def run(task):
    seed, program, certificates, buses, network = task
    with tempfile.TemporaryDirectory(prefix="snug-history-") as folder:
        if buses:
            try:
                bus_of_worker(buses, network)
            except TimeoutError as error:
                return seed, [f"there is no bus: {error}"], {}, ([], [])
            chat = SharedChat(SharedPlan(seed), program, certificates, Path(folder), bus)
        else:
            chat = Chat(Plan(seed), program, certificates, Path(folder))
        try:
            record = chat.run()
            truth = judge(record)
            faults, orphans = truth.faults, truth.orphans
        except Exception:  # of this program, which is a failure as well
            record, faults, orphans = chat.world.record, ["the checker failed: " + traceback.format_exc()], 0
        logs = [path.read_text() for path in sorted(Path(folder).glob("server-*.log"), key=number_of)]
    counts = summary_of_servers(record) if buses else summary(record, orphans)
    counts["dropped as slow"] = sum(log.count("slow reader") for log in logs)
    return seed, faults, counts, (record, logs) if faults else None


bus = None


def bus_of_worker(folder, network):
    """Three NATS servers serve one history after the other: until they have found each other, seconds go by."""
    global bus
    if bus:
        bus.world = None
        bus.repair()
        try:
            bus.wait_until_ready()
        except TimeoutError:
            bus.end()
            bus = None
    bus = bus or Bus(tempfile.mkdtemp(dir=folder), network(len(NODES) + 1, SERVERS))


def number_of(path):
    return int(path.stem.partition("-")[2])


def summary(record, orphans):
    counts = {"lines sent": 0, "confirmations": 0, "connections": 0, "stays resumed": 0, "restarts": 0, "gaps": 0,
              "lines taken by kill -9": orphans}
    for entry in record:
        message = entry.get("message", {})
        counts["connections"] += entry["what"] == "connect"
        counts["restarts"] += entry["what"] in ("kill", "term")
        counts["lines sent"] += entry["what"] == "sent" and message.get("type", "say") == "say"
        if entry["what"] == "got":
            counts["confirmations"] += message["type"] == "said" and "ref" in message
            counts["stays resumed"] += message["type"] == "entered" and message["resumed"]
            counts["gaps"] += message["type"] == "gap"
    return counts


def summary_of_servers(record):
    counts = summary(record, 0)
    del counts["restarts"], counts["lines taken by kill -9"]
    done = [(entry["who"], entry["what"]) for entry in record]
    for who, what, name in [("server", "kill", "kills of servers"), ("server", "term", "ends of servers"),
                            ("server", "SIGSTOP", "stops of servers"), ("bus", "kill", "kills of NATS servers"),
                            ("bus", "SIGSTOP", "stops of NATS servers"), ("bus", "part", "partings")]:
        counts[name] = done.count((who, what))
    counts["leaders killed"] = sum(entry.get("leads", False) for entry in record)
    counts["histories in which NATS servers had different copies"] = done.count(("bus", "copies differ"))
    counts["servers that ended for they had read another log"] = sum(entry.get("asked") == "other log" for entry in record)
    digests = [entry for entry in record if entry["what"] == "digest"]
    counts["digests told"] = len(digests)
    counts["messages compared"] = len({entry["sequence"] for entry in digests})
    calm = next((entry for entry in record if entry["what"] == "calm"), {"seconds": 0, "without_bus": 0})
    counts["most seconds from the last fault until everybody was in"] = calm["seconds"]
    counts["most seconds of that without the bus"] = calm["without_bus"]
    counts["most seconds of that with it"] = round(calm["seconds"] - calm["without_bus"], 1)
    counts["histories in which it took more than 10"] = int(calm["seconds"] > 10)
    return counts


def main():
    parser = argparse.ArgumentParser(prog="scripts/histories", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="how many histories (300)")
    parser.add_argument("--seed", type=int, help="the first seed; without it, another one each time")
    parser.add_argument("--jobs", type=int, default=6, help="how many at once (6)")
    parser.add_argument("--cluster", action="store_true", help="of three servers with one chat")
    parser.add_argument("--relay", action="store_true", help="they are parted by a relay, and not in network namespaces")
    parser.add_argument("--stop-early", action="store_true", help="end with the first history that fails")
    parser.add_argument("--judge", type=Path, metavar="FILE", help="judge a record that was kept, and run nothing")
    options = parser.parse_args()
    if options.judge:
        return report_faults(judge(json.loads(options.judge.read_text())).faults)
    if not os.access(PROGRAM, os.X_OK):
        sys.exit(f"error: there is no {PROGRAM}\nhint: scripts/histories builds it")
    first = int(time.time()) % 1_000_000 * 1_000 if options.seed is None else options.seed
    print(f"seeds {first} to {first + options.count - 1}", flush=True)
    return run_all(first, options)


def report_faults(faults):
    for fault in faults:
        print(f"       {fault}")
    return 1 if faults else 0


def run_all(first, options):
    totals, done, failed, begin = {}, 0, [], time.monotonic()
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(
            options.jobs, maxtasksperchild=HISTORIES_OF_A_BUS if options.cluster else None) as pool:
        certificates = make_certificates(PROGRAM, Path(folder) / "certs")
        buses = folder if options.cluster else None
        network = choose_network(options) if options.cluster else None
        tasks = [(first + number, PROGRAM, certificates, buses, network) for number in range(options.count)]
        for seed, faults, counts, kept in until_interrupted(pool.imap_unordered(run, tasks)):
            done += 1
            for name, count in counts.items():
                totals[name] = max(totals.get(name, 0), count) if name.startswith("most") else totals.get(name, 0) + count
            if faults:
                failed.append(seed)
                show_failure(seed, "--cluster " if options.cluster else "", faults, *kept)
                if options.stop_early:
                    pool.terminate()
                    break
    took = time.monotonic() - begin
    print(f"{done} histories in {took:.0f} s: " + ", ".join(f"{n:,} {name}" for name, n in totals.items()))
    print(f"{'FAILED' if failed else 'ok    '} histories in which a promise was broken: {len(failed)}")
    return 1 if failed else 130 if done < options.count else 0


def until_interrupted(results):
    """Ten thousand histories take an hour: what was seen until somebody stops them counts."""
    with contextlib.suppress(KeyboardInterrupt):
        yield from results


def choose_network(options):
    """Namespaces, where they are to be had."""
    if options.relay:
        return Relay
    reason = reason_against_namespaces()
    if reason:
        print(f"a relay parts servers and their bus, for there are no network namespaces here: {reason}", flush=True)
    return Relay if reason else Namespaces


def show_failure(seed, cluster, faults, record, logs):
    name = f"cluster-{seed}" if cluster else seed
    trace = write_trace(name, faults, record, logs)
    (KEPT / f"{name}.json").write_text(json.dumps(record))
    print(f"FAILED seed {seed} (again: scripts/histories {cluster}--seed {seed} --count 1; trace: {trace})")
    report_faults(faults[:12])
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
