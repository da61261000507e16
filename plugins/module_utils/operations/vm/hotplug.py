# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces and volumes plugged into virtual machines: all judged before one is touched, and seen in the guest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...clients.kube.request import Request, Resource, call, get, merge
from ...core.clock import Deadline
from ...core.error import NfviError, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path
from ...core.plan import Plan
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.errors import raise_all
from ...engine.item import Item
from ...engine.kind import Kind
from ...engine.observe import resource
from ...engine.place import Place
from ...engine.references import refuse_dangling
from ...engine.wait import until_ready
from ...resources.kubevirt import hotplug, kinds, plugged
from ...resources.kubevirt.cluster import plugging
from ...resources.kubevirt.hotplug import Plug, Wanted
from . import action, look

# As another than what applies whole machines: one who does that is told who plugged.
_MANAGER = "kubevim.nfvi-hotplug"
_SERVED = Resource("subresources.kubevirt.io/v1", "VirtualMachine", "virtualmachines", True)


@dataclass(frozen=True)
class Work:
    """What is to be done to each machine, and whether KubeVirt migrates by itself what needs it."""

    plugs: Sequence[Plug]
    automatic: bool = False
    complete: bool = True

    @property
    def plan(self) -> Plan:
        return Plan.of(change for plug in self.plugs for change in plug.changes)


def run(given: Given, kube: Kube, mode: Mode) -> Result:
    """Plug what ``vms`` say into each of them, and unplug it."""
    wanted = given.each("vms", Wanted.parse)
    refuse(hotplug.findings(wanted))
    follow = given.choice("pending_policy", ("report", "migrate", "restart"), "report")
    work = _judged(kube, wanted, mode)
    if not mode.apply:
        _asked(kube, work, mode)
        return _told(work, work.plan, [plugged.predicted(plug) for plug in work.plugs])
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    _carried_out(kube, work)
    plan = work.plan
    try:
        if kube.settings.wait:
            _awaited(kube, work, deadline, mode)
            plan += _followed(kube, work, follow, deadline, mode)
    except NfviError as error:
        raise error.after(plan.actions) from None
    return _told(work, plan, [plugged.summary(plug) for plug in _again(kube, work, mode)])


def _judged(kube: Kube, wanted: Sequence[Wanted], mode: Mode) -> Work:
    """All that is refused is told at once, and nothing has been touched."""
    namespace, names = kube.settings.namespace, {each.name: (*each.path, "name") for each in wanted}
    found = look.look(kube.client, look.Wanted(namespace, names, None), mode)
    machines = {seen.vm["metadata"]["name"]: seen for seen in found.seen}
    installed = kube.everything(kinds.KUBEVIRT, mode)
    abilities = plugging(installed[0] if installed else None)
    plugs: list[Plug] = []
    faults: list[tuple[Item, NfviError]] = []
    for each in (each for each in wanted if each.name in machines):
        try:
            plugs.append(hotplug.plan(machines[each.name], each, volumes_work=abilities.volumes))
        except NfviError as error:
            faults.append((_item(kinds.VM, machines[each.name].vm, ()), error))
    raise_all(faults)
    if not mode.pending:
        _refuse_dangling(kube, [plug for plug in plugs if plug.changes])
    return Work(plugs, abilities.migrates, found.complete)


def _refuse_dangling(kube: Kube, plugs: Sequence[Plug]) -> None:
    """A network or a claim that is not there would be waited for without end."""
    namespace = kube.settings.namespace
    items = [Item(kinds.VM, {"kind": "VirtualMachine", **p.wanted.refers(namespace)}, p.wanted.place) for p in plugs]
    refuse_dangling(items, {item.key for item in items}, items, kube.client, kube.registry)


def _asked(kube: Kube, work: Work, mode: Mode) -> None:
    """KubeVirt's webhooks judge new templates in a dry run; its verbs know none that nobody audits as a write."""
    if not mode.pending:
        todo = [plug for plug in work.plugs if plug.template is not None]
        _raise(todo, kube.client.send_all(_edit(plug, plug.seen.vm, dry_run=True) for plug in todo))


def _carried_out(kube: Kube, work: Work) -> None:
    """The machines at once, one thing after the other in each: virt-api takes one request at a time."""
    todo = [plug for plug in work.plugs if plug.changes]

    def carry_out(plug: Plug) -> None:
        if plug.template is not None:
            meta = plug.seen.vm["metadata"]
            kube.client.modify(get(resource(kinds.VM), meta["name"], meta["namespace"]), lambda vm: _newer(plug, vm))
        for verb, body in plug.verbs:
            meta = plug.seen.vm["metadata"]
            kube.client.send(call(_SERVED, meta["name"], meta["namespace"], verb, body))

    _raise(todo, kube.client.each(carry_out, todo))


def _newer(plug: Plug, vm: Json) -> Request | None:
    """The edit of what the machine is by now, which its controllers write to as well."""
    anew = hotplug.plan(replace(plug.seen, vm=vm), plug.wanted, volumes_work=True)
    return _edit(anew, vm) if anew.template is not None else None


def _edit(plug: Plug, vm: Json, *, dry_run: bool = False) -> Request:
    """The new lists over that very version of the machine: somebody else's edit is not lost."""
    meta = vm["metadata"]
    version = {"resourceVersion": meta["resourceVersion"]}
    patch = {"metadata": version, "spec": {"template": {"spec": plug.template}}}
    where = (resource(kinds.VM), meta["name"], meta["namespace"], patch)
    return merge(*where, field_manager=_MANAGER, dry_run=dry_run)


def _raise(todo: Sequence[Plug], answers: Sequence[Json | NfviError]) -> None:
    pairs = zip(todo, answers, strict=True)
    raise_all((_item(kinds.VM, p.seen.vm, p.wanted.path), a) for p, a in pairs if isinstance(a, NfviError))


def _item(kind: Kind, thing: Json, path: Path) -> Item:
    meta = {key: thing["metadata"][key] for key in ("name", "namespace")}
    return Item(kind, {"kind": kind.kind, "metadata": meta}, Place(path))


def _awaited(kube: Kube, work: Work, deadline: Deadline, mode: Mode, *, settle: bool = True) -> None:
    """Until templates say it and guests show it, or need what KubeVirt does not do by itself: a watch a kind."""
    stop = settle and not work.automatic
    goals = {plug.seen.label.partition(" ")[2]: plug.wanted for plug in work.plugs}
    in_template = replace(kinds.VM, ready=(plugged.in_template(goals, settle=stop),))
    _until(kube, [_item(in_template, p.seen.vm, p.wanted.path) for p in work.plugs], deadline, mode)
    in_guest = replace(kinds.VMI, ready=(plugged.in_guest(goals, settle=stop),))
    waiting = [p for p in _again(kube, work, mode) if p.running and not (stop and p.seen.restart_required)]
    _until(kube, [_item(in_guest, p.seen.vm, p.wanted.path) for p in waiting], deadline, mode)


def _until(kube: Kube, items: Sequence[Item], deadline: Deadline, mode: Mode) -> None:
    if items:
        until_ready(kube.client, items, {}, deadline, mode)


def _again(kube: Kube, work: Work, mode: Mode) -> list[Plug]:
    """The same machines as they are now."""
    names: Mapping[str, Path] = {plug.wanted.name: plug.wanted.path for plug in work.plugs}
    if not names:
        return []
    found = look.look(kube.client, look.Wanted(kube.settings.namespace, names, None), mode)
    return [replace(plug, seen=seen) for plug, seen in zip(work.plugs, found.seen, strict=True)]


def _followed(kube: Kube, work: Work, follow: str, deadline: Deadline, mode: Mode) -> Plan:
    """What is done to bring into force what does not come by itself: guests are migrated, or restarted."""
    now = [plug for plug in _again(kube, work, mode) if plug.running] if follow != "report" else []
    todo = [p for p in now if (plugged.needs_restart(p) if follow == "restart" else plugged.needs_migration(p))]
    if not todo:
        return Plan()
    verb = {"action": follow, "vms": [plug.wanted.name for plug in todo]}
    left = replace(kube, settings=replace(kube.settings, wait_timeout=deadline.left))
    plan = action.run(Given(verb), left, mode).plan
    try:
        _awaited(kube, replace(work, plugs=todo), deadline, mode, settle=False)
    except NfviError as error:
        raise error.after(plan.actions) from None
    return plan


def _told(work: Work, plan: Plan, vms: Sequence[Json]) -> Result:
    return replace(Result(plan), verified=work.complete).named("vms", list(vms))
