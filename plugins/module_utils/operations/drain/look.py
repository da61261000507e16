# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain looks at: the node, its pods, the budgets, and KubeVirt's objects where there are guests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...clients.kube.client import KubeClient
from ...clients.kube.errors import NotServed
from ...clients.kube.request import POD, Resource, get
from ...core.error import InvalidInput, NfviError, NotFound, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...resources.kubernetes import pods
from .plan import Seen, has_guests, strategy_of

NODE = Resource("v1", "Node", "nodes", False)
BUDGET = Resource("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", True)
KUBEVIRT = Resource("kubevirt.io/v1", "KubeVirt", "kubevirts", True)
VM = Resource("kubevirt.io/v1", "VirtualMachine", "virtualmachines", True)
VMI = Resource("kubevirt.io/v1", "VirtualMachineInstance", "virtualmachineinstances", True)
MIGRATION = Resource(
    "kubevirt.io/v1", "VirtualMachineInstanceMigration", "virtualmachineinstancemigrations", True
)  # fmt: skip


def named(given: Given) -> list[str]:
    """The names in ``nodes``; refused when there is none, or one comes twice."""
    names = list(given.names("nodes"))
    if not names:
        given.at("nodes").refuse("name at least one node")
    for index, name in enumerate(names):
        if name in names[:index]:
            raise InvalidInput(f"{name} was named before", path=("nodes", index))
    return names


def find(client: KubeClient, names: Sequence[str], mode: Mode) -> dict[str, Json]:
    """The live nodes by name; while this very run still makes them, those that are not there yet are left out."""
    found: dict[str, Json] = {}
    for index, (name, answer) in enumerate(zip(names, client.send_all(get(NODE, name) for name in names), strict=True)):
        if isinstance(answer, (NotFound, Unreachable)) and mode.pending:
            continue
        if isinstance(answer, NfviError):
            raise answer.about(f"Node {name}", path=("nodes", index))
        found[name] = answer
    return found


def see(client: KubeClient, nodes: Mapping[str, Json]) -> dict[str, Seen]:
    """What runs on each of the nodes, in few requests: a list of pods a node, and one of each other kind."""
    if not nodes:
        return {}
    running = _all(client.each(lambda name: client.list(POD, field_selector=on(name)).items, nodes))
    return surround(client, nodes, dict(zip(nodes, running, strict=True)))


def surround(client: KubeClient, nodes: Mapping[str, Json], running: Mapping[str, Sequence[Json]]) -> dict[str, Seen]:
    """These pods of these nodes, and all that they depend on."""
    guests = has_guests(pod for found in running.values() for pod in found)
    kinds = (BUDGET, VMI, VM, KUBEVIRT) if guests else (BUDGET,)
    lists = dict(zip(kinds, _all(client.each(lambda kind: everything(client, kind), kinds)), strict=True))
    vmis, vms = ({pods.path(each): each for each in lists.get(kind, [])} for kind in (VMI, VM))
    strategy = strategy_of(lists.get(KUBEVIRT, []))
    return {
        name: Seen(node, tuple(running[name]), vmis, vms, tuple(lists[BUDGET]), strategy)
        for name, node in nodes.items()
    }


def on(node: str) -> str:
    """The field selector for pods of a node."""
    return f"spec.nodeName={node}"


def everything(client: KubeClient, kind: Resource, namespace: str | None = None) -> list[Json]:
    """All objects of a kind; none where it is not served."""
    try:
        return client.list(kind, namespace).items
    except NotServed:
        return []


def _all(answers: Sequence[list[Json] | NfviError]) -> list[list[Json]]:
    for answer in answers:
        if isinstance(answer, NfviError):
            raise answer
    return [answer for answer in answers if not isinstance(answer, NfviError)]
