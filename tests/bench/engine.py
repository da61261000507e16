# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine alone, in a process that has everything loaded, against the whole kubectl and a bare client in Go."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.kubeconfig import read_files
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY
from lab import programs
from tests.interop.tools import FLOOR

from . import objects
from .cluster import Cluster
from .measure import Failed, run
from .workplace import Workplace

CREATE, AGAIN, ASKED = "create", "no-op", "no-op, server asked about each"
OURS, KUBECTL, BARE = "the engine", "kubectl, whole", "bare Go client, HTTP/2, 16 streams"
# So many times as many objects show how time and memory grow.
TENFOLD = 10


@dataclass
class Engine:
    """Seconds by client and step, CPU seconds of the API server by step of ours, and the tenfold list's."""

    count: int
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    server: dict[str, list[float]] = field(default_factory=dict)
    grown: dict[int, float] = field(default_factory=dict)
    many: dict[str, float] = field(default_factory=dict)

    def note(self, client: str, step: str, seconds: float) -> None:
        self.seconds.setdefault((client, step), []).append(seconds)


class Bench:
    """One cluster and one list of objects, as each client reads it."""

    def __init__(self, workplace: Workplace, cluster: Cluster, count: int) -> None:
        self._place, self._cluster, self.count = workplace, cluster, count
        mix = objects.mix(count)
        self._json = workplace.write(f"engine-{count}.json", json.dumps(mix))
        self._yaml = workplace.write(f"engine-{count}.yml", yaml.dump_all(mix, Dumper=yaml.CSafeDumper))
        self._requests = workplace.write(f"floor-{count}.json", json.dumps(_levels(mix)))

    def ours(self, how: str = "ownership", *, changed: int | None = None) -> tuple[dict[str, Any], float]:
        """What one call of the engine said, and the API server's CPU seconds meanwhile."""
        before = self._cluster.cpu()
        command = [sys.executable, "-m", "tests.bench.engine_client", self._cluster.kubeconfig, self._json, how]
        said = run(command, _with_paths(self._place), _ROOT).output
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        if changed is not None and bool(found["changed"]) != bool(changed):
            raise Failed(f"the engine changed {found['changed']} of {self.count} objects")
        return found, self._cluster.cpu() - before

    def kubectl(self, verb: str) -> float:
        command = [programs.path("kubectl"), f"--kubeconfig={self._cluster.kubeconfig}", verb, "--server-side"]
        return run([*command, "-f", self._yaml], self._place.environment, self._place.folder).seconds

    def bare(self) -> float:
        """The API server's own limit."""
        found = read_files([self._cluster.kubeconfig])
        parts = {"ca": found.ca, "certificate": found.client_certificate, "key": found.client_key}
        files = [self._place.write(f"floor.{name}", (part or b"").decode()) for name, part in parts.items()]
        said = run([FLOOR.built(), found.server, *files, self._requests], self._place.environment, self._place.folder)
        return float(said.output)

    def empty(self) -> None:
        self._cluster.empty()


_ROOT = Path(__file__).parents[2]


def _with_paths(place: Workplace) -> dict[str, str]:
    paths = [str(_ROOT / ".venv" / "collections"), str(_ROOT), str(_ROOT / "extensions"), str(_ROOT / "hacking")]
    return {**place.environment, "PYTHONPATH": ":".join(paths)}


def _levels(mix: list[objects.Obj]) -> list[list[dict[str, Any]]]:
    """Namespaces first, then all the rest at once."""
    first = [each for each in mix if each["kind"] == "Namespace"]
    return [[_request(each) for each in part] for part in (first, [each for each in mix if each not in first])]


def _request(manifest: objects.Obj) -> dict[str, Any]:
    row = REGISTRY.find(manifest["apiVersion"], manifest["kind"])
    if row is None:
        raise Failed(f"{manifest['kind']} is not in the table")
    space = manifest["metadata"].get("namespace", "")
    within = f"/namespaces/{space}" if row.namespaced else ""
    root = "apis" if row.group else "api"
    return {"path": f"/{root}/{row.api_version}{within}/{row.plural}/{manifest['metadata']['name']}", "body": manifest}


def measure(workplace: Workplace, cluster: Cluster, count: int, rounds: int, say: Callable[[str], None]) -> Engine:
    """Rounds in which each client creates the objects in an empty cluster, and looks at them again."""
    bench, measured = Bench(workplace, cluster, count), Engine(count)
    for number in range(rounds):
        _round(bench, measured)
        told = ", ".join(f"{client} {step} {each[-1]:.2f} s" for (client, step), each in measured.seconds.items())
        say(f"engine, round {number + 1} of {rounds}: {told}")
    _tenfold(Bench(workplace, cluster, count * TENFOLD), measured)
    say(f"engine, {count * TENFOLD} objects: {measured.many}")
    cluster.empty()
    return measured


def _round(bench: Bench, measured: Engine) -> None:
    bench.empty()
    measured.note(BARE, CREATE, bench.bare())
    bench.empty()
    measured.note(KUBECTL, CREATE, bench.kubectl("apply"))
    measured.note(KUBECTL, AGAIN, bench.kubectl("diff"))
    bench.empty()
    for step, how, changed in ((CREATE, "ownership", 1), (AGAIN, "ownership", 0), (ASKED, "server", 0)):
        found, server = bench.ours(how, changed=changed)
        measured.note(OURS, step, found["seconds"])
        measured.server.setdefault(step, []).append(server)
        if step == AGAIN:
            measured.grown[bench.count] = found["grown"]


def _tenfold(bench: Bench, measured: Engine) -> None:
    bench.empty()
    for step, changed in ((CREATE, 1), (AGAIN, 0)):
        found, _server = bench.ours(changed=changed)
        measured.many[step] = found["seconds"]
        measured.grown[bench.count] = found["grown"]
