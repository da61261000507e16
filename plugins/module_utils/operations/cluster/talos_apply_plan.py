# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which changes bring a machine to its configuration: decided from one look at it, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...core.change import Change, Impact
from ...core.error import NotFound, Precondition, refuse
from ...core.given import Given
from ...core.mask import Masker
from ...core.path import render
from ...core.plan import Plan
from ...resources.machine_config import values
from ...resources.machine_config.check import findings
from ...resources.machine_config.compare import changes
from ...resources.machine_config.component_images import COMPONENTS, image_of, tag
from ...resources.machine_config.contract import contract_for
from ...resources.machine_config.documents import Configuration, Identity, parse
from . import talos_files as files
from .talos_machine import Machine

# Talos' modes by their names on the command line. With AUTO a dry run answers what it would do: NO_REBOOT or REBOOT.
MODES = {"auto": "AUTO", "no-reboot": "NO_REBOOT", "staged": "STAGED", "try": "TRY"}


@dataclass(frozen=True)
class Asked:
    """A machine and the configuration it shall have.

    ``configuration`` is None in check mode while its file is still to be made. ``macs``: of these the machine must have
    all, before it is configured.
    """

    address: str
    path: Path
    configuration: Configuration | None
    text: str = field(repr=False)
    macs: tuple[str, ...] = ()
    fingerprint: str | None = None

    @property
    def label(self) -> str:
        """How people and errors name it."""
        return f"node {self.address}"

    @property
    def hostname(self) -> str:
        """The name that the configuration gives it; empty when it leaves that to others."""
        if self.configuration is None:
            return ""
        document = self.configuration.find(Identity("HostnameConfig")) or {}
        return str(document.get("hostname") or self.configuration.get("machine", "network", "hostname") or "")

    @classmethod
    def parse(cls, given: Given, drafts: Mapping[Path, str], *, pending: bool = False) -> Asked:
        """From an item of ``nodes``, with the ``drafts`` of files that are yet to be written. Unless ``pending``, the
        file must be there and hold a whole configuration.
        """
        path = Path(given.text("config")).expanduser()
        text = drafts.get(path) or (files.read(path) or b"").decode()
        if not text and not pending:
            hint = "kubevim.nfvi.talos_config writes it"
            raise NotFound(f"{path} is not there", path=given.at("config").path, hint=hint)
        configuration = parse(text, object=str(path)) if text else None
        if configuration is not None and not configuration.main:
            given.at("config").refuse(f"{path} has no v1alpha1 document")
        return cls(
            address=given.text("address"),
            path=path,
            configuration=configuration,
            text=text,
            macs=tuple(_mac(item) for item in given.items("macs")),
            fingerprint=given.get("fingerprint"),
        )


@dataclass(frozen=True)
class Step:
    """What is to be done with one machine. ``wire`` is Talos' mode for it, empty when nothing is sent; ``restart``: we
    restart it then, as its Talos would not.
    """

    asked: Asked
    plan: Plan
    wire: str = ""
    boot_before: str | None = None
    warnings: tuple[str, ...] = ()
    restart: bool = False

    @property
    def reboots(self) -> bool:
        """Whether a running machine restarts."""
        return self.restart or self.wire == "REBOOT"


def refuse_machines(asked: list[Asked], seen: list[Machine | None]) -> None:
    """Refuse machines that are not the ones meant, and configurations that their Talos would refuse."""
    for each, machine in zip(asked, seen, strict=True):
        if machine is None:
            continue
        missing = [mac for mac in each.macs if mac not in machine.macs]
        if missing:
            reason = f"has no network card {', '.join(missing)}; it has {', '.join(machine.macs) or 'none'}"
            raise Precondition(reason, object=each.label, hint="another machine answers at this address")
        contract = contract_for(machine.version)
        if each.configuration is not None:
            refuse(findings(each.configuration, contract), object=f"{each.label} ({each.path})")


def refuse_kubernetes(asked: list[Asked], seen: list[Machine | None]) -> None:
    """Refuse another version of Kubernetes for machines that run one: all would restart it at once, in any order."""
    for each, machine in zip(asked, seen, strict=True):
        if machine is None or machine.maintenance or each.configuration is None or machine.configuration == each.text:
            continue
        before = parse(machine.configuration or "", object=each.label)
        for component in COMPONENTS:
            old, new = (tag(image_of(found, component)) for found in (before, each.configuration))
            if old and new and old != new:
                hint = "kubevim.nfvi.talos_k8s_upgrade does it one by one; kubernetes_upgrade: allowed all the same"
                reason = f"{each.path} brings {component.program} from {old} to {new}, with all other nodes at once"
                raise Precondition(reason, object=each.label, hint=hint, retryable=False)


def plan_node(asked: Asked, machine: Machine | None, way: str, masker: Masker) -> Step:
    """The step for one machine; ``way`` is auto, no-reboot, staged or try. Whether it reboots, its server will say."""
    if machine is None or machine.maintenance or asked.configuration is None:
        return Step(asked, Plan.of([Change("configure", asked.label)]), "AUTO")
    if machine.configuration == asked.text:  # to the byte, as it mostly is: nothing need be parsed to know it
        return Step(asked, Plan(), boot_before=machine.boot_id)
    before = parse(machine.configuration or "", object=asked.label)
    plan = Plan.of(changes(asked.label, before, asked.configuration, contract_for(machine.version), masker))
    return Step(asked, plan, MODES[way] if plan else "", machine.boot_id)


def answered(step: Step, machine: Machine | None, mode: str, warnings: tuple[str, ...], *, allowed: bool) -> Step:
    """The step after its server's dry run said in which ``mode`` it would apply it.

    From 1.14 on Talos takes all at once, also what has no effect before a reboot, and never reboots by itself: that is
    staged and rebooted by us then, so that a run that is stopped between the two leaves a trace. Raises `Precondition`
    when a reboot is needed which the user has not allowed.
    """
    if machine is None or machine.maintenance:
        return Step(step.asked, step.plan, "AUTO", None, warnings)
    ours = mode in ("NO_REBOOT", "TRY") and _leaves_reboots(machine) and any(_rebooting(step))
    if mode != "REBOOT" and not ours:
        return Step(step.asked, step.plan, mode, step.boot_before, warnings)
    if not allowed or (ours and step.wire != "AUTO"):
        reasons = ", ".join(_rebooting(step)) or "its changes"
        hint = "allow it with mode: auto and reboot: allowed, or use mode: staged to wait for the next restart"
        raise Precondition(f"must restart for a change of {reasons}", object=step.asked.label, hint=hint)
    plan, wire = step.plan + Plan.of([_reboot(step.asked)]), "STAGED" if ours else "REBOOT"
    return Step(step.asked, plan, wire, step.boot_before, warnings, restart=ours)


def _reboot(asked: Asked) -> Change:
    return Change("reboot", asked.label, impact=Impact.NODE_REBOOT)


def _leaves_reboots(machine: Machine) -> bool:
    """Whether its Talos applies without a word what has no effect before a reboot."""
    return bool(contract_for(machine.version).restarts)


def may_be_staged(step: Step, machine: Machine | None, way: str) -> bool:
    """Whether a machine that has its configuration may be one that was left before the reboot that puts it in force."""
    return way == "auto" and not step.plan and machine is not None and _leaves_reboots(machine)


def resumed(step: Step, *, allowed: bool) -> Step:
    """The step for a machine whose configuration waits for its next restart: that, if it is allowed."""
    if not allowed:
        said = f"{step.asked.label} has its configuration on disk only, until its next restart"
        return Step(step.asked, step.plan, step.wire, step.boot_before, (*step.warnings, said))
    plan = Plan.of([_reboot(step.asked)])
    return Step(step.asked, plan, step.wire, step.boot_before, step.warnings, restart=True)


def _rebooting(step: Step) -> Iterator[str]:
    for change in step.plan:
        if change.impact >= Impact.NODE_REBOOT:
            yield render(change.path)


def _mac(given: Given) -> str:
    found = values.mac(str(given.value))
    if found is None:
        given.refuse(f"{given.value!r} is not a MAC address")
    return found
