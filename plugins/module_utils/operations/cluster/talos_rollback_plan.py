# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is to go back to the Talos before, and what speaks against it. Judged without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...core.change import Change, Impact
from ...core.error import InvalidInput, Precondition
from ...core.given import Given
from ...resources.machine_config.check import findings
from ...resources.machine_config.contract import CONTRACTS
from ...resources.machine_config.documents import parse
from . import talos_upgrade_rules as rules
from .etcd_quorum import Quorum
from .talos_boot_entries import Previous
from .talos_machine import Machine
from .talos_nodes import Batch, label
from .talos_upgrade_plan import kubernetes_of, refuse_loss
from .talos_upgrade_rules import Version


@dataclass(frozen=True)
class Way:
    """``to``: the Talos that is to run afterwards, None for whichever there is. ``keep_quorum``: rather fail than take
    etcd's majority away.
    """

    to: Version | None
    keep_quorum: bool

    @classmethod
    def parse(cls, given: Given) -> Way:
        """From ``to`` and ``quorum``."""
        return cls(
            to=Version.parse(given.text("to"), path=("to",)) if given.has("to") else None,
            keep_quorum=given.choice("quorum", ("required", "ignored"), "required") == "required",
        )

    def concerns(self, machine: Machine) -> bool:
        """Whether a machine has to go back: one that runs what is wanted would only leave it."""
        return self.to is None or Version.parse(machine.version) != self.to

    def target(self, before: Previous) -> Version | None:
        """The version that will run, as far as it is known beforehand."""
        return self.to or before.version


def refuse_target(way: Way, address: str, machine: Machine, before: Previous) -> None:
    """Refuse a machine that has nothing to go back to, or something else, or could not run it."""
    hint = "kubevim.nfvi.talos_upgrade brings any version, with allow: [downgrade]"
    if before.known and before.version is None:
        raise Precondition("has no other Talos to go back to", object=label(address), hint=hint, retryable=False)
    if way.to and before.version and before.version != way.to:
        reason = f"would go back to {before.version}, not to {way.to}"
        raise Precondition(reason, object=label(address), path=("to",), hint=hint, retryable=False)
    target = way.target(before)
    if target:
        _refuse_configuration(address, machine, target)


def _refuse_configuration(address: str, machine: Machine, target: Version) -> None:
    """The configuration stays as it is, and an older Talos does not start with documents that it does not know.

    An image too new for it is no reason: it starts, and `remarks` says so.
    """
    here, there = (CONTRACTS.get(version.minor) for version in (Version.parse(machine.version), target))
    if here is None or there is None:
        return
    configuration = parse(machine.configuration or "", object=label(address))
    known = {each.path for each in findings(configuration, here)}
    found = [each for each in findings(configuration, there) if each.path not in known and each.path[-1:] != ("image",)]
    if found:
        reason = f"Talos {target} would not take its configuration: {'; '.join(map(str, found))}"
        hint = "give it one of the older version first, with kubevim.nfvi.talos_apply and mode: staged"
        raise Precondition(reason, object=label(address), hint=hint, retryable=False)


def plan_rollback(
    way: Way,
    batches: Sequence[Batch],
    machines: Mapping[str, Machine],
    before: Mapping[str, Previous],
    quorum: Quorum,
) -> dict[str, Change]:
    """The change of each machine, by its address, in the order in which they go down.

    Raises `Precondition` when etcd is not well enough for it.
    """
    steps: dict[str, Change] = {}
    for batch in batches:
        worst = Impact.OUTAGE if refuse_loss(way.keep_quorum, batch, quorum) else Impact.NODE_REBOOT
        for address in batch:
            target = str(way.to or before[address])
            path = ("version",)
            steps[address] = Change("roll back", label(address), path, machines[address].version, target, worst)
    return steps


def remarks(way: Way, machines: Mapping[str, Machine], before: Mapping[str, Previous]) -> Iterator[str]:
    """What people should know beforehand."""
    for address, machine in machines.items():
        target = way.target(before[address])
        if not before[address].known:
            yield f"{label(address)} does not tell which Talos it would go back to"
        if target:
            try:
                rules.refuse_kubernetes(kubernetes_of(machine), target, ())
            except InvalidInput as error:
                yield f"{label(address)}: {error.reason}"
