# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt itself: gates judged by the version that runs, and waited for until its components are up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from ...clients.kube.request import Resource
from ...core.clock import Deadline
from ...core.error import NfviError, NotFound, Precondition, Timeout, Unreachable, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.readiness import Predicate, condition, said
from ...core.result import Result
from ...engine.converge import Converged, Kube
from ...engine.item import Item
from ...engine.kind import Registry
from ...engine.place import Place
from ...engine.wait import until_ready
from ...resources.kubevirt import gates, kinds
from ...resources.kubevirt.cluster import OPTIONS, Cluster, lag, observed, operators_version, summary, version_of

_DEPLOYMENT = Resource("apps/v1", "Deployment", "deployments", True)
_POD = Resource("v1", "Pod", "pods", True)
_OPERATOR = "kubevirt.io=virt-operator"
# virt-operator begins within moments; so long, in seconds, it is waited for to name the new generation, which it may do
# late (measured: it said 2 while the generation was 4).
_SETTLE = 5.0


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """The KubeVirt object present, of the wanted settings and deployed; or absent, with all that it had installed."""
    wanted, state, place = Cluster.parse(given), given.text("state"), Place(given.path, OPTIONS)
    if state == "absent":
        return _told(kube.converge([(place, wanted.manifest())], state, mode), (), summary({}))
    live = _live(kube, wanted, mode)
    told = gates.judge(wanted.gates, wanted.disabled, _version(given, kube, wanted, live, mode))
    refuse(told.refused, object=kinds.KUBEVIRT.label(wanted.manifest()))
    converged = _patient(kube).converge([(place, wanted.manifest())], state, mode)
    if not (mode.apply and kube.settings.wait):
        return _told(converged, told.warned, summary(converged.objects[0]))
    live = _awaited(kube, converged, mode)
    newest, seen = lag(live)
    late = f"virt-operator has not said that it deployed generation {newest} (it says {seen})"
    warned = (*told.warned, late) if converged.plan and seen < newest else told.warned
    return _told(replace(converged, objects=[_shown(live)]), warned, summary(live))


def _patient(kube: Kube) -> Kube:
    """The same, but it does not wait for KubeVirt: the row's own readiness neither asks for the generation nor tells
    what is missing.
    """
    rows = Registry(replace(row, gate=row.gate and row.kind != kinds.KUBEVIRT.kind) for row in kube.registry.all())
    return replace(kube, registry=rows, settings=replace(kube.settings, wait=False))


def _live(kube: Kube, wanted: Cluster, mode: Mode) -> Json:
    """The wanted object if it is there; refused where KubeVirt is there under another name."""
    found = kube.everything(kinds.KUBEVIRT, mode)
    names = {(each["metadata"]["namespace"], each["metadata"]["name"]): each for each in found}
    live = names.get((wanted.namespace, wanted.name))
    if live is None and found:
        there = kinds.KUBEVIRT.label(found[0])
        raise Precondition(f"{there} is there, and a cluster has one KubeVirt", path=("name",), hint="give its name")
    return live


def _version(given: Given, kube: Kube, wanted: Cluster, live: Json, mode: Mode) -> str:
    """What was said, else what is to be installed, else what runs, else what virt-operator would install."""
    tag = wanted.image_tag if gates.minor_of(wanted.image_tag) is not None else ""
    known = given.text("version", "") or tag or version_of(live)
    if known or not (wanted.gates or wanted.disabled):
        return known
    try:
        operators = kube.client.list(_DEPLOYMENT, wanted.namespace, label_selector=_OPERATOR).items
    except (NotFound, Unreachable):
        if not mode.pending:
            raise
        return ""
    return operators_version(operators[0]) if operators else ""


def _awaited(kube: Kube, converged: Converged, mode: Mode) -> Json:
    """The object once it is deployed: of this generation if virt-operator says so soon, else by its conditions."""
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    item = Item(kinds.KUBEVIRT, converged.objects[0], Place((), OPTIONS))
    try:
        if converged.plan:
            settle = Deadline.after(mode.clock, min(_SETTLE, deadline.left))
            try:
                return _until(kube, item, observed, settle, mode)
            except Timeout:
                pass
        return _until(kube, item, kinds.deployed, deadline, mode)
    except Timeout as error:
        missing = "; ".join(_missing(kube, item.namespace))
        error.reason = f"{error.reason}: {missing}" if missing else error.reason
        raise error.after(converged.plan.actions) from None
    except NfviError as error:
        raise error.after(converged.plan.actions) from None


def _until(kube: Kube, item: Item, ready: Predicate, deadline: Deadline, mode: Mode) -> Json:
    awaited = replace(item, kind=replace(item.kind, ready=(ready,)))
    return until_ready(kube.client, [awaited], {}, deadline, mode)[item.key]


def _missing(kube: Kube, namespace: str) -> Iterator[str]:
    """The pods of KubeVirt that do not run, and why: what virt-operator itself does not tell."""
    try:
        pods = kube.client.list(_POD, namespace, label_selector="kubevirt.io").items
    except NfviError:
        return
    if not any(dig(pod, ("metadata", "labels", "kubevirt.io")) == "virt-operator" for pod in pods):
        yield f"there is no pod of virt-operator in {namespace}"
    for pod in pods:
        ready, scheduled = condition(pod, "Ready") or {}, condition(pod, "PodScheduled") or {}
        if ready.get("status") != "True" and dig(pod, ("status", "phase")) != "Succeeded":
            why = said(scheduled) if scheduled.get("status") == "False" else said(ready)
            yield f"Pod {pod['metadata']['name']} is not ready" + (f": {why}" if why else "")


def _shown(live: Json) -> Json:
    return {**live, "metadata": {key: v for key, v in live["metadata"].items() if key != "managedFields"}}


def _told(converged: Converged, warned: tuple[str, ...], told: Json) -> Result:
    return converged.named("kubevirts").named("cluster", told).warning(*warned)
