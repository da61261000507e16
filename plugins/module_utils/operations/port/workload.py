# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workloads as they are now, each with the pods (and the guest) that have its ports: a list request a kind and
namespace.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.error import Finding, NotFound, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path, dig
from ...core.readiness import Ready
from ...engine.converge import Kube
from ...engine.item import Item
from ...engine.kind import NAMESPACED, Kind
from ...engine.place import Place
from ...resources.kubeovn.port import Port
from ...resources.kubernetes.pods import controller, finished, leaving
from ...resources.kubevirt import kinds as kubevirt

_REPLICA_SET = Kind("apps/v1", "ReplicaSet", "replicasets", NAMESPACED)
# Whose pods are replaced when their template changes.
ROLLING = ("Deployment", "StatefulSet", "DaemonSet")
KINDS: Mapping[str, str] = {
    **dict.fromkeys(ROLLING, "apps/v1"),
    "VirtualMachine": kubevirt.VM.api_version,
    "Pod": "v1",
}


@dataclass(frozen=True)
class Wanted:
    """What is asked for of one workload, and where."""

    path: Path
    kind: str
    namespace: str
    name: str
    ports: tuple[Port, ...] = ()

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        kind, name, namespace = given.choice("kind", KINDS), given.name("name"), given.text("namespace", "default")
        ports = given.each("ports", Port.parse)
        named = [port.provider for port in ports]
        refuse(
            Finding((*port.path, "provider"), f"the port of {port.provider} was given before")
            for index, port in enumerate(ports)
            if port.provider in named[:index]
        )
        return cls(given.path, kind, namespace, name, ports)

    @property
    def label(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"

    def annotations(self) -> dict[str, str]:
        return {key: value for port in self.ports for key, value in port.annotations().items()}


@dataclass(frozen=True)
class Seen:
    """A workload, and what runs of it: ``copies`` are its pods, and before them the guest of a virtual machine, from
    which KubeVirt makes the next pod when it moves.
    """

    wanted: Wanted
    live: Json
    kind: Kind
    copies: Sequence[tuple[Kind, Json]] = ()

    @property
    def item(self) -> Item:
        return Item(self.kind, {**self.live, "kind": self.kind.kind}, Place(self.wanted.path))

    @property
    def template(self) -> Json:
        """What its pods are made from; a pod's own is itself."""
        return self.live if self.wanted.kind == "Pod" else dig(self.live, ("spec", "template")) or {}

    @property
    def rolls(self) -> bool:
        """Whether a changed template replaces its pods by itself."""
        strategy = dig(self.live, ("spec", "updateStrategy", "type"))
        paused = dig(self.live, ("spec", "paused")) is True
        return self.wanted.kind in ROLLING and strategy != "OnDelete" and not paused

    @property
    def settled(self) -> bool:
        """Whether its pods are those of its template."""
        return not self.rolls or isinstance(self.kind.judge(self.live), Ready)


def look(kube: Kube, wanted: Sequence[Wanted], mode: Mode) -> list[Seen | None]:
    """Each workload as it is, in their order; None for those that this very run still makes. What does not exist is
    refused.
    """
    lists = _Lists(kube, mode)
    found = [_one(lists, each) for each in wanted]
    for each, seen in zip(wanted, found, strict=True):
        if seen is None and not mode.pending:
            raise NotFound("does not exist", object=each.label, path=each.path)
    return found


class _Lists:
    """Everything of a kind in a namespace, asked for once."""

    def __init__(self, kube: Kube, mode: Mode) -> None:
        self._kube, self._mode = kube, mode
        self._known: dict[tuple[str, str], list[Json]] = {}

    def row(self, kind: str) -> Kind:
        if kind == _REPLICA_SET.kind:
            return _REPLICA_SET
        version = {**KINDS, kubevirt.VMI.kind: kubevirt.VMI.api_version}[kind]
        return self._kube.registry.row(version, kind)

    def all(self, kind: str, namespace: str) -> list[Json]:
        key = (kind, namespace)
        if key not in self._known:
            self._known[key] = self._kube.everything(self.row(kind), self._mode, namespace)
        return self._known[key]


def _one(lists: _Lists, wanted: Wanted) -> Seen | None:
    live = next((o for o in lists.all(wanted.kind, wanted.namespace) if o["metadata"]["name"] == wanted.name), None)
    if live is None:
        return None
    copies = [] if wanted.kind == "Pod" else _guest(lists, wanted)
    pods = [pod for pod in _pods(lists, wanted, live) if not finished(pod) and not leaving(pod)]
    pods.sort(key=lambda pod: str(pod["metadata"]["name"]))
    return Seen(wanted, live, lists.row(wanted.kind), [*copies, *((lists.row("Pod"), pod) for pod in pods)])


def _guest(lists: _Lists, wanted: Wanted) -> list[tuple[Kind, Json]]:
    if wanted.kind != "VirtualMachine":
        return []
    row = lists.row(kubevirt.VMI.kind)
    guests = [vmi for vmi in lists.all(row.kind, wanted.namespace) if vmi["metadata"]["name"] == wanted.name]
    return [(row, vmi) for vmi in guests if not finished(vmi) and not leaving(vmi)]


def _pods(lists: _Lists, wanted: Wanted, live: Json) -> list[Json]:
    if wanted.kind == "Pod":
        return [live]
    pods = lists.all("Pod", wanted.namespace)
    if wanted.kind == "VirtualMachine":
        mine = (kubevirt.VMI.kind, wanted.name)
        return [pod for pod in pods if (owner := controller(pod)) and (owner["kind"], owner["name"]) == mine]
    uids = {live["metadata"]["uid"]}
    if wanted.kind == "Deployment":
        sets = lists.all(_REPLICA_SET.kind, wanted.namespace)
        uids = {each["metadata"]["uid"] for each in sets if (controller(each) or {}).get("uid") in uids}
    return [pod for pod in pods if (controller(pod) or {}).get("uid") in uids]
