# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many objects at once: this collection, kubectl and kubernetes.core create them, find nothing to do, and check.

Whole programs are measured, from the shell's point of view. Clients take turns within a round, and each begins with an
empty cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import yaml

from lab import programs

from . import objects
from .cluster import Cluster
from .measure import Failed, Run, run
from .workplace import Task, Workplace, changes

CREATE, AGAIN, CHECK = "create", "no-op", "check"
STEPS = (CREATE, AGAIN, CHECK)

OURS, LISTED = "k8s_objects, manifests", "k8s_objects, objects"
KUBECTL, DIFF = "kubectl apply --server-side", "kubectl diff --server-side"
SSA, PLAIN = "kubernetes.core.k8s, server_side_apply", "kubernetes.core.k8s, plain"
CLIENTS = (KUBECTL, OURS, LISTED, SSA, PLAIN)


@dataclass
class Bulk:
    """What was measured: the runs of every round by client and step."""

    count: int
    size: int
    runs: dict[tuple[str, str], list[Run]] = field(default_factory=dict)

    def note(self, client: str, step: str, done: Run) -> None:
        self.runs.setdefault((client, step), []).append(done)

    def seconds(self, client: str, step: str) -> list[float]:
        return [done.seconds for done in self.runs[client, step]]


class Bench:
    """One list of objects, one cluster, all clients."""

    def __init__(self, workplace: Workplace, cluster: Cluster, count: int) -> None:
        self._place = workplace
        self._cluster = cluster
        self._count = count
        manifest = yaml.dump_all(objects.mix(count), Dumper=yaml.CSafeDumper)
        self._manifest = workplace.write(f"objects-{count}.yml", manifest)
        self.measured = Bulk(count, len(manifest))
        self._plays = {
            name: workplace.play(f"bulk-{number}", [task]) for number, (name, task) in enumerate(self._tasks())
        }

    def round(self) -> None:
        """Every client once."""
        for client in CLIENTS:
            self._cluster.empty()
            for step in STEPS:
                self.measured.note(client, step, self._run(client, step))
                self._judge(client, step)

    def _tasks(self) -> list[tuple[str, Task]]:
        """All read the same file themselves, none of it is templated; only `LISTED` gets its objects from Ansible."""
        kubeconfig = str(self._cluster.kubeconfig)
        ours = {"kubeconfig": kubeconfig, "wait": False}
        listed = f"{{{{ query('kubevim.nfvi.manifests', '{self._manifest}') }}}}"
        core = {"kubeconfig": kubeconfig, "src": str(self._manifest)}
        return [
            (OURS, {"kubevim.nfvi.k8s_objects": {**ours, "manifests": [str(self._manifest)], "return": "identity"}}),
            (LISTED, {"kubevim.nfvi.k8s_objects": {**ours, "objects": listed}}),
            (SSA, {"kubernetes.core.k8s": {**core, "apply": True, "server_side_apply": {"field_manager": "bench"}}}),
            (PLAIN, {"kubernetes.core.k8s": core}),
        ]

    def _run(self, client: str, step: str) -> Run:
        if client == KUBECTL:
            return self._kubectl("diff" if step == CHECK else "apply")
        return self._place.playbook(self._plays[client], *(["--check"] if step == CHECK else []))

    def _kubectl(self, verb: str) -> Run:
        """``diff`` fails when it finds a difference: there must be none."""
        command = [programs.path("kubectl"), f"--kubeconfig={self._cluster.kubeconfig}", verb, "--server-side"]
        return run([*command, "-f", self._manifest], self._place.environment, self._place.folder)

    def _judge(self, client: str, step: str) -> None:
        """What was measured must have been the work: all objects are there, and ours knew when nothing was to do."""
        found = self._cluster.count()
        if found != self._count:
            raise Failed(f"{client}: {found} of {self._count} objects after {step}")
        if client in (OURS, LISTED) and changes(self.measured.runs[client, step][-1]) != (step == CREATE):
            raise Failed(f"{client}: {step}:\n{self.measured.runs[client, step][-1].output[-2000:]}")


def measure(workplace: Workplace, cluster: Cluster, count: int, rounds: int, say: Callable[[str], None]) -> Bulk:
    """Rounds of ``count`` objects, after one with few of them that warms every cache."""
    Bench(workplace, cluster, objects.SHARE).round()
    bench = Bench(workplace, cluster, count)
    for number in range(rounds):
        bench.round()
        say(f"{count} objects, round {number + 1} of {rounds}: {_glance(bench.measured)}")
    cluster.empty()
    return bench.measured


def _glance(bulk: Bulk) -> str:
    latest: Mapping[str, str] = {
        client: "/".join(f"{bulk.seconds(client, step)[-1]:.1f}" for step in STEPS) for client in CLIENTS
    }
    return ", ".join(f"{client} {seconds}" for client, seconds in latest.items()) + " s"
