# SPDX-License-Identifier: Apache-2.0
"""What a server takes up, and whether it grows."""
import os
import re
import statistics
from dataclasses import dataclass
from pathlib import Path

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1_024


@dataclass
class Sample:
    resident_kib: int
    descriptors: int
    threads: int
    kernel_kib: int
    orphans: int
    log_bytes: int


def sample(pid, log):
    status = Path(f"/proc/{pid}/status").read_text()
    tcp = re.search(r"^TCP: inuse \d+ orphan (\d+) tw \d+ alloc \d+ mem (\d+)$",
                    Path("/proc/net/sockstat").read_text(), re.MULTILINE)
    return Sample(
        resident_kib=int(re.search(r"^VmRSS:\s+(\d+) kB$", status, re.MULTILINE)[1]),
        descriptors=len(os.listdir(f"/proc/{pid}/fd")),
        threads=int(re.search(r"^Threads:\s+(\d+)$", status, re.MULTILINE)[1]),
        kernel_kib=int(tcp[2]) * PAGE_KIB,
        orphans=int(tcp[1]),
        log_bytes=log.stat().st_size,
    )


class Verdict:
    """Figures with their bounds, told one a line."""

    def __init__(self):
        self.failed = False

    def figure(self, what, value, bound, unit=""):
        self._tell(what, f"{value:,}{unit}", value <= bound, f"at most {bound:,}{unit}")

    def equal(self, what, value, expected):
        self._tell(what, value, value == expected, expected)

    def _tell(self, what, told, held, promised):
        self.failed |= not held
        print(f"{'ok    ' if held else 'FAILED'} {what}: {told} (promised: {promised})", flush=True)


def growth(samples, what):
    """How much more the last quarter of the time had than the quarter before it, on average."""
    values = [getattr(one, what) for one in samples]
    quarter = max(1, len(values) // 4)
    return round(statistics.mean(values[-quarter:]) - statistics.mean(values[-2 * quarter:-quarter]))


def slope_per_hour(samples, what, seconds_between):
    """The line through the second half of the samples, as so much an hour."""
    values = [getattr(one, what) for one in samples[len(samples) // 2:]]
    if len(values) < 2:
        return 0
    times = [index * seconds_between / 3_600 for index in range(len(values))]
    return round(statistics.linear_regression(times, values).slope)
