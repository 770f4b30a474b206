# SPDX-License-Identifier: Apache-2.0
"""The part of scripts/bench that measures; scripts/bench builds and installs what it needs and calls it."""
import argparse
import dataclasses
import json
import pathlib
import signal
import sys
import tempfile

import chart
import report
from measuring import measure
from scenarios import BEFORE, FLOORS, PEERS, SCENARIOS, SHORT
from servers import BENCHMARKS, SERVERS, BenchError, make_certificates, raise_file_limit

STORE = BENCHMARKS / ".build" / "results"
USAGE = 64


def arguments():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measure Snug beside the floor and its peers.")
    parser.add_argument("--short", action="store_true", help="only see whether everything works; no peers")
    parser.add_argument("--scenario", help=f"some of, with commas: {', '.join(SCENARIOS)} (default: all)")
    parser.add_argument("--against", default="floor,ngircd,inspircd,nio,ncat,python",
                        help="what to measure Snug beside, with commas (default: %(default)s)")
    parser.add_argument("--before", metavar="REV", help="measure Snug beside itself at that revision, and nothing else")
    parser.add_argument("--rounds", type=int, default=5, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--report", action="store_true", help="write RESULTS.md from what was measured last, and stop")
    return parser.parse_args()


def chosen(options):
    names = list(SCENARIOS) if options.scenario is None else options.scenario.split(",")
    against = set(BEFORE) if options.before else set(options.against.split(","))
    unknown = set(names) - set(SCENARIOS) or against - {*BEFORE, "floor", "", *PEERS}
    if unknown:
        raise BenchError(f"there is no {', '.join(sorted(unknown))}", "scripts/bench --help lists what there is")
    own = {name for name in SERVERS if name.startswith("snug")}
    servers = own | against | set(FLOORS if "floor" in against else ())
    return [only(SCENARIOS[name], servers) for name in names]


def only(scenario, servers):
    return dataclasses.replace(scenario, cells=tuple(cell for cell in scenario.cells if cell.server in servers))


def run(scenarios, folder, rounds, seconds):
    make_certificates(folder)
    for scenario in scenarios:
        results = measure(scenario, folder, rounds, seconds)
        print(f"{scenario.title}\n\n{report.table(scenario, results)}\n", flush=True)
        yield scenario, results


def run_short(folder):
    """Works or does not; how fast is nobody's business on a machine that does other things as well."""
    for scenario, results in run(SHORT, folder, rounds=1, seconds=0.5):
        for key, (result,) in results.items():
            expected_losses = 0 if scenario.name != "short-schedule" else result.get("disconnected", 0)
            faults = [result["error"]] if "error" in result else [
                f"{result[name]} {name}" for name in ("lost", "duplicated", "reordered", "failed", "disconnected", "amiss")
                if result.get(name, 0) > (expected_losses if name == "disconnected" else 0)]
            if faults:
                raise BenchError(f"{scenario.name}, {key}: {', '.join(faults)}", "run it again with a debugger at hand")


def stored():
    return {path.stem: json.loads(path.read_text()) for path in STORE.glob("*.json")}


def write_report():
    results = stored()
    (BENCHMARKS / "RESULTS.md").write_text(report.markdown(results))
    (BENCHMARKS / "results.svg").write_text(chart.chart(results))
    print("wrote Benchmarks/RESULTS.md and Benchmarks/results.svg", file=sys.stderr)


def main():
    options = arguments()
    if options.report:
        return write_report()
    raise_file_limit()
    # Stopped by a signal, it leaves no servers behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="snug-bench-") as name:
        folder = pathlib.Path(name)
        if options.short:
            return run_short(folder)
        STORE.mkdir(parents=True, exist_ok=True)
        for scenario, results in run(chosen(options), folder, options.rounds, options.seconds):
            if not options.before:
                (STORE / f"{scenario.name}.json").write_text(json.dumps(results, indent=1))
    if options.scenario is None and not options.before:
        write_report()


try:
    main()
except BenchError as error:
    print(f"error: {error}\nhint: {error.hint}", file=sys.stderr)
    sys.exit(1)
except KeyboardInterrupt:
    sys.exit(130)
