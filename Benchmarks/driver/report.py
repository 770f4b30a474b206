# SPDX-License-Identifier: Apache-2.0
"""Turns what was measured into tables: medians of the rounds' ratios, each with its smallest and largest."""
import platform
import re
import statistics
import subprocess

from scenarios import SCENARIOS
from servers import SERVERS, cores

COST = "serverMicrosecondsPerDelivery"
CONNECTION_COST = "serverMicrosecondsPerConnection"
MEMORY = "residentKiBPerMember"
NOTHING = "–"


def number(value):
    decimals = 0 if value >= 100 or value == 0 else 1 if value >= 10 else 2 if value >= 0.1 else 3
    return f"{value:.{decimals}f}"


def summary(values):
    """`1.07 (1.05–1.10)`; without what is in parentheses where that says nothing."""
    if not values:
        return NOTHING
    least, middle, most = (number(value) for value in (min(values), statistics.median(values), max(values)))
    return middle if least == most else f"{middle} ({least}–{most})"


def ratios(results, key, reference, metric):
    """One ratio for each round in which both were measured."""
    pairs = zip(results.get(key, []), results.get(reference, []))
    return [one[metric] / other[metric] for one, other in pairs if one.get(metric) and other.get(metric)]


def values(results, key, metric):
    return [round[metric] for round in results[key] if round.get(metric) is not None]


def busy(results, key):
    """What part of a processor the server and the load generator used."""
    shares = [values(results, key, metric) for metric in ("serverLoad", "generatorLoad")]
    return " / ".join(f"{statistics.median(share) * 100:.0f} %" if share else NOTHING for share in shares)


def wrong(results, key):
    """Lines lost, doubled and disordered in all rounds."""
    return " / ".join(str(sum(values(results, key, metric))) for metric in ("lost", "duplicated", "reordered"))


def fan_out_row(results, cell):
    return [
        summary(ratios(results, cell.key, "floor-1", COST)),
        summary(ratios(results, cell.key, cell.reference, COST)),
        summary(ratios(results, cell.key, cell.reference, "deliveriesPerSecond")),
        summary(ratios(results, cell.key, cell.reference, "latencyP50Microseconds")),
        summary(ratios(results, cell.key, cell.reference, "latencyP99Microseconds")),
        wrong(results, cell.key), busy(results, cell.key)]


def growth_row(results, cell):
    members = cell.key.rsplit("-", 1)[1]
    return [
        summary(ratios(results, cell.key, cell.reference, COST)),
        summary(ratios(results, cell.key, f"floor-1-{members}", COST)),
        wrong(results, cell.key), busy(results, cell.key)]


def latency_row(results, cell):
    dropped = values(results, cell.key, "disconnected")
    growth = values(results, cell.key, "serverResidentPeakGrowthKiB")
    return [
        *(summary(ratios(results, cell.key, cell.reference, f"latency{share}Microseconds"))
          for share in ("P50", "P99", "P999")),
        wrong(results, cell.key), str(sum(dropped)), summary(growth),
        busy(results, cell.key)]


def second_half(results, key, share):
    """A percentile in the second half of the time by that in the first, for each round."""
    return [round[f"second{share}Microseconds"] / round[f"latency{share}Microseconds"]
            for round in results[key] if round.get(f"latency{share}Microseconds")]


def halves_row(results, cell):
    return [
        *(summary(second_half(results, cell.key, share)) for share in ("P50", "P99", "P999")),
        *(str(sum(values(results, cell.key, metric))) for metric in ("scrapes", "amiss")),
        wrong(results, cell.key), busy(results, cell.key)]


def memory_row(results, cell):
    return [
        summary(values(results, cell.key, MEMORY)),
        summary(ratios(results, cell.key, cell.reference, MEMORY)),
        summary(ratios(results, cell.key, cell.reference, "serverMicrosecondsPerJoin"))]


def connection_row(results, cell):
    return [
        summary(ratios(results, cell.key, cell.reference, CONNECTION_COST)),
        summary(ratios(results, cell.key, cell.reference, "connectionsPerSecond")),
        str(sum(values(results, cell.key, "failed"))), busy(results, cell.key)]


def time_row(results, cell):
    """Times as they are: what is promised of them is a sum, which no ratio shows."""
    per_second = [round["deliveriesPerSecond"] / (round["members"] / round["rooms"] - 1)
                  for round in results[cell.key] if round.get("deliveriesPerSecond")]
    return [
        summary(per_second),
        *(summary([time / 1_000 for time in values(results, cell.key, f"latency{share}Microseconds")])
          for share in ("P50", "P99")),
        wrong(results, cell.key), busy(results, cell.key)]


def work_row(results, cell):
    per_line = [round[COST] * (round["members"] / round["rooms"] - 1)
                for round in results[cell.key] if round.get(COST)]
    return [
        summary(per_line), summary(values(results, cell.key, "storedBytesPerLine")),
        summary(values(results, cell.key, MEMORY)), busy(results, cell.key)]


BUSY = "processor used by server / generator"
WRONG = "lost / doubled / disordered"
KINDS = {
    "fan-out": (fan_out_row, ["CPU per delivery, × floor", "CPU per delivery, × Snug", "deliveries per second, × Snug",
                              "median latency, × Snug", "p99, × Snug", WRONG, BUSY]),
    "growth": (growth_row, ["CPU per delivery, × the same with 10", "× floor", WRONG, BUSY]),
    "latency": (latency_row, ["median latency, × the first", "p99, × the first", "p99.9, × the first", WRONG,
                              "members dropped", "peak of resident memory, + KiB", BUSY]),
    "halves": (halves_row, ["median latency, second × first windows", "p99", "p99.9", "scrapes", "amiss", WRONG, BUSY]),
    "time": (time_row, ["lines a second", "median, ms", "p99, ms", WRONG, BUSY]),
    "work": (work_row, ["CPU per line, µs", "bytes per line on each NATS server", "KiB per member", BUSY]),
    "memory": (memory_row, ["KiB per member", "× Snug", "CPU per join, × Snug"]),
    "connection": (connection_row, ["CPU per connection, × {reference}", "connections per second, × {reference}",
                                    "failed", BUSY]),
}


def label(cell):
    return cell.label or SERVERS[cell.server].label


def table(scenario, results):
    """A scenario's table in Markdown, and why cells are missing from it."""
    row, titles = KINDS[scenario.kind]
    reference = scenario.cells[0].reference
    reference = "floor" if reference.startswith("floor") else "Snug"
    lines = ["| | " + " | ".join(title.format(reference=reference) for title in titles) + " |",
             "|---" * (len(titles) + 1) + "|"]
    faults = []
    for cell in scenario.cells:
        if cell.key not in results:
            continue
        lines.append(f"| {label(cell)} | " + " | ".join(row(results, cell)) + " |")
        failed = [round["error"] for round in results[cell.key] if "error" in round]
        if failed:
            faults.append(f"{label(cell)} failed in {len(failed)} of {len(results[cell.key])} rounds: {failed[0]}.")
    return "\n".join(lines + [""] + faults) if faults else "\n".join(lines)


def first_line(*command):
    try:
        output = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    except OSError:
        output = ""
    return output.strip().split("\n")[0]


def machine():
    """The machine and the versions that the ratios were measured with."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        models = re.findall(r"^model name\s*: (.*)$", file.read(), re.MULTILINE)
    with open("/etc/os-release", encoding="utf-8") as file:
        system = re.search(r'^PRETTY_NAME="?([^"\n]*)', file.read(), re.MULTILINE)
    packages = [server.package for server in SERVERS.values() if server.package] + ["libgnutls30"]
    versions = [f"{package} {first_line('dpkg-query', '-W', '-f', '${Version}', package) or 'missing'}"
                for package in packages]
    swift = re.search(r"Swift version \S+", first_line("swift", "--version"))
    return (f"{len(models)} × {models[0] if models else platform.machine()}, Linux {platform.release()}, "
            f"{system.group(1) if system else 'unknown system'}; {swift.group(0) if swift else 'Swift'}, "
            f"Python {platform.python_version()}, swift-nio 2.101.2, swift-nio-ssl 2.37.6, {', '.join(versions)}")


def ciphers(all_results):
    return sorted({round["cipher"] for results in all_results.values() for rounds in results.values()
                   for round in rounds if "cipher" in round and round["cipher"] != "none"})


def placement():
    if cores()[0] is None:
        return "There is one processor, which server and generator share."
    return ("The server has one processor, and so one loop, to itself, and the load generator another: what is compared"
            " is the work, not how many processors share it.")


def markdown(all_results):
    """The whole of RESULTS.md."""
    rounds = sorted({len(rounds) for results in all_results.values() for rounds in results.values()})
    parts = [
        "# Results",
        f"Written by `scripts/bench`; [README.md](README.md) says what each figure is. {machine()}. Everything over"
        f" loopback with TLS 1.3, {' and '.join(ciphers(all_results))}, lines of 64 bytes. {placement()}",
        "Only ratios travel from one machine to another, so only they are given: the median over"
        f" {'–'.join(str(count) for count in sorted({rounds[0], rounds[-1]}))} rounds, in each of which every server"
        " had its turn, with the smallest and the largest in parentheses. Memory is the exception: it is the same"
        " everywhere.",
        "![CPU per delivery](results.svg)",
    ]
    for name, scenario in SCENARIOS.items():
        if name in all_results:
            parts += [f"## {scenario.title}", *([scenario.text] if scenario.text else []),
                      table(scenario, all_results[name])]
    return "\n\n".join(parts) + "\n"
