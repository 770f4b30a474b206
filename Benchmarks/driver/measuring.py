# SPDX-License-Identifier: Apache-2.0
"""Runs the cells of a scenario in rounds, so that whatever the machine does meanwhile befalls all of them alike."""
import contextlib
import json
import subprocess
import sys
import time

from bus import publishing, running_bus, stored_bytes
from servers import PROGRAMS, SERVERS, BenchError, cores, pinned, running

PATIENCE_SECONDS = 300
STORM_HEAD_START_SECONDS = 0.3
NODES_LINE = bytes(160)
"""As long as what a node publishes for a line of the benchmark."""


def measure(scenario, folder, rounds, seconds):
    """A list for each cell with what each round brought: the generator's report, or why there is none."""
    results = {cell.key: [] for cell in scenario.cells}
    for number in range(rounds):
        # Another one goes first in every round.
        shift = number % len(scenario.cells)
        for cell in scenario.cells[shift:] + scenario.cells[:shift]:
            print(f"{scenario.name}  round {number + 1}/{rounds}  {cell.key}", file=sys.stderr)
            results[cell.key].append(measure_cell(cell, folder, scenario.options.get("seconds", seconds)))
    return results


def measure_cell(cell, folder, seconds):
    try:
        if cell.load == ("publish",):
            with running_bus(folder) as urls:
                return publishing(urls, seconds, NODES_LINE)
        with running(cell.server, folder) as (process, ports, metrics):
            target = ["--port", str(ports[cell.at]), "--dialect", SERVERS[cell.server].dialect]
            if SERVERS[cell.server].encrypted:
                target += ["--ca", str(folder / "certs" / "ca.pem")]
            with raging(cell.storm, target, seconds):
                asked = [part.format(metrics=metrics, ports=ports) for part in cell.load]
                before = stored_bytes(folder)
                report = load((*asked, "--at-once", str(cell.at_once)), target + [
                    "--server-pid", str(process), "--seconds", str(seconds), "--warm-up", str(min(1, seconds))])
                if SERVERS[cell.server].nodes and report.get("lines"):
                    report["storedBytesPerLine"] = (stored_bytes(folder) - before) / report["lines"]
                return report
    except (BenchError, OSError) as error:
        return {"error": str(error)}


@contextlib.contextmanager
def raging(storm, target, seconds):
    """A storm as long as the caller measures; it yields the processor to the members that are measured."""
    if not storm:
        yield
        return
    command = ["nice", "-n", "19", *load_command(storm[:1]), *target, *storm[1:], "--warm-up", "0", "--seconds", "600"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(STORM_HEAD_START_SECONDS)
        yield
    finally:
        process.kill()
        process.wait()


def load(arguments, target):
    result = subprocess.run(
        load_command(arguments) + target, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False)
    if result.returncode != 0:
        raise BenchError(result.stderr.splitlines()[0].removeprefix("error: ") if result.stderr else
                         f"the load generator ended with {result.returncode}", "")
    return json.loads(result.stdout)


def load_command(arguments):
    return [*pinned(cores()[1]), str(PROGRAMS / "snug-load"), *arguments]
