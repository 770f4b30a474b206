# SPDX-License-Identifier: Apache-2.0
"""The chart of RESULTS.md: what one delivery costs each server, as a multiple of Snug's cost."""
import math
import statistics
from xml.sax.saxutils import escape

from report import COST, label, number, ratios
from scenarios import SCENARIOS

LABEL_WIDTH, BAR_WIDTH, VALUE_WIDTH = 230, 420, 60
ROW, GAP = 22, 34
SHORTEST_RATIO = 0.25
OWN, OTHER, FLOOR = "#2f7d5d", "#8a93a6", "#c9a227"


def bars(scenario, results):
    """The servers of a scenario with their medians, cheapest first."""
    found = [(label(cell), cell.server, ratios(results, cell.key, cell.reference, COST)) for cell in scenario.cells]
    return sorted(((name, server, statistics.median(rounds)) for name, server, rounds in found if rounds),
                  key=lambda bar: bar[2])


def colour(server):
    return OWN if server == "snug" else FLOOR if server.startswith("floor") else OTHER


def chart(all_results):
    """An SVG that reads on light and on dark paper."""
    groups = [(scenario.title, bars(scenario, all_results[name])) for name, scenario in SCENARIOS.items()
              if name in all_results and name.startswith(("fanout", "busy"))]
    largest = max((value for _, group in groups for _, _, value in group), default=1)
    scale = BAR_WIDTH / math.log(max(2, largest) / SHORTEST_RATIO)
    parts, y = [], 44
    for title, group in groups:
        parts.append(f'<text x="0" y="{y}" class="title">{escape(title)}</text>')
        for name, server, value in group:
            y += ROW
            width = max(2, math.log(max(value, SHORTEST_RATIO) / SHORTEST_RATIO) * scale)
            parts.append(
                f'<text x="{LABEL_WIDTH - 8}" y="{y + 5}" class="name">{escape(name)}</text>'
                f'<rect x="{LABEL_WIDTH}" y="{y - 8}" width="{width:.1f}" height="16" rx="2" fill="{colour(server)}"/>'
                f'<text x="{LABEL_WIDTH + width + 6:.1f}" y="{y + 5}">{number(value)}</text>')
        y += GAP
    width = LABEL_WIDTH + BAR_WIDTH + VALUE_WIDTH
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {y - 8}" width="{width}" role="img">
<title>Server CPU per delivery, as a multiple of Snug's</title>
<style>
text {{ font: 13px sans-serif; fill: #333 }}
.title {{ font-weight: bold }}
.name {{ text-anchor: end }}
@media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} }}
</style>
<text x="0" y="16">Server CPU per delivery, × Snug (logarithmic; shorter is better)</text>
{chr(10).join(parts)}
</svg>
"""
