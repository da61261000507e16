# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual machines started, stopped, moved: all judged before one is touched, all asked at once, one watch for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ...clients.kube.request import Request, Resource, call, create
from ...core.clock import Deadline
from ...core.error import Conflict, Internal, NeverReady, NfviError, Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path, dig
from ...core.plan import Plan
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.errors import raise_all
from ...engine.item import Item
from ...engine.kind import Kind
from ...engine.manifest import manifest
from ...engine.observe import resource
from ...engine.place import Place
from ...engine.wait import until_ready
from ...resources.kubevirt import kinds
from ...resources.kubevirt.goals import goals
from ...resources.kubevirt.lifecycle import RULES, How, Step
from ...resources.kubevirt.summary import predicted, summary
from .look import Found, Wanted, look

# Where virt-api serves each verb (pkg/virt-api/api.go).
_VM = Resource("subresources.kubevirt.io/v1", "VirtualMachine", "virtualmachines", True)
_VMI = Resource("subresources.kubevirt.io/v1", "VirtualMachineInstance", "virtualmachineinstances", True)
_SERVED: Mapping[str, tuple[Resource, str]] = {
    "start": (_VM, "start"),
    "stop": (_VM, "stop"),
    "restart": (_VM, "restart"),
    "pause": (_VMI, "pause"),
    "unpause": (_VMI, "unpause"),
    "soft_reboot": (_VMI, "softreboot"),
}
# What virt-api says when somebody else was faster, and all is as it was wanted.
_DONE: Mapping[str, str] = {
    "start": "VM is already running",
    "stop": "VM is not running",
    "pause": "VMI is already paused",
    "unpause": "VMI is not paused",
}
# Options that mean something to some verbs only.
_OPTIONS: Mapping[str, tuple[str, ...]] = {
    "grace_period": ("stop", "restart"),
    "node": ("migrate",),
    "if_required": ("restart",),
}


@dataclass(frozen=True)
class Work:
    """A verb, and the machines it is for: what has to be done to each, and where each stands in the user's input."""

    verb: str
    steps: Sequence[Step]
    paths: Mapping[str, Path]

    @property
    def todo(self) -> list[Step]:
        return [step for step in self.steps if step.change is not None]

    @property
    def plan(self) -> Plan:
        return Plan.of(step.change for step in self.steps if step.change is not None)

    def path(self, step: Step) -> Path:
        return self.paths.get(step.seen.vm["metadata"]["name"], ())

    def item(self, step: Step) -> Item:
        """The machine, for an error to name it."""
        return Item(kinds.VM, {**step.seen.vm, "kind": kinds.VM.kind}, Place(self.path(step)))


def run(given: Given, kube: Kube, mode: Mode) -> Result:
    """Do ``action`` to every machine of ``vms``, or to those that ``label_selectors`` match."""
    verb, how = given.choice("action", RULES), _how(given)
    wanted = Wanted.parse(given, kube.settings.namespace)
    if not wanted.names and wanted.selector is None:
        given.at("vms").refuse("name at least one virtual machine", hint="or choose them by label_selectors")
    found = look(kube.client, wanted, mode, migrations=verb == "migrate")
    work = _judged(verb, found, how, wanted)
    if not mode.apply:
        _asked(kube, work, mode)
        return _told(work, [predicted(step) for step in work.steps], found)
    _carried_out(kube, work, mode)
    after = look(kube.client, wanted, mode) if work.steps else found
    return _told(work, [summary(seen) for seen in after.seen], found)


def _how(given: Given) -> How:
    verb = given.text("action")
    for option, verbs in _OPTIONS.items():
        if given.get(option) not in (None, False) and verb not in verbs:
            given.at(option).refuse(f"means nothing to {verb}", hint=f"it is for {' and '.join(verbs)}")
    grace = given.integer("grace_period", low=0) if given.has("grace_period") else None
    if verb == "restart" and grace:
        given.at("grace_period").refuse("For force restart, only gracePeriod=0 is supported for now")
    return How(grace, given.name("node") if given.has("node") else "", given.flag("if_required"))


def _judged(verb: str, found: Found, how: How, wanted: Wanted) -> Work:
    """What is to be done to each; all that is refused is told at once, and nothing has been touched."""
    steps: list[Step] = []
    faults: list[tuple[Item, NfviError]] = []
    for seen in found.seen:
        try:
            steps.append(RULES[verb](seen, how))
        except NfviError as error:
            faults.append((Work(verb, (), wanted.names).item(Step(seen)), error))
    raise_all(faults)
    return Work(verb, steps, wanted.names)


def _asked(kube: Kube, work: Work, mode: Mode) -> None:
    """In check mode KubeVirt's webhooks are asked about migrations; no other verb knows a dry run that nobody audits as
    a write.
    """
    if work.verb == "migrate" and not mode.pending:
        answers = kube.client.send_all(_migration(kube, step, dry_run=True) for step in work.todo)
        _raise(work, answers)


def _carried_out(kube: Kube, work: Work, mode: Mode) -> None:
    deadline = Deadline.after(mode.clock, kube.settings.wait_timeout)
    answers = kube.client.send_all(_request(kube, work.verb, step) for step in work.todo)
    done = [str(s.change) for s, answer in zip(work.todo, answers, strict=True) if not isinstance(answer, NfviError)]
    try:
        _raise(work, answers)
        if kube.settings.wait:
            _awaited(kube, work, dict(zip(map(id, work.todo), answers, strict=True)), deadline, mode)
    except NfviError as error:
        raise error.after(done) from None


def _request(kube: Kube, verb: str, step: Step) -> Request:
    if verb == "migrate":
        return _migration(kube, step)
    served, subresource = _SERVED[verb]
    meta = step.seen.vm["metadata"]
    return call(served, meta["name"], meta["namespace"], subresource, step.body)


def _migration(kube: Kube, step: Step, *, dry_run: bool = False) -> Request:
    """What virt-api makes of its verb ``migrate``: made by ourselves, as only so its name is known, and it can be
    awaited.
    """
    meta = step.seen.vm["metadata"]
    wanted = manifest(kinds.MIGRATION, "", namespace=meta["namespace"], spec={"vmiName": meta["name"], **step.body})
    wanted["metadata"] = {"generateName": f"{meta['name']}-", "namespace": meta["namespace"]}
    return create(resource(kinds.MIGRATION), wanted, field_manager=kube.settings.field_manager, dry_run=dry_run)


def _raise(work: Work, answers: Sequence[Json | NfviError]) -> None:
    pairs = zip(work.todo, answers, strict=True)
    raise_all((work.item(s), _meant(a, s)) for s, a in pairs if isinstance(a, NfviError) and not _is_done(work.verb, a))


def _is_done(verb: str, answer: NfviError) -> bool:
    return isinstance(answer, Conflict) and verb in _DONE and _DONE[verb] in answer.reason


def _meant(error: NfviError, step: Step) -> NfviError:
    """virt-api answers 500 while an earlier request waits; the object is the machine, not a subresource of it."""
    error.object = step.seen.label
    if isinstance(error, Internal) and "already underway" in error.reason:
        return Precondition("an earlier stop or start of it is under way", object=error.object, retryable=True)
    return error


def _awaited(kube: Kube, work: Work, answers: Mapping[int, Json], deadline: Deadline, mode: Mode) -> None:
    """Until all is really done, those included that were about to be so by themselves: a watch a kind."""
    steps = [step for step in work.steps if step.waits]
    shows = [(step.migration or answers.get(id(step)) if work.verb == "migrate" else step.seen.vm) for step in steps]
    uids = {(s.seen.vm["metadata"]["namespace"], s.seen.vm["metadata"]["name"]): s.seen.uid for s in steps}
    for kind in goals(work.verb, uids) if steps else ():
        items = [_item(kind, each, work.path(step)) for step, each in zip(steps, shows, strict=True)]
        labels = {item.label: step for item, step in zip(items, steps, strict=True)}
        try:
            until_ready(kube.client, items, {}, deadline, mode)
        except NeverReady as error:
            raise _explained(kube, error, labels) from None


def _item(kind: Kind, thing: Json, path: Path) -> Item:
    meta = {key: thing["metadata"][key] for key in ("name", "namespace")}
    return Item(kind, {"kind": kind.kind, "metadata": meta}, Place(path))


def _explained(kube: Kube, error: NeverReady, steps: Mapping[str, Step]) -> NeverReady:
    """A migration's failure with its machine's name, and with what the node said, which stands in the guest only."""
    step = steps.get(error.object)
    if step is None or not error.object.startswith(kinds.MIGRATION.kind):
        return error
    meta = step.seen.vm["metadata"]
    wanted = Wanted(meta["namespace"], {meta["name"]: ()}, None)
    try:
        vmi = look(kube.client, wanted, Mode()).seen[0].vmi
    except NfviError:
        vmi = None
    why = dig(vmi, ("status", "migrationState", "failureReason"))
    error.reason = ": ".join(part for part in (error.reason, why if why and why not in error.reason else "") if part)
    error.object = f"{step.seen.label} ({error.object.split()[1]})"
    return error


def _told(work: Work, vms: list[Json], found: Found) -> Result:
    result = replace(Result(work.plan), verified=found.complete).named("vms", vms)
    if not work.steps and found.complete:
        return result.warning("no virtual machine has these labels")
    return result
