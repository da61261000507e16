# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many virtual machines of one kind: VirtualMachinePool and VirtualMachineInstanceReplicaSet."""

from __future__ import annotations

from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready, never_when
from ...engine.kind import NAMESPACED, Kind
from .references import guest, machine


def _all_ready(live: Json) -> Readiness:
    """As many ready as asked for: the status knows no generation."""
    wanted, ready = dig(live, ("spec", "replicas"), 1), dig(live, ("status", "readyReplicas"), 0)
    return Ready() if ready == wanted else NotYet(f"{ready} of {wanted} replicas are ready")


POOL = Kind(
    "pool.kubevirt.io/v1beta1", "VirtualMachinePool", "virtualmachinepools", NAMESPACED,
    ready=(never_when("ReplicaFailure"), _all_ready), refers_to=tuple(machine("spec.virtualMachineTemplate.spec")),
    controllers=("virt-controller",), grace=10.0, versions=("v1alpha1",),
)  # fmt: skip
REPLICA_SET = Kind(
    "kubevirt.io/v1", "VirtualMachineInstanceReplicaSet", "virtualmachineinstancereplicasets", NAMESPACED,
    ready=(never_when("ReplicaFailure"), _all_ready), refers_to=tuple(guest("spec.template.spec")),
    controllers=("virt-controller",), grace=10.0, versions=("v1alpha3",),
)  # fmt: skip

KINDS = (POOL, REPLICA_SET)
