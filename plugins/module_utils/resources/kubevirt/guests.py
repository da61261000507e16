# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Guests that never ran: when their virtual machine is changed, they make room for one of the new template.

KubeVirt gives a new template to the next guest only (condition RestartRequired). A guest for which there is no node has
nothing to lose, and without this a machine that was made too big would stay unschedulable after it was made smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ...core.error import NfviError
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.plan import Plan
from ...core.readiness import condition
from ...engine.converge import Converged, Kube
from ...engine.manifest import manifest
from ...engine.resolve import Wanted
from .kinds import VM, VMI

# api/core/v1 VirtualMachinePrintableStatus: the guest's pod has no node.
_NOWHERE = "ErrorUnschedulable"
_TEMPLATE = ("spec", "template")


def converge(kube: Kube, wanted: Sequence[Wanted], mode: Mode) -> Converged:
    """As `Kube.converge` to present; guests that never ran are made anew where their template is another one now."""
    waiting = list(_waiting(kube, wanted, mode))
    if not waiting:
        return kube.converge(wanted, "present", mode)
    told = kube.converge(wanted, "present", replace(mode, apply=False))
    outdated = [((), _guest(vm)) for vm in waiting if _outdated(vm, told.plan)]
    if not outdated:
        return kube.converge(wanted, "present", mode)
    if not mode.apply:
        return replace(told, plan=told.plan + kube.converge(outdated, "absent", mode).plan)
    return _carried_out(kube, wanted, outdated, mode)


def _carried_out(kube: Kube, wanted: Sequence[Wanted], outdated: Sequence[Wanted], mode: Mode) -> Converged:
    """Change the machines, remove their guests, and wait for the new ones."""
    plan = Plan()
    try:
        plan += replace(kube, settings=replace(kube.settings, wait=False)).converge(wanted, "present", mode).plan
        plan += kube.converge(outdated, "absent", mode).plan
        return replace(kube.converge(wanted, "present", mode), plan=plan)
    except NfviError as error:
        raise error.after(plan.actions) from None


def _waiting(kube: Kube, wanted: Iterable[Wanted], mode: Mode) -> Iterator[Json]:
    """The live machines, of those wanted, whose guest has no node."""
    names = {_name(each) for _place, each in wanted if each.get("kind") == VM.kind}
    for namespace in sorted({namespace for namespace, _name in names}):
        for vm in kube.everything(VM, mode, namespace):
            if _name(vm) in names and dig(vm, ("status", "printableStatus")) == _NOWHERE:
                yield vm


def _outdated(vm: Json, plan: Plan) -> bool:
    """Whether the guest has an older template than its machine has, or will have."""
    restart = condition(vm, "RestartRequired")
    changes = [change for change in plan if change.target == VM.label(vm)]
    return (restart is not None and restart.get("status") == "True") or any(
        change.path[: len(_TEMPLATE)] == _TEMPLATE for change in changes
    )


def _guest(vm: Json) -> Json:
    return manifest(VMI, vm["metadata"]["name"], namespace=vm["metadata"]["namespace"])


def _name(vm: Json) -> tuple[str, str]:
    return vm["metadata"].get("namespace", "default"), vm["metadata"]["name"]
