# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an eviction does to a virtual machine (kubevirt v1.8 pkg/virt-api … pod-eviction-admitter.go, watch/drain)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from ...core.path import Json, dig
from ...core.readiness import condition, said

# Label of virt-launcher's pods and of those that plug volumes into a guest (api/core/v1 AppLabel).
_APP = ("metadata", "labels", "kubevirt.io")


class Way(enum.Enum):
    """How a guest leaves its node."""

    MIGRATE = "migrate"  # the eviction is withheld, and a live migration started
    HAND_OVER = "hand over"  # the eviction is withheld, and left to a controller that KubeVirt knows nothing of
    EVICT = "evict"  # the eviction shuts the guest down
    DELETE = "delete"  # the eviction is withheld for ever: only its VMI's deletion shuts the guest down


@dataclass(frozen=True)
class Evacuation:
    """The way, and why it is no migration."""

    way: Way
    why: str = ""


def is_launcher(pod: Json) -> bool:
    """A guest runs in it."""
    return bool(dig(pod, _APP) == "virt-launcher")


def is_plug(pod: Json) -> bool:
    """It plugs a volume into a running guest, and goes when the guest's own pod does."""
    return bool(dig(pod, _APP) == "hotplug-disk")


def evacuation(vmi: Json, default: str | None) -> Evacuation:
    """What becomes of the guest when its pod is evicted; ``default`` is the KubeVirt object's evictionStrategy."""
    strategy = dig(vmi, ("spec", "evictionStrategy")) or default or "None"
    if strategy == "External":
        return Evacuation(Way.HAND_OVER)
    if strategy not in ("LiveMigrate", "LiveMigrateIfPossible"):
        return Evacuation(Way.EVICT, f"its evictionStrategy is {strategy}")
    obstacle = why_not_migratable(vmi)
    if obstacle is None:
        return Evacuation(Way.MIGRATE)
    return Evacuation(Way.DELETE if strategy == "LiveMigrate" else Way.EVICT, obstacle)


def why_not_migratable(vmi: Json) -> str | None:
    """The reason in KubeVirt's words (condition LiveMigratable); None when the guest can migrate."""
    found = condition(vmi, "LiveMigratable")
    if found is None:
        return "it is not known to be live-migratable (yet)"
    return None if found.get("status") == "True" else said(found) or "LiveMigratable is not True"


def comes_back(vmi: Json, vm: Json) -> bool:
    """Whether a guest that was shut down is started anew; ``vm`` is its VirtualMachine, None if it has none."""
    if vm is not None:
        strategy = dig(vm, ("spec", "runStrategy")) or ("Always" if dig(vm, ("spec", "running")) else "Halted")
        return bool(strategy == "Always")
    owners = dig(vmi, ("metadata", "ownerReferences")) or []
    return any(owner["kind"] == "VirtualMachineInstanceReplicaSet" for owner in owners)
