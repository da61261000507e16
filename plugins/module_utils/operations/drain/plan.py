# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a drain does to the pods of one node: pure, from what was seen and what the user allows."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.change import Change, Impact
from ...core.error import Precondition
from ...core.given import Given
from ...core.path import Json, dig
from ...resources.kubernetes import budgets, pods
from ...resources.kubevirt.evacuation import Way, comes_back, evacuation, is_launcher, is_plug
from . import node as nodes

Named = Mapping[str, Json]


@dataclass(frozen=True)
class Allowed:
    """What may be lost. ``grace`` is seconds a pod gets to end, None for its own; ``restart`` is about guests."""

    force: bool = False
    scratch: bool = False
    restart: bool = False
    grace: int | None = None

    @classmethod
    def parse(cls, given: Given) -> Allowed:
        """From ``force``, ``delete_emptydir_data``, ``unmigratable_vms`` and ``grace_period``."""
        return cls(
            force=given.flag("force"),
            scratch=given.flag("delete_emptydir_data"),
            restart=given.text("unmigratable_vms", "refuse") == "restart",
            grace=given.integer("grace_period", low=0) if given.has("grace_period") else None,
        )


@dataclass(frozen=True)
class Seen:
    """What runs on a node, and what it depends on: VMIs and VMs by ``namespace/name``, budgets of the whole cluster.

    ``strategy`` is the KubeVirt object's own evictionStrategy, None without one.
    """

    node: Json
    pods: Sequence[Json] = ()
    vmis: Named = field(default_factory=dict)
    vms: Named = field(default_factory=dict)
    budgets: Sequence[Json] = ()
    strategy: str | None = None


class How(enum.Enum):
    """How a pod is made to go."""

    MIGRATE = enum.auto()  # evicted, withheld while its guest migrates, gone when it has
    EVICT = enum.auto()
    DELETE = enum.auto()  # its VMI is deleted
    AWAIT = enum.auto()  # it goes by itself


@dataclass(frozen=True)
class Step:
    """One pod on its way. ``change`` is None for what others have set going already; ``vmi`` is its guest."""

    pod: Json
    how: How
    change: Change | None = None
    vmi: Json = None
    objection: str = ""
    remedy: str = ""

    @property
    def uid(self) -> str:
        return str(self.pod["metadata"]["uid"])

    @property
    def label(self) -> str:
        """What people read: the guest, if it is one's."""
        return vmi_label(self.vmi) if self.vmi is not None else pods.label(self.pod)


def vmi_label(vmi: Json) -> str:
    """``VirtualMachineInstance upf/upf-0``"""
    return f"VirtualMachineInstance {pods.path(vmi)}"


def plan(seen: Seen, allowed: Allowed) -> list[Step]:
    """Every pod that has to go, guests that migrate first; what stays has no step."""
    steps = [step for pod in sorted(seen.pods, key=pods.path) if (step := _step(pod, seen, allowed)) is not None]
    return sorted(steps, key=lambda step: step.how is not How.MIGRATE)


def refuse(plans: Iterable[tuple[str, Sequence[Step]]]) -> None:
    """Raise what speaks against these plans (by node), with every pod's name; nothing has been touched."""
    found = [(name, step) for name, steps in plans for step in steps if step.objection]
    if not found:
        return
    several = len({name for name, _step in found}) > 1
    told = [f"{step.label} {step.objection}" + (f" (on {name})" if several else "") for name, step in found]
    remedies = sorted({step.remedy for _name, step in found if step.remedy})
    raise Precondition("; ".join(told), object=f"Node {found[0][0]}", hint=" and ".join(remedies))


def left(seen: Seen) -> list[str]:
    """The pods that a drain leaves alone, as ``namespace/name``."""
    return sorted(pods.path(pod) for pod in seen.pods if pods.stays(pod))


def held_up(steps: Iterable[Step], seen: Seen) -> list[str]:
    """Budgets that allow no disruption now, each with the pods that will wait for it."""
    waiting: dict[str, list[str]] = {}
    for step in steps:
        if step.how is How.EVICT and not pods.finished(step.pod):
            for budget in budgets.guarding(step.pod, seen.budgets):
                if budgets.allowed(budget) < 1:
                    waiting.setdefault(budgets.told(budget), []).append(pods.path(step.pod))
    return [f"{told}: {', '.join(names)} will have to wait for it" for told, names in waiting.items()]


def _step(pod: Json, seen: Seen, allowed: Allowed) -> Step | None:
    if pods.stays(pod):
        return None
    if pods.leaving(pod) or is_plug(pod):
        return Step(pod, How.AWAIT)
    if pods.finished(pod):
        return Step(pod, How.EVICT, Change("evict", pods.label(pod)))
    if is_launcher(pod):
        return _guest(pod, seen, allowed)
    return _plain(pod, seen, allowed)


def _plain(pod: Json, seen: Seen, allowed: Allowed) -> Step:
    managed = pods.controller(pod) is not None
    change = Change("evict", pods.label(pod), impact=Impact.POD_RESTART if managed else Impact.OUTAGE)
    objections = dict(_objections(pod, managed, seen, allowed))
    return Step(pod, How.EVICT, change, None, " and ".join(objections), next(iter(objections.values()), ""))


def _objections(pod: Json, managed: bool, seen: Seen, allowed: Allowed) -> Iterator[tuple[str, str]]:
    """Each with what would make it go away."""
    if not managed and not allowed.force:
        yield "has no controller that would make it anew", "force: true deletes such pods"
    if pods.has_scratch(pod) and not allowed.scratch:
        yield "keeps data in an emptyDir", "delete_emptydir_data: true deletes such data"
    guards = budgets.guarding(pod, seen.budgets)
    if len(guards) > 1:
        names = ", ".join(budget["metadata"]["name"] for budget in guards)
        reason = f"is guarded by more than one PodDisruptionBudget ({names}), which the eviction API does not serve"
        yield reason, "leave it one budget"


def _guest(pod: Json, seen: Seen, allowed: Allowed) -> Step:
    """The way of a virtual machine; one that migrates to this node has to arrive before it can leave again."""
    owner = pods.controller(pod)
    vmi = seen.vmis.get(f"{pod['metadata']['namespace']}/{owner['name']}") if owner is not None else None
    if vmi is None:
        return Step(pod, How.AWAIT)  # its owner is gone, so that it is about to be collected
    found = evacuation(vmi, seen.strategy)
    if found.way in (Way.MIGRATE, Way.HAND_OVER):
        return Step(pod, How.MIGRATE, Change(found.way.value, vmi_label(vmi)), vmi)
    back = comes_back(vmi, _vm(vmi, seen.vms))
    verb, impact = ("restart", Impact.VM_RESTART) if back else ("shut down", Impact.OUTAGE)
    how = How.DELETE if found.way is Way.DELETE else How.EVICT
    change = Change(verb, vmi_label(vmi), impact=impact)
    if allowed.restart:
        return Step(pod, how, change, vmi)
    outcome = "restarts" if back else "shuts down"
    remedy = "unmigratable_vms: restart shuts such machines down, and KubeVirt starts those again that always run"
    return Step(pod, how, change, vmi, f"does not migrate, so that a drain {outcome} it: {found.why}", remedy)


def _vm(vmi: Json, vms: Named) -> Json:
    owner = pods.controller(vmi)
    if owner is None or owner["kind"] != "VirtualMachine":
        return None
    return vms.get(f"{vmi['metadata']['namespace']}/{owner['name']}")


def has_guests(found: Iterable[Json]) -> bool:
    """Whether KubeVirt has to be asked at all."""
    return any(is_launcher(pod) for pod in found)


def summary(seen: Seen, steps: Sequence[Step], node: Json) -> Json:
    """The node for people: ``node`` as it is or will be, and what becomes of its pods."""
    changed = [step for step in steps if step.change is not None]
    return {
        "name": nodes.name(node),
        "schedulable": not nodes.is_cordoned(node),
        "cordoned_by_others": nodes.is_cordoned(node) and not nodes.is_ours(node),
        "excluded_from_load_balancers": nodes.is_excluded(node),
        "evicted": [pods.path(step.pod) for step in changed if step.vmi is None],
        "migrated": [pods.path(step.vmi) for step in changed if step.how is How.MIGRATE],
        "restarted": [pods.path(step.vmi) for step in changed if step.vmi is not None and step.how is not How.MIGRATE],
        "left": left(seen),
    }


def strategy_of(kubevirts: Iterable[Json]) -> str | None:
    """The evictionStrategy of guests that have none."""
    found = (dig(each, ("spec", "configuration", "evictionStrategy")) for each in kubevirts)
    return next((each for each in found if each), None)
