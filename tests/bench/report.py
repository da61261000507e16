# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The page docs/benchmarks.md, and the same for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from . import bulk, engine, increment
from .bulk import STEPS, Bulk
from .engine import Engine
from .goals import goals
from .increment import Increment
from .measure import Run, Spread, ratio
from .nodes import QUESTIONS, Nodes
from .site import Site

INTRODUCTION = """\
# Benchmarks

Written by `make bench`; all of it comes from one run, in which the peers took turns with this collection. Figures are
medians with (lowest–highest); ratios are taken round by round. Ratios travel from machine to machine, seconds do not.
"""

HOW_BULK = """\
Whole programs, from the shell's point of view, start-up included: API server and etcd alone (etcd without fsync, no
controllers, no webhooks, no audit log). All read the same file, {count} objects in {size:.0f} kB of YAML: 4 %
Namespace, 20 % ConfigMap, 4 % Vpc, 16 % Subnet, 24 % NetworkAttachmentDefinition, 32 % VirtualMachine. `k8s_objects`
runs with `wait: false`; with `manifests` it reads the file and returns identities (as kubectl prints names), with
`objects` it gets a list out of a lookup and returns whole objects, so that Ansible handles each of their values. Each
client starts with an empty cluster, runs again with nothing to do, and then in check mode (`--check`; kubectl: `diff`);
after each step kubectl counts the objects. Wall seconds, and in brackets CPU seconds of the client and MiB of its
largest process.
"""

HOW_ENGINE = """\
The same objects, handed to the engine in a process of its own that has loaded everything: the clock runs from its first
look to the last answer. kubectl is its whole program; the bare client sends the same PATCHes over one HTTP/2 connection
and does nothing else, which is what the API server can do at most. Seconds; the API server's CPU seconds by its
/proc/<pid>/stat; by how many KiB an object the process grew after it had read the objects.
"""

HOW_ONE = """\
A play with some tasks minus the same play with none, divided by their number. Every task reads one Namespace. The
shipped module is the same module with the same options, over a connection that is `local` in all but its name: what is
measured is packing, a fresh interpreter and its imports, not a network.
"""

HOW_NODES = """\
{count} machines of the lab, each with a configuration and a listener of its own, asked for the same by one task of
ours and by a shell that calls talosctl for each. Ours is what one more task costs: a play with ten of them minus the
same play with none; all connections are new, as Ansible forks a worker for each task. The dry run hands every machine
its own configuration; ours reads first what it has. Wall seconds, and in brackets CPU seconds of the client and
MiB of its largest process (of talosctl as many run as are said).
"""

HOW_SITE = """\
`ansible-playbook kubevim.nfvi.site` on the lab's finished one-server site, where nothing is left to do, against an
empty play with the same inventory. The lab runs on the same machine. Phases are from the run's ledger.
"""


@dataclass(frozen=True)
class Figures:
    """Everything one run measured, and with what."""

    machine: str
    versions: Sequence[tuple[str, str]]
    one: Increment
    many: Bulk
    engine: Engine
    nodes: Nodes
    site: Site


def page(figures: Figures) -> str:
    """The whole page."""
    return (
        "\n".join(
            [
                INTRODUCTION,
                table(
                    ("What", "Promised", "Measured", ""),
                    (
                        goal.row()
                        for goal in goals(figures.one, figures.many, figures.engine, figures.nodes, figures.site)
                    ),
                ),
                f"Machine: {figures.machine}.\n",
                table(("With", "Version"), figures.versions),
                "## Many objects at once\n",
                HOW_BULK.format(count=figures.many.count, size=figures.many.size / 1000),
                _bulk(figures.many),
                "## The engine alone\n",
                HOW_ENGINE,
                _engine(figures.engine),
                "## One more task\n",
                HOW_ONE,
                _one(figures.one),
                "## Many machines at once\n",
                HOW_NODES.format(count=figures.nodes.count),
                _nodes(figures.nodes),
                "## A site with nothing to do\n",
                HOW_SITE,
                _site(figures.site),
            ]
        ).rstrip("\n")
        + "\n"
    )


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown that is readable as text too."""
    lines = [tuple(head), *map(tuple, rows)]
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    padded = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    ]
    return "\n".join([padded[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *padded[1:]]) + "\n"


def _bulk(many: Bulk) -> str:
    rows = [[f"`{client}`", *(_cell(many.runs[client, step]) for step in STEPS)] for client in bulk.CLIENTS]
    return table(("Client", *STEPS), rows)


def _engine(alone: Engine) -> str:
    rows = []
    for (client, step), seconds in alone.seconds.items():
        server = f"{Spread.of(alone.server[step]):.2f}" if client == engine.OURS else ""
        grown = f"{alone.grown[alone.count] / alone.count:.1f}" if (client, step) == (engine.OURS, engine.AGAIN) else ""
        rows.append([client, step, str(alone.count), f"{Spread.of(seconds):.2f}", server, grown])
    many = alone.count * engine.TENFOLD
    for step, once in alone.many.items():
        grown = f"{alone.grown[many] / many:.1f}" if step == engine.AGAIN else ""
        rows.append([engine.OURS, step, str(many), f"{once:.2f}", "", grown])
    return table(("Client", "step", "objects", "seconds", "API server, CPU s", "KiB an object"), rows)


def _nodes(nodes: Nodes) -> str:
    rows = [
        [f"`{client}`", *(_cell(nodes.runs[client, question]) for question in QUESTIONS)] for client in nodes.clients
    ]
    return table(("Client", *QUESTIONS), rows)


def _cell(runs: Sequence[Run]) -> str:
    """Wall seconds, CPU seconds and the largest process in MiB."""
    seconds, cpu = (Spread.of([getattr(each, what) for each in runs]) for what in ("seconds", "cpu"))
    return f"{seconds:.2f} [{cpu.median:.1f}, {max(each.peak for each in runs):.0f}]"


def _one(one: Increment) -> str:
    ours = one.seconds[increment.WORKER]
    rows = [
        [
            f"`{way}`",
            str(one.tasks[way]),
            f"{Spread.of([1000 * each for each in seconds]):.0f}",
            f"{ratio(seconds, ours):.1f}",
        ]
        for way, seconds in one.seconds.items()
    ]
    return table(("Task", "tasks a play", "ms a task", "times ours"), rows)


def _site(site: Site) -> str:
    parts = {"whole playbook": site.whole, "empty play": site.empty, "beyond": site.beyond}
    rows = [[name, f"{Spread.of(seconds):.2f}"] for name, seconds in parts.items()]
    rows += [[f"phase {name}", f"{Spread.of(seconds):.2f}"] for name, seconds in site.phases.items()]
    return table(("Of it", "seconds"), rows)
