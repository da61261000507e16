# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A release of a Helm chart, brought to a state by helm itself."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from ...clients.helm.release import Helm, Wish
from ...clients.helm.words import Discretion
from ...clients.kube.request import raw
from ...clients.kube.written import private_file
from ...core.change import Change
from ...core.error import Busy, Finding, NfviError, Precondition, Unreachable, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, prune
from ...core.plan import Plan
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.manifest import manifest
from ...resources.kubernetes.kinds import CRD, NAMESPACE
from . import wanted
from .look import Found, State, crds_of, find, predict
from .plan import kept, label, left_over, recovery, said_of, to_absent, to_present


@dataclass(frozen=True)
class Work:
    """One call: what is asked, of which cluster, and how; ``there`` is False for a cluster that is still to be made."""

    given: Given
    kube: Kube
    helm: Helm
    mode: Mode
    name: str
    namespace: str
    there: bool = True

    @property
    def target(self) -> str:
        return label(self.name, self.namespace)

    def found(self) -> Found:
        """What there is of the release."""
        return find(self.helm, self.name, self.namespace, self.kube) if self.there else Found()

    def refuse_pending(self, found: Found) -> None:
        """A release that helm is at work on is left alone, unless told otherwise."""
        if found.pending and self.given.text("on_pending", "fail") == "fail":
            hint = "if no helm is at work on it, say on_pending: recover"
            raise Busy(said_of(found), object=self.target, path=("on_pending",), hint=hint)


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """The release present as it is given, or absent."""
    if given.text("state", "present") == "absent":
        with _work(given, kube, mode, {}) as work:
            return _absent(work)
    wish = wanted.wish(given)
    with _work(given, kube, mode, dict(wish.values)) as work:
        return _present(work, wish)


@contextlib.contextmanager
def _work(given: Given, kube: Kube, mode: Mode, values: Json) -> Iterator[Work]:
    name, namespace = wanted.name(given), given.name("namespace")
    known = (name, namespace, given.text("chart_ref", ""))
    discretion = Discretion.about(values, known, mode.masker)
    there = _answers(kube, mode)
    with private_file(kube.client.cluster) if there else contextlib.nullcontext() as kubeconfig:
        helm = Helm.found(kubeconfig, discretion)
        try:
            yield Work(given, kube, helm, mode, name, namespace, there)
        except NfviError as error:
            raise error.about(label(name, namespace)) from None


def _answers(kube: Kube, mode: Mode) -> bool:
    """Whether there is a cluster; only while plans before this one are pending there may be none."""
    if not mode.pending:
        return True
    try:
        kube.client.send(raw("/version"))
    except Unreachable:
        return False
    return True


def _absent(work: Work) -> Result:
    found = work.found()
    work.refuse_pending(found)
    plan = to_absent(work.target, found, work.mode.masker)
    if plan and work.mode.apply:
        timeout = work.given.integer("wait_timeout", 300, low=1)
        work.mode.progress(f"{work.target}: uninstalling")
        work.helm.uninstall(work.name, work.namespace, timeout, wait=work.given.flag("wait", True))
    told = Result(plan, verified=work.there).named("release", {}).named("objects", [])
    return told.warning(*_about_kept(kept(found.base.items, ()) if found.base else []))


def _present(work: Work, wish: Wish) -> Result:
    found = work.found()
    work.refuse_pending(found)
    recovered = recovery(work.target, found)
    ask = work.there and (work.mode.apply or not recovered)
    if recovered and work.mode.apply:
        _recover(work, found, wish.timeout)
        found = work.found()
    elif recovered and recovered.changes[0].action == "uninstall":
        found = Found()
    try:
        return _brought(work, wish, found, recovered, ask=ask)
    except NfviError as error:
        raise error.after(recovered.actions if work.mode.apply else ()) from None


def _recover(work: Work, found: Found, timeout: int) -> None:
    """Carry out `recovery`."""
    action = recovery(work.target, found).changes[0].action
    work.mode.progress(f"{work.target}: {said_of(found)}; {action}")
    if action == "uninstall" or found.standing is None:
        work.helm.uninstall(work.name, work.namespace, timeout, wait=True)
    else:
        work.helm.rollback(work.name, work.namespace, found.standing.number, timeout)


def _brought(work: Work, wish: Wish, found: Found, before: Plan, *, ask: bool) -> Result:
    """Plan and carry out what is left to do; ``before`` was done, or would be, to get there.

    Until it is done helm refuses a dry run, and the server cannot be asked.
    """
    space = _namespace(work, wish, found)
    crds = crds_of(work.helm, wish)
    with_crds, about_crds = _crds(work, crds, found)
    state = predict(work.helm, wish, work.kube, crds, found, ask=ask, served=work.there)
    upgrade = to_present(work.target, found, state, work.mode.masker)
    plan = before + space + with_crds + upgrade
    if work.mode.apply:
        _apply(work, wish, crds, upgrade, found)
    kept_back = kept(found.base.items, state.items) if found.base else []
    lost = left_over(found, state.items)
    told = Result(plan, verified=work.there and (state.verified or work.mode.apply))
    told = told.named("release", _release(work, found, state, bool(upgrade), before)).named("objects", _names(state))
    return told.warning(*about_crds, *_about_kept(kept_back), *_about_lost(lost))


def _apply(work: Work, wish: Wish, crds: list[Json], upgrade: Plan, found: Found) -> None:
    done: list[str] = []
    if work.given.text("crds", "install") == "apply" and crds:
        done += work.kube.converge(_wanted(crds), "present", work.mode).plan.actions
    if not upgrade:
        return
    work.mode.progress(f"{work.target}: {'upgrading' if found.base else 'installing'} {wish.chart.ref}")
    try:
        work.helm.upgrade(wish)
    except NfviError as error:
        raise error.after([*done, *_left(work, found)]) from None


def _left(work: Work, before: Found) -> list[str]:
    """What a failed upgrade left behind: the new revisions."""
    with contextlib.suppress(NfviError):
        known = {revision.number for revision in before.revisions}
        new = [r for r in work.helm.history(work.name, work.namespace) if r.number not in known]
        return [str(Change("update", work.target, ("status",), None, f"{r.status} (revision {r.number})")) for r in new]
    return []


def _namespace(work: Work, wish: Wish, found: Found) -> Plan:
    """helm makes the namespace with the release; without that it would only fail after the hooks."""
    if found.base is not None or not work.there:
        return Plan()
    there = {each["metadata"]["name"] for each in work.kube.everything(NAMESPACE, work.mode)}
    if wish.namespace in there:
        return Plan()
    if not wish.create_namespace and not work.mode.pending:
        reason = f"there is no namespace {wish.namespace}"
        raise Precondition(reason, path=("namespace",), hint="make it first, or say create_namespace: true")
    made = Change("create", f"Namespace {wish.namespace}", after=manifest(NAMESPACE, wish.namespace))
    return Plan.of([made] if wish.create_namespace else [])


def _crds(work: Work, crds: list[Json], found: Found) -> tuple[Plan, list[str]]:
    """What becomes of the chart's CRDs: helm makes those that are missing, and only with the release."""
    how = work.given.text("crds", "install")
    if not crds or how == "skip":
        return Plan(), []
    if how == "apply":
        return work.kube.converge(_wanted(crds), "present", replace(work.mode, apply=False)).plan, []
    there = {each["metadata"]["name"] for each in work.kube.everything(CRD, work.mode)} if work.there else set()
    missing = [crd for crd in crds if crd["metadata"]["name"] not in there]
    if found.base is None:
        return Plan.of(Change("create", CRD.label(crd), after=crd) for crd in missing), []
    names = ", ".join(crd["metadata"]["name"] for crd in missing)
    return Plan(), [f"helm upgrade makes no CRDs, and these are missing: {names} (crds: apply)"] if names else []


def _wanted(crds: list[Json]) -> list[tuple[tuple[str, ...], Json]]:
    refuse(Finding(("chart_ref",), "a CRD of the chart has no name") for crd in crds if not crd.get("metadata"))
    return [(("chart_ref",), crd) for crd in crds]


def _release(work: Work, found: Found, state: State, changes: bool, before: Plan) -> Json:
    """The release as it is now, or as it would be."""
    if work.mode.apply:
        last = work.helm.history(work.name, work.namespace)[-1]
        facts = {"revision": last.number, "status": last.status, "chart": last.chart, "app_version": last.app_version}
    else:
        number = (found.last.number if found.last else 0) + bool(changes) + bool(before and found.base)
        facts = {"revision": number, "status": "deployed", "chart": state.chart, "app_version": state.app_version}
    return {"name": work.name, "namespace": work.namespace, **facts}


def _names(state: State) -> list[Json]:
    """What the release's objects are called."""
    return [
        {
            "apiVersion": item.manifest["apiVersion"],
            "kind": item.kind.kind,
            "metadata": prune(name=item.name, namespace=item.namespace),
        }
        for item in state.items
    ]


def _about_kept(names: list[str]) -> list[str]:
    return [f"stays in the cluster, by its helm.sh/resource-policy: {', '.join(names)}"] if names else []


def _about_lost(names: list[str]) -> list[str]:
    return [f"helm does not remove what a failed revision may have made: {', '.join(names)}"] if names else []
