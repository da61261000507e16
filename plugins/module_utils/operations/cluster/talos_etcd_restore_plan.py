# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When etcd may be restored, and when it has been: judged from one look at each control-plane machine, without asking.

Talos takes a restore for a bootstrap: the machine must have no data of etcd, and its service waits for others to join
(Preparing). A machine that still has its data would go on with it, beside the restored cluster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ...core.change import Change
from ...core.error import Conflict, NfviError, Precondition
from ...core.plan import Plan
from ...core.readiness import Never, NotYet, Readiness, Ready
from .talos_nodes import group, label

# What a machine's etcd is like.
WORKS, EMPTY, FAILED, BROKEN, UNCONFIGURED = "works", "empty", "failed", "broken", "unconfigured"

_WIPE = (
    "wipe it with kubevim.nfvi.talos_reset (system_labels_to_wipe: [EPHEMERAL], graceful: false, force: true), as the "
    "role kubevim.nfvi.talos_etcd_restore does"
)
_AWAY = "a machine without data joins it by itself; to go back to the backup wipe all of them first"
_CONFIGURE = "kubevim.nfvi.talos_apply configures it"


@dataclass(frozen=True)
class Seen:
    """One look: ``state`` and ``message`` are the service's, ``members`` the ids that its etcd lists, ``authority``
    the CA of its Kubernetes.
    """

    state: str
    healthy: bool = False
    message: str = ""
    members: tuple[str, ...] = ()
    maintenance: bool = False
    authority: bytes = b""

    @property
    def etcd(self) -> str:
        """One of the above."""
        if self.maintenance:
            return UNCONFIGURED
        if self.state == "Running" and self.healthy:
            return WORKS
        return {"Preparing": EMPTY, "Failed": FAILED}.get(self.state, BROKEN)


Machines = Mapping[str, "Seen | None"]


def plan_restore(machines: Machines, what: str, *, pending: bool = False, force: bool = False) -> Plan:
    """Restore the first of the machines, unless its etcd works: then it has been, and the others join it by themselves.

    ``machines`` by their addresses, None for one that does not answer; ``what`` names the backup. ``pending``: this
    very run wipes all of them. ``force``: the others may be as they are.
    """
    first, *others = machines
    plan = Plan.of([Change("restore", f"etcd on {label(first)} from {what}")])
    if pending:
        return plan
    found = machines[first]
    if found is not None and found.etcd == WORKS:
        return Plan()
    others = [] if force else others
    _refuse(machines, others, WORKS, "runs an etcd that works, and a restore would make another one beside it", _AWAY)
    _refuse(machines, [first], UNCONFIGURED, "is in maintenance mode", _CONFIGURE)
    _refuse(machines, [first, *others], BROKEN, "still has etcd's data", _WIPE)
    _refuse(machines, others, FAILED, "has an etcd that failed to start", _WIPE)
    _refuse(machines, others, UNCONFIGURED, "is in maintenance mode", f"{_CONFIGURE}, or leave it out of control_plane")
    return plan


def _refuse(machines: Machines, among: Sequence[str], etcd: str, reason: str, hint: str) -> None:
    found = tuple(address for address in among if (seen := machines[address]) is not None and seen.etcd == etcd)
    if found:
        raise Precondition(reason, object=group(found), hint=hint)


def still_running(machines: Machines) -> list[str]:
    """What a forced restore has to warn of. A cluster's id follows from the machine that it was restored on alone, so
    that what is left of an earlier restore there is the same cluster to etcd, with a longer log.
    """
    found = [each for each, seen in machines.items() if seen is not None and seen.etcd in (WORKS, BROKEN)]
    return [f"{label(each)} still has etcd's data and may bring them back: switch it off, or wipe it" for each in found]


def waited_for(machines: Machines, *, force: bool) -> list[str]:
    """The machines that become members: all, but for those that are forced to stay as they are."""
    others = list(machines)[1:]
    left = [each for each in others if (seen := machines[each]) is None or seen.etcd != EMPTY]
    return [each for each in machines if not (force and each in left)]


def joined(seen: Seen, first: Seen | None) -> Readiness:
    """Whether a machine is a member of the etcd that ``first`` is of; None while the first does not answer."""
    if seen.maintenance:
        return Never("is in maintenance mode")
    if seen.state == "Failed":
        return Never(f"etcd failed: {seen.message}")
    if seen.etcd != WORKS:
        return NotYet(f"etcd is {seen.state or 'not started'}: {seen.message or 'not healthy yet'}")
    if first is None or sorted(seen.members) != sorted(first.members):
        return NotYet("its etcd has not all members yet, or is another one")
    return Ready()


def explained(error: NfviError) -> NfviError:
    """The same error, saying how to go on."""
    if not error.hint:
        error.hint = "what was restored stays: repair the machine, or wipe it, and run this again to go on waiting"
    return error


def has_data(error: Conflict, address: str) -> Precondition:
    """What Talos says when there is data after all (what a restore that failed half-way has left, for one)."""
    return Precondition(error.reason, object=label(address), hint=_WIPE)
