# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``make bench``: measures side by side, prints what came out and writes docs/benchmarks.md.

    python -m tests.bench                  everything, as it is published
    python -m tests.bench --objects 50 --rounds 1 --output try.md

Nothing here is a test: on a busy machine a promise may look broken, and the page says what was measured.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from environment import CACHE

from lab import programs

from . import bulk, engine, increment, machine, nodes, objects, site
from .cluster import cluster
from .report import Figures, page
from .workplace import ROOT, Workplace

PAGE = ROOT / "docs" / "benchmarks.md"
# A collections path with kubernetes.core, made by `hacking/environment.py peers`.
PEERS = CACHE / "peers"
# Rounds of the small comparisons for one of the big one.
_MORE = 2


def main() -> None:
    """Measure, print, write."""
    options = _options()
    programs.ensure((*programs.OF_A_LAB, "kubectl", "talosctl"), _say)
    with tempfile.TemporaryDirectory(prefix="kubevim-nfvi-bench-") as folder:
        figures = _measure(options, Path(folder))
    text = page(figures)
    options.output.write_text(text)
    print(text)
    _say(f"written to {options.output}")


def _measure(options: argparse.Namespace, folder: Path) -> Figures:
    told = f"{machine.machine()}; load {machine.load():.1f} when it began"
    place = Workplace(folder, PEERS)
    with cluster(folder) as server:
        one = increment.measure(place, server, _MORE * options.rounds, _say)
        many = bulk.measure(place, server, options.objects, options.rounds, _say)
        alone = engine.measure(place, server, options.objects, options.rounds, _say)
        versions = machine.versions(server, objects.crds()[0], PEERS)
    rack = nodes.measure(place, options.nodes, options.rounds, _say)
    whole = site.measure(place, _MORE * options.rounds, _say)
    return Figures(told, versions, one, many, alone, rack, whole)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Benchmarks side by side with peers.")
    parser.add_argument("--objects", type=_tenants, default=500, help="how many in the bulk comparison (default: 500)")
    parser.add_argument("--nodes", type=int, default=100, help="how many machines are asked at once (default: 100)")
    parser.add_argument("--rounds", type=int, default=3, help="of the bulk comparison; the others do twice as many")
    parser.add_argument("--output", type=Path, default=PAGE, help="where the page goes")
    return parser.parse_args()


def _tenants(text: str) -> int:
    count = int(text)
    if count < objects.SHARE or count % objects.SHARE:
        raise argparse.ArgumentTypeError(f"a multiple of {objects.SHARE} is expected, not {text}")
    return count


_STARTED = time.monotonic()


def _say(line: str) -> None:
    """One line of progress, with the seconds since the start."""
    print(f"--- {time.monotonic() - _STARTED:4.0f} s  {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
