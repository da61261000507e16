# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one more task costs: a play with some tasks minus the same play with none, divided by their number.

Each task is a real call: it reads one object from the API server. The module that is shipped is the very same one, with
the same options; it goes over a connection that is local but for its name (connection/shipped.py).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .cluster import Cluster
from .workplace import Task, Workplace

WORKER = "kubevim.nfvi.k8s_info, action plugin"
SHIPPED = "kubevim.nfvi.k8s_info, shipped as a module"
PEER = "kubernetes.core.k8s_info"


@dataclass
class Increment:
    """Seconds a task, by way of calling, one figure a round; and how many tasks a play had."""

    tasks: dict[str, int]
    seconds: dict[str, list[float]] = field(default_factory=dict)


def measure(workplace: Workplace, cluster: Cluster, rounds: int, say: Callable[[str], None]) -> Increment:
    """Rounds in which every way of calling takes its turn, after one call each that warms caches."""
    kubeconfig = str(cluster.kubeconfig)
    ask = {"kubeconfig": kubeconfig, "kind": "Namespace", "name": "default"}
    ways: dict[str, tuple[Task, str, int]] = {
        WORKER: ({"kubevim.nfvi.k8s_info": ask}, "local", 40),
        SHIPPED: ({"kubevim.nfvi.k8s_info": ask}, "shipped", 10),
        PEER: ({"kubernetes.core.k8s_info": ask}, "local", 5),
    }
    measured = Increment({way: count for way, (_task, _connection, count) in ways.items()})
    for task, connection, _count in ways.values():
        _seconds(workplace, task, connection, 1)
    for number in range(rounds):
        for way, (task, connection, count) in ways.items():
            more = _seconds(workplace, task, connection, count) - _seconds(workplace, task, connection, 0)
            measured.seconds.setdefault(way, []).append(more / count)
        told = ", ".join(f"{way} {1000 * each[-1]:.0f} ms" for way, each in measured.seconds.items())
        say(f"one task, round {number + 1} of {rounds}: {told}")
    return measured


def _seconds(workplace: Workplace, task: Task, connection: str, count: int) -> float:
    """Wall seconds of a play with ``count`` times that task."""
    play = workplace.play(f"increment-{count}", [task] * count, connection=connection)
    return workplace.playbook(play).seconds
