# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done to a virtual machine, and what virt-api would say to it. Pure.

The rules, and the words of the refusals, are virt-api's (kubevirt v1.8 pkg/virt-api/rest/lifecycle.go and
migration-create-admitter.go); that a machine is as it is wanted already is our own rule, as virt-api answers 409 then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from ...core.change import Change, Impact
from ...core.error import Precondition, Unsupported
from ...core.path import Json, dig
from ...core.readiness import condition
from .evacuation import why_not_migratable
from .kinds import VM

HOSTNAME = "kubernetes.io/hostname"
FINAL = ("Succeeded", "Failed")
# Guests of which virt-api says that they run already (IsFinal, Unknown, VmPhaseUnset are none).
_NO_GUEST = (*FINAL, "Unknown", "")
_SHOWN = "status.printableStatus"
_STRATEGY = "spec.runStrategy"


@dataclass(frozen=True)
class Seen:
    """A VirtualMachine, its guest (None when there is none), and the guest's migrations that are not over."""

    vm: Json
    vmi: Json = None
    migrations: Sequence[Json] = ()

    @property
    def strategy(self) -> str:
        """The strategy, or what the deprecated ``running`` stands for."""
        return str(
            dig(self.vm, ("spec", "runStrategy")) or ("Always" if dig(self.vm, ("spec", "running")) else "Halted")
        )

    @property
    def phase(self) -> str:
        """The guest's phase; empty without one."""
        return str(dig(self.vmi, ("status", "phase")) or "")

    @property
    def shown(self) -> str:
        """What kubectl shows."""
        return str(dig(self.vm, ("status", "printableStatus")) or "Stopped")

    @property
    def node(self) -> str:
        """Where the guest is; empty without one."""
        return str(dig(self.vmi, ("status", "nodeName")) or "")

    @property
    def paused(self) -> bool:
        return has(self.vmi, "Paused")

    @property
    def restart_required(self) -> bool:
        """Whether its template has a change that only the next guest will have."""
        return has(self.vm, "RestartRequired")

    @property
    def leaving(self) -> bool:
        """Whether the guest has been asked to end."""
        return dig(self.vmi, ("metadata", "deletionTimestamp")) is not None

    @property
    def uid(self) -> str:
        """The guest's; empty without one."""
        return str(dig(self.vmi, ("metadata", "uid")) or "")

    @property
    def label(self) -> str:
        return VM.label(self.vm)

    def refuse(self, reason: str, *, hint: str = "", retryable: bool = False) -> NoReturn:
        raise Precondition(reason, object=self.label, hint=hint, retryable=retryable)


@dataclass(frozen=True)
class How:
    """What the user allows and wants: seconds of grace, a node, whether only machines that need it are restarted."""

    grace: int | None = None
    node: str = ""
    if_required: bool = False


@dataclass(frozen=True)
class Step:
    """What is done to one machine: a verb of virt-api with its options; or nothing, as it is so or is about to be.

    ``migration`` is one that is under way and does what was asked for; ``waits`` is False where nothing can be seen.
    """

    seen: Seen
    change: Change | None = None
    body: Json = field(default_factory=dict)
    migration: Json = None
    waits: bool = True


Rule = Callable[[Seen, How], Step]


def has(thing: Json, kind: str) -> bool:
    """Whether the condition of that type is True."""
    found = condition(thing, kind) if thing is not None else None
    return found is not None and found.get("status") == "True"


def start(seen: Seen, how: How) -> Step:
    """Halted becomes Always; a machine that runs, or that KubeVirt starts by itself, is left to it."""
    if seen.leaving and seen.strategy != "Always":
        seen.refuse("is being stopped", hint="start it when it has stopped", retryable=True)
    if seen.phase not in _NO_GUEST or seen.strategy == "Always":
        return Step(seen)
    if has(seen.vm, "ManualRecoveryRequired"):
        seen.refuse("VM recovery required: Volume migration failed", hint="reassign the volumes")
    if seen.strategy in ("Once", "WaitAsReceiver"):
        if seen.vmi is None:
            return Step(seen)
        seen.refuse(f"{seen.strategy} does not support manual start requests", hint="set another runStrategy")
    if seen.strategy == "RerunOnFailure" and seen.phase == "Failed":
        return Step(seen)
    return Step(seen, _change("start", seen, Impact.NONE, "Running", "Always" if seen.strategy == "Halted" else None))


def stop(seen: Seen, how: How) -> Step:
    """Always and Once become Halted; other strategies stay, and KubeVirt does not start the machine by itself again."""
    if seen.strategy == "RerunOnFailure" and seen.phase == "Failed":
        seen.refuse("its guest has failed and is about to be run again", retryable=True)
    gone = seen.phase in (*FINAL, "")
    if seen.strategy != "Always" and (gone or seen.leaving):
        return Step(seen, waits=seen.leaving)  # what has ended by itself stays as it is
    if seen.strategy == "Halted" and not _sooner(seen, how):
        return Step(seen)
    body = {} if how.grace is None else {"gracePeriod": how.grace}
    halted = "Halted" if seen.strategy in ("Always", "Once") else None
    return Step(seen, _change("stop", seen, Impact.OUTAGE, "Stopped", halted), body)


def _sooner(seen: Seen, how: How) -> bool:
    """Whether a guest that is ending anyway is to end earlier."""
    grace = dig(seen.vmi, ("spec", "terminationGracePeriodSeconds"))
    return how.grace is not None and grace is not None and how.grace < grace


def restart(seen: Seen, how: How) -> Step:
    """Another guest of the newest template."""
    if how.if_required and not seen.restart_required:
        return Step(seen, waits=False)
    if has(seen.vm, "VolumesChange"):
        seen.refuse("VM recovery required: Volume migration failed", hint="reassign the volumes")
    if seen.strategy in ("Halted", "Once"):
        seen.refuse(f"RunStrategy {seen.strategy} does not support manual restart requests", hint="stop and start it")
    if seen.vmi is None:
        seen.refuse("VM is not running", retryable=seen.strategy == "Always")
    body = {} if how.grace is None else {"gracePeriodSeconds": how.grace}
    return Step(seen, Change("restart", seen.label, impact=Impact.VM_RESTART), body)


def pause(seen: Seen, how: How) -> Step:
    """The guest's CPUs stand still; its memory and its place stay."""
    _running(seen, "VM is not running")
    probe = dig(seen.vmi, ("spec", "livenessProbe"))
    if probe is not None and "guestAgentPing" not in probe:
        seen.refuse("Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported")
    if seen.paused:
        return Step(seen)
    return Step(seen, _change("pause", seen, Impact.OUTAGE, "Paused"))


def unpause(seen: Seen, how: How) -> Step:
    """It goes on where it stood still."""
    _running(seen, "VMI is not running")
    if not seen.paused:
        return Step(seen)
    if dig(seen.vm, ("status", "snapshotInProgress")):
        seen.refuse("VM snapshot is in progress", retryable=True)
    return Step(seen, _change("unpause", seen, Impact.NONE, "Running"))


def soft_reboot(seen: Seen, how: How) -> Step:
    """The guest is asked, by its agent or by ACPI, to boot anew; nobody sees from outside whether it does."""
    _running(seen, "VM is not running")
    if seen.paused:
        seen.refuse("VMI is paused", hint="unpause it")
    if (
        not has(seen.vmi, "AgentConnected")
        and dig(seen.vmi, ("spec", "domain", "features", "acpi", "enabled")) is False
    ):
        seen.refuse("VMI neither have the agent connected nor the ACPI feature enabled", hint="restart it")
    return Step(seen, Change("soft_reboot", seen.label, impact=Impact.VM_RESTART), waits=False)


def migrate(seen: Seen, how: How) -> Step:
    """Another node, or the one that was named; a migration under way that leads there is as good as a new one."""
    _running(seen, "VM is not running")
    if how.node and seen.node == how.node and not seen.migrations:
        return Step(seen, waits=False)
    for migration in seen.migrations:
        return _join(seen, migration, how)
    obstacle = why_not_migratable(seen.vmi)
    if obstacle is not None:
        raise Unsupported(f"Cannot migrate VMI: {obstacle}", object=seen.label, hint="restart moves it, with an outage")
    body = {"addedNodeSelector": {HOSTNAME: how.node}} if how.node else {}
    return Step(seen, Change("migrate", seen.label), body)


def _join(seen: Seen, migration: Json, how: How) -> Step:
    """What virt-api refuses as an in-flight migration."""
    leads = dig(migration, ("spec", "addedNodeSelector", HOSTNAME)) or dig(
        seen.vmi, ("status", "migrationState", "targetNode")
    )
    if how.node and leads != how.node:
        name = migration["metadata"]["name"]
        seen.refuse(f"in-flight migration detected: {name} leads to {leads or 'another node'}", retryable=True)
    return Step(seen, migration=migration)


def _running(seen: Seen, reason: str) -> None:
    if seen.phase != "Running" or seen.leaving:
        comes = seen.strategy == "Always" or seen.phase not in _NO_GUEST
        seen.refuse(reason, hint=f"it is {seen.shown}", retryable=comes)


def _change(verb: str, seen: Seen, impact: Impact, shown: str, strategy: str | None = None) -> Change:
    """What will be seen of it: its state, and its run strategy where the verb writes it into the spec."""
    before, after = {_SHOWN: seen.shown}, {_SHOWN: shown}
    if strategy is not None:
        before[_STRATEGY], after[_STRATEGY] = seen.strategy, strategy
    return Change(verb, seen.label, before=before, after=after, impact=impact)


RULES: Mapping[str, Rule] = {
    "start": start,
    "stop": stop,
    "restart": restart,
    "pause": pause,
    "unpause": unpause,
    "migrate": migrate,
    "soft_reboot": soft_reboot,
}
