# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is promised, and whether one run of the benchmarks kept it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import bulk, engine, increment
from .bulk import AGAIN, CHECK, CREATE, Bulk
from .engine import Engine
from .increment import Increment
from .measure import Spread, ratio
from .nodes import LOOP, OURS, QUESTIONS, Nodes
from .site import Site

AT_LEAST, AT_MOST, NO_BOUND = "≥", "≤", ""
TIMES, SECONDS = "×", " s"


@dataclass(frozen=True)
class Goal:
    """One promise: what, the bound, and what was measured."""

    what: str
    bound: str
    wanted: float
    unit: str
    measured: Spread

    @property
    def kept(self) -> bool:
        """By the median."""
        middle = self.measured.median
        if self.bound == NO_BOUND:
            return True
        return middle >= self.wanted if self.bound == AT_LEAST else middle <= self.wanted

    def row(self) -> list[str]:
        """As a row of the table of promises."""
        if self.bound == NO_BOUND:
            return [self.what, "", f"{self.measured:.2f}{TIMES}", ""]
        wanted = f"{self.bound} {self.wanted:g}{self.unit}"
        return [self.what, wanted, f"{self.measured:.2f}{self.unit}", "kept" if self.kept else "**missed**"]


def goals(one: Increment, many: Bulk, alone: Engine, nodes: Nodes, site: Site) -> list[Goal]:
    """All of them; peers are compared with where they are best."""
    shipped = ratio(one.seconds[increment.SHIPPED], one.seconds[increment.WORKER])
    beyond = Spread.of(site.beyond)
    return [
        Goal("one more `k8s_info`: shipped as a module / in the worker", AT_LEAST, 10, TIMES, shipped),
        *_bulk(many),
        *_engine(alone),
        *_nodes(nodes),
        Goal("`site.yml` with nothing to do, beyond ansible-playbook's start-up", AT_MOST, 5, SECONDS, beyond),
    ]


def _engine(alone: Engine) -> Iterator[Goal]:
    name, seconds = f"engine alone, {alone.count} objects", alone.seconds
    ours, kubectl, bare = (seconds[who, engine.CREATE] for who in (engine.OURS, engine.KUBECTL, engine.BARE))
    diff, again = seconds[engine.KUBECTL, engine.AGAIN], seconds[engine.OURS, engine.AGAIN]
    server = ratio(alone.server[engine.ASKED], alone.server[engine.AGAIN])
    tenfold = Spread.of([alone.many[engine.AGAIN] / engine.TENFOLD / each for each in again])
    yield Goal(f"{name}, create: `kubectl apply --server-side` / ours", AT_LEAST, 1.4, TIMES, ratio(kubectl, ours))
    yield Goal(f"{name}, create: ours / bare Go client", AT_MOST, 2, TIMES, ratio(ours, bare))
    yield Goal(f"{name}, no-op: `kubectl diff --server-side` / ours", AT_LEAST, 8, TIMES, ratio(diff, again))
    yield Goal(f"{name}, no-op: the API server's CPU, asked about each / ours", AT_LEAST, 20, TIMES, server)
    yield Goal(f"{name}, no-op: an object of ten times as many / of these", NO_BOUND, 0, TIMES, tenfold)


def _bulk(many: Bulk) -> Iterator[Goal]:
    """A second run by kubectl is no peer of ours: it writes; `kubectl diff` is what finds out that nothing is to do.

    What is promised is like for like: server-side apply. kubernetes.core's own default, which owns no fields, is shown.
    """
    bounds = {CREATE: (1, 4), AGAIN: (4, 10), CHECK: (4, 10)}
    for step, (kubectl, core) in bounds.items():
        ours, told = many.seconds(bulk.OURS, step), f"{many.count} objects, {step}: "
        peer, name = (many.seconds(bulk.KUBECTL, CREATE), bulk.KUBECTL) if step == CREATE else (_diff(many), bulk.DIFF)
        yield Goal(f"{told}`{name}` / ours", AT_LEAST, kubectl, TIMES, ratio(peer, ours))
        yield Goal(f"{told}`{bulk.SSA}` / ours", AT_LEAST, core, TIMES, ratio(many.seconds(bulk.SSA, step), ours))
        yield Goal(f"{told}`{bulk.PLAIN}` / ours", NO_BOUND, 0, "", ratio(many.seconds(bulk.PLAIN, step), ours))


def _nodes(nodes: Nodes) -> Iterator[Goal]:
    for question in QUESTIONS:
        ours, told = nodes.seconds(OURS, question), f"{nodes.count} machines, {question}: "
        for client, bound in ((LOOP, 15), (nodes.best_parallel(question), 8)):
            yield Goal(f"{told}`{client}` / ours", AT_LEAST, bound, TIMES, ratio(nodes.seconds(client, question), ours))


def _diff(many: Bulk) -> list[float]:
    return many.seconds(bulk.KUBECTL, CHECK)
