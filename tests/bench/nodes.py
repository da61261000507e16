# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One question to many machines: a task of ours against talosctl in a loop, one after the other and side by side.

The machines are the lab's, each with a configuration and a listener of its own. Ours is what one more task costs (a
play with some tasks minus the same play with none), talosctl's the whole loop of a shell. A worker is forked for each
task, and each talosctl is a process: whoever asks, asks over new connections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lab import programs

from .measure import Failed, Run, run
from .rack import Rack, rack
from .workplace import Task, Workplace

VERSION, SERVICES, DRY_RUN = "version", "services", "apply, dry run"
QUESTIONS = (VERSION, SERVICES, DRY_RUN)
OURS, LOOP = "ours", "talosctl, one after the other"
# How many talosctl run side by side; the best of them is the peer.
ABREAST = (8, 16)
# Tasks a play, so that the start of a play weighs little in what one costs.
_TASKS = 10


@dataclass
class Nodes:
    """Runs by client and question, one a round; ours are of a single task. ``alone`` are plays without a task."""

    count: int
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)

    def note(self, client: str, question: str, done: Run) -> None:
        self.runs.setdefault((client, question), []).append(done)

    def seconds(self, client: str, question: str) -> list[float]:
        return [each.seconds for each in self.runs[client, question]]

    def best_parallel(self, question: str) -> str:
        """The number of processes with which the loop was fastest."""
        return min(map(abreast, ABREAST), key=lambda client: sorted(self.seconds(client, question))[0])

    @property
    def clients(self) -> tuple[str, ...]:
        return (OURS, LOOP, *map(abreast, ABREAST))


def abreast(processes: int) -> str:
    """How that client is called."""
    return f"talosctl, {processes} at a time"


def measure(workplace: Workplace, count: int, rounds: int, say: Callable[[str], None]) -> Nodes:
    """Make the machines, then let every client ask every question in its turn."""
    measured = Nodes(count)
    with rack(workplace, count, say) as machines:
        plays = {question: _play(workplace, question, task) for question, task in _tasks(machines).items()}
        empty = workplace.play("nodes-none", [])
        for number in range(rounds):
            for question in QUESTIONS:
                measured.note(OURS, question, _one_task(workplace.playbook(plays[question]), workplace.playbook(empty)))
                for client, script in _scripts(machines, question):
                    measured.note(client, question, run(["sh", "-c", script], workplace.environment, workplace.folder))
            told = ", ".join(f"{question} {measured.runs[OURS, question][-1].seconds:.2f} s" for question in QUESTIONS)
            say(f"{count} nodes, round {number + 1} of {rounds}: {told}")
    return measured


def _tasks(machines: Rack) -> Mapping[str, Task]:
    """Ours, by question."""
    who: dict[str, Any] = {"talosconfig": str(machines.talosconfig)}
    ask = {**who, "nodes": machines.addresses}
    each = [{"address": node, "config": str(machines.configuration(node))} for node in machines.addresses]
    return {
        VERSION: {"kubevim.nfvi.talos_info": {**ask, "gather": ["version"]}},
        SERVICES: {"kubevim.nfvi.talos_info": {**ask, "gather": ["services"]}},
        DRY_RUN: {"kubevim.nfvi.talos_apply": {**who, "nodes": each}, "check_mode": True},
    }


def _play(workplace: Workplace, question: str, task: Task) -> Path:
    return workplace.play(f"nodes-{QUESTIONS.index(question)}", [task] * _TASKS)


def _one_task(played: Run, empty: Run) -> Run:
    """What one of the play's tasks took; the memory is that of the whole program."""
    if "failed=0" not in played.output or "changed=0" not in played.output:
        raise Failed(played.output[-2000:])
    seconds, cpu = played.seconds - empty.seconds, played.cpu - empty.cpu
    return Run(seconds / _TASKS, cpu / _TASKS, played.peak, played.output)


def _scripts(machines: Rack, question: str) -> Iterator[tuple[str, str]]:
    """The loops of a shell."""
    yield LOOP, f"set -e; for node in $(cat {machines.listed}); do {_command(machines, question, '$node')}; done"
    for processes in ABREAST:
        yield abreast(processes), f"xargs -P {processes} -I % {_command(machines, question, '%')} < {machines.listed}"


def _command(machines: Rack, question: str, node: str) -> str:
    asked = {
        VERSION: "version",
        SERVICES: "services",
        DRY_RUN: f"apply-config --dry-run --file {machines.configuration(node)}",
    }[question]
    talosctl = programs.path("talosctl")
    return f"{talosctl} --talosconfig {machines.talosconfig} --endpoints {node} --nodes {node} {asked}"
