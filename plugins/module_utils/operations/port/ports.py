# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ports of workloads, in the template and in what runs.

A changed annotation in a virtual machine's template neither reaches its pod nor asks for a restart (KubeVirt compares
``template.spec`` only), and Kube-OVN reads annotations of pods. So the pod gets it too, and the guest, from which
KubeVirt makes the pod of a migration.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ...core.clock import Deadline
from ...core.error import Finding, NfviError, Precondition, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.errors import raise_all
from ...engine.wait import until_ready
from ...resources.kubeovn.policy_kinds import SECURITY_GROUP
from ...resources.kubeovn.port import attached
from .patch import Patch, live_patches, template_patch
from .workload import Seen, Wanted, look


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """The ports of every workload of ``workloads`` as given, or (absent) as if nobody had ever asked for anything."""
    wanted = given.each("workloads", Wanted.parse)
    _refuse_twice(wanted)
    if given.text("state") == "absent":
        wanted = tuple(replace(each, ports=()) for each in wanted)
    found = look(kube, wanted, mode)
    seen = [each for each in found if each is not None]
    _refuse_unattached(seen)
    _refuse_unknown_groups(kube, wanted, mode)
    work = _planned(seen, kube, live=given.flag("live", True))
    _ask(work, kube)
    if mode.apply:
        _carry_out(work, kube, mode)
    told = Result(work.plan, verified=len(seen) == len(found))
    return told.named("workloads", [_summary(each) for each in seen])


def _refuse_twice(wanted: Sequence[Wanted]) -> None:
    labels = [each.label for each in wanted]
    refuse(
        Finding(each.path, f"{each.label} was given before")
        for index, each in enumerate(wanted)
        if each.label in labels[:index]
    )


def _refuse_unattached(seen: Iterable[Seen]) -> None:
    """An annotation for a network that the pods are not in does nothing, and nobody says so."""
    refuse(
        Finding((*port.path, "provider"), f"{each.wanted.label} has no port of {port.provider}")
        for each in seen
        for port in each.wanted.ports
        if port.provider not in attached(each.template, each.wanted.namespace)
    )


def _refuse_unknown_groups(kube: Kube, wanted: Iterable[Wanted], mode: Mode) -> None:
    """A port in groups of which none exists is shut off."""
    ports = [port for each in wanted for port in each.ports]
    named = [(port, index, name) for port in ports for index, name in enumerate(port.security_groups)]
    if not named or mode.pending:
        return
    there = {group["metadata"]["name"] for group in kube.everything(SECURITY_GROUP, mode)}
    for port, index, name in named:
        if name not in there:
            path = (*port.path, "security_groups", index)
            raise Precondition(f"SecurityGroup {name} does not exist", path=path, hint="create it first")


@dataclass(frozen=True)
class _Work:
    """What runs comes first, as it is what somebody waits for; templates that replace their pods come last."""

    live: Sequence[Patch]
    still: Sequence[Patch]
    rolling: Sequence[Patch]

    @property
    def patches(self) -> list[Patch]:
        return [*self.live, *self.still, *self.rolling]

    @property
    def plan(self) -> Plan:
        return Plan.of(change for patch in self.patches for change in patch.changes())


def manager(kube: Kube) -> str:
    """Annotations have an owner of their own: whoever wrote the workload keeps everything else."""
    return f"{kube.settings.field_manager}.port"


def _planned(seen: Sequence[Seen], kube: Kube, *, live: bool) -> _Work:
    ours, force = manager(kube), kube.settings.on_conflict == "force"
    templates = [(each, template_patch(each, ours, force=force)) for each in seen if each.wanted.kind != "Pod"]
    due = [(each, patch) for each, patch in templates if patch is not None]
    rolling = [patch for each, patch in due if each.rolls]
    replaced = {patch.item.key for patch in rolling}
    stays = [each for each in seen if each.settled and each.item.key not in replaced]
    running = [patch for each in stays for patch in live_patches(each, ours)] if live else []
    return _Work(running, [patch for each, patch in due if not each.rolls], rolling)


def _ask(work: _Work, kube: Kube) -> None:
    """What a server refuses, it refuses before anything is changed."""
    patches = work.patches
    answers = kube.client.send_all([patch.request(manager(kube), dry_run=True) for patch in patches])
    pairs = zip(patches, answers, strict=True)
    raise_all((patch.item, answer) for patch, answer in pairs if isinstance(answer, NfviError))


def _carry_out(work: _Work, kube: Kube, mode: Mode) -> None:
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    done: list[str] = []
    for group in (work.live, work.still, work.rolling):
        answers = kube.client.send_all([patch.request(manager(kube)) for patch in group])
        pairs = list(zip(group, answers, strict=True))
        done += [str(c) for patch, answer in pairs if not isinstance(answer, NfviError) for c in patch.changes()]
        try:
            raise_all((patch.item, answer) for patch, answer in pairs if isinstance(answer, NfviError))
        except NfviError as error:
            raise error.after(done) from None
    if kube.settings.wait and work.rolling:
        _awaited(work.rolling, kube, deadline, mode, done)


def _awaited(rolling: Sequence[Patch], kube: Kube, deadline: Deadline, mode: Mode, done: Sequence[str]) -> None:
    try:
        until_ready(kube.client, [patch.item for patch in rolling], {}, deadline, mode)
    except NfviError as error:
        raise error.after(done) from None


def _summary(seen: Seen) -> Json:
    wanted = seen.wanted
    return {
        "kind": wanted.kind,
        "namespace": wanted.namespace,
        "name": wanted.name,
        "annotations": wanted.annotations(),
        "pods": [live["metadata"]["name"] for kind, live in seen.copies if kind.kind == "Pod"],
    }
