# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's addresses: single ones that are reserved (IP), virtual ones (Vip) and pools (IPPool)."""

from __future__ import annotations

import ipaddress

from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Readiness, Ready, has_condition
from ...engine.checks import address, one_of, reads, required
from ...engine.kind import CLUSTER, Kind, fixed, ref
from .addresses import read_range
from .controller import CONTROLLER, LOOK, SILENT


def _has_addresses(vip: Json) -> Readiness:
    """An address and a MAC (pkg/controller/vip.go); a wrong one never gets a status."""
    status = vip.get("status") or {}
    if (status.get("v4ip") or status.get("v6ip")) and status.get("mac"):
        return Ready()
    return NotYet("no address and MAC yet" if status else SILENT)


def _has_room(pool: Json) -> Readiness:
    """A pool outside its subnet says Ready too, with nothing in it (measured)."""
    names = ("v4AvailableIPs", "v6AvailableIPs", "v4UsingIPs", "v6UsingIPs")
    counts = [dig(pool, ("status", name)) for name in names]
    if dig(pool, ("status", "v4AvailableIPs")) is not None and not any(counts):
        return Never("has no address: do its ranges lie in its subnet?")
    return Ready()


IP = Kind(
    "kubeovn.io/v1", "IP", "ips", CLUSTER,
    refers_to=(ref("Subnet", "spec.subnet"),),
    checks=(address("spec.v4IpAddress"), address("spec.v6IpAddress")),
    # pkg/webhook/ip.go: nothing of it changes
    immutable=fixed(
        "spec.subnet", "spec.podName", "spec.namespace", "spec.podType", "spec.v4IpAddress", "spec.v6IpAddress",
        "spec.macAddress",
    ),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
VIP = Kind(
    "kubeovn.io/v1", "Vip", "vips", CLUSTER, ready=(_has_addresses,),
    refers_to=(
        ref("Subnet", "spec.subnet"),
        ref("Subnet", "spec.attachSubnets[*]"),
        ref("Namespace", "spec.namespace", required=False, holds=False),
    ),
    checks=(
        required("spec.subnet"),
        one_of("spec.type", "switch_lb_vip", "kube_host_vm_vip"),
        address("spec.v4ip"), address("spec.v6ip"),
    ),
    immutable=fixed("spec.subnet", "spec.v4ip", "spec.v6ip", "spec.macAddress"),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
IP_POOL = Kind(
    "kubeovn.io/v1", "IPPool", "ippools", CLUSTER, ready=(has_condition("Ready"), _has_room),
    refers_to=(ref("Subnet", "spec.subnet"), ref("Namespace", "spec.namespaces[*]", required=False)),
    checks=(
        required("spec.subnet", "spec.ips"),
        reads("spec.ips[*]", lambda text: ipaddress.ip_network(text, strict=False), read_range),
    ),
    immutable=fixed("spec.subnet"),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip

KINDS = (IP, VIP, IP_POOL)
