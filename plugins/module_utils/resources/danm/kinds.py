# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DANM's kinds. v4.3.0 brought the group danm.k8s.io, what follows danm.io: sites have either."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready
from ...engine.checks import network, never, not_both, one_of, required, within
from ...engine.kind import CLUSTER, NAMESPACED, Check, Kind, ref

LOOK = "kubectl -n kube-system logs deploy/danm-webhook-deployment"
GROUPS = ("danm.k8s.io", "danm.io")
_OURS = "is filled in by DANM's webhook"
# Interfaces of the node are called after it.
_LONGEST_ID = 10


def _allocating(net: Json) -> Readiness:
    """A network with a CIDR has a bit map of it as soon as the webhook has seen it; there is no status."""
    options = dig(net, ("spec", "Options")) or {}
    if options.get("cidr") and not options.get("alloc"):
        return NotYet("spec.Options.alloc is empty: has DANM's webhook seen it?")
    return Ready()


def _short_id(net: Json) -> Iterator[Finding]:
    text = str(dig(net, ("spec", "NetworkID")) or "")
    if len(text) > _LONGEST_ID:
        yield Finding(("spec", "NetworkID"), f"{text!r} has more than {_LONGEST_ID} characters")


def _a_pool_for_vfs(net: Json) -> Iterator[Finding]:
    if dig(net, ("spec", "NetworkType")) == "sriov" and not dig(net, ("spec", "Options", "device_pool")):
        yield Finding(("spec", "Options", "device_pool"), "is required for the network type sriov")


# pkg/admit of DANM: what its webhook refuses.
_NET: tuple[Check, ...] = (
    required("spec.NetworkID"), _short_id, _a_pool_for_vfs,
    not_both("spec.Options.host_device", "spec.Options.device_pool"),
    not_both("spec.Options.vlan", "spec.Options.vxlan"),
    within("spec.Options.vlan", 1, 4094), within("spec.Options.vxlan", 1, 16777214),
    within("spec.Options.rt_tables", 0, 255),
    network("spec.Options.cidr"), network("spec.Options.net6"),
    never("spec.Options.alloc", _OURS), never("spec.Options.alloc6", _OURS),
)  # fmt: skip
_BY_TENANTS = "comes from the TenantConfig"


def _group(group: str) -> Iterator[Kind]:
    api = f"{group}/v1"
    yield Kind(api, "DanmNet", "danmnets", NAMESPACED, ready=(_allocating,), checks=_NET, look=LOOK, rank=2)
    yield Kind(
        api, "TenantNetwork", "tenantnetworks", NAMESPACED, ready=(_allocating,),
        checks=(*_NET, never("spec.Options.vlan", _BY_TENANTS), never("spec.Options.vxlan", _BY_TENANTS)),
        look=LOOK, rank=2,
    )  # fmt: skip
    yield Kind(api, "ClusterNetwork", "clusternetworks", CLUSTER, ready=(_allocating,), checks=_NET, look=LOOK, rank=2)
    yield Kind(
        api, "TenantConfig", "tenantconfigs", CLUSTER, checks=(one_of("hostDevices[*].vniType", "vlan", "vxlan"),),
        look=LOOK, rank=2,
    )  # fmt: skip
    # A network goes after the ends of its wires, or not at all.
    yield Kind(
        api, "DanmEp", "danmeps", NAMESPACED,
        refers_to=(
            ref("DanmNet", "spec.NetworkName", when=("apiType", ("", "DanmNet")), required=False),
            ref("TenantNetwork", "spec.NetworkName", when=("apiType", ("TenantNetwork",)), required=False),
            ref("ClusterNetwork", "spec.NetworkName", when=("apiType", ("ClusterNetwork",)), required=False),
        ),
        look=LOOK,
    )  # fmt: skip


KINDS = tuple(kind for group in GROUPS for kind in _group(group))
