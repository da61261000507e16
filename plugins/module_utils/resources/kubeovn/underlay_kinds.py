# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's way to the wire: ProviderNetwork and Vlan."""

from __future__ import annotations

from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...engine.checks import required, short_name, within
from ...engine.kind import CLUSTER, Kind, ref
from .controller import CONTROLLER, LOOK, SILENT


def _on_every_node(network: Json) -> Readiness:
    """``status.ready``; a node that is not says why in a condition of its own."""
    status = network.get("status") or {}
    if status.get("ready") is True:
        return Ready()
    if not status:
        return NotYet(SILENT)
    missing = status.get("notReadyNodes") or []
    return NotYet("; ".join(_told(network, node) for node in missing) or "status.ready is not true yet")


def _told(network: Json, node: str) -> str:
    for each in dig(network, ("status", "conditions")) or []:
        if each.get("node") == node and each.get("status") == "False" and each.get("message"):
            return f"{node}: {each['message']}"
    return f"{node} is not ready"


def _no_conflict(vlan: Json) -> Readiness:
    if dig(vlan, ("status", "conflict")) is True:
        return Never("another Vlan has the same id on the same provider network")
    return Ready()


VLAN = Kind(
    "kubeovn.io/v1", "Vlan", "vlans", CLUSTER, ready=(_no_conflict,),
    refers_to=(ref("ProviderNetwork", "spec.provider"),),
    checks=(required("spec.provider"), within("spec.id", 0, 4095)), controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
PROVIDER_NETWORK = Kind(
    "kubeovn.io/v1", "ProviderNetwork", "provider-networks", CLUSTER, ready=(_on_every_node,),
    # The bridge is called br-<name>, and an interface has at most 15 characters.
    checks=(required("spec.defaultInterface"), short_name(12, "its bridge could not be named br-… after it")),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip

KINDS = (PROVIDER_NETWORK, VLAN)
