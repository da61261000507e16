# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SR-IOV network operator's kinds (sriovnetwork.openshift.io/v1; v1.6.0, and the conditions of what follows it)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...core import json_text
from ...core.error import Finding
from ...core.path import Json, dig, every, parse
from ...core.readiness import Never, NotYet, Readiness, Ready, condition, has_condition, said
from ...engine.checks import ordered, reads, required, within
from ...engine.kind import NAMESPACED, Kind, ref

LOOK = "kubectl get sriovnetworknodestates -A; kubectl -n sriov-network-operator logs ds/sriov-network-config-daemon"
_API = "sriovnetwork.openshift.io/v1"
_OPERATOR = ("sriov-network-operator", "sriov-network-config-daemon")
_RESOURCE = re.compile(r"[a-zA-Z0-9_]+\Z")
_VF_RANGE = re.compile(r"(?P<first>\d+)-(?P<last>\d+)\Z")


def _by_conditions(live: Json) -> Readiness:
    """Ready and Degraded; v1.6.0 has none, and says it in the node states and attachments only."""
    degraded = condition(live, "Degraded")
    if degraded is not None and degraded.get("status") == "True":
        return Never(said(degraded) or "Degraded")
    return has_condition("Ready")(live) if condition(live, "Ready") is not None else Ready()


def synced(state: Json) -> Readiness:
    """What the daemon on the node says (api/v1 syncStatus)."""
    found, error = dig(state, ("status", "syncStatus")), dig(state, ("status", "lastSyncError"))
    if found == "Succeeded":
        return Ready()
    if found == "Failed":
        return Never(error or "syncStatus Failed")
    return NotYet(f"{found}: {error}" if found and error else found or "no syncStatus yet")


def _resource_name(policy: Json) -> Iterator[Finding]:
    """The name of an extended resource that the device plugin knows (pkg/webhook/validate.go)."""
    name = dig(policy, ("spec", "resourceName"))
    if isinstance(name, str) and name and not _RESOURCE.match(name):
        yield Finding(("spec", "resourceName"), f"{name!r} may have letters, digits and '_' only")


def _selects(policy: Json) -> Iterator[Finding]:
    """pkg/webhook/validate.go: a policy for no NIC in particular is refused."""
    names = ("vendor", "deviceID", "pfNames", "rootDevices", "netFilter")
    if not any(dig(policy, ("spec", "nicSelector", name)) for name in names):
        yield Finding(("spec", "nicSelector"), f"one of {', '.join(names)} is required")


def _vf_ranges(policy: Json) -> Iterator[Finding]:
    """``ens1f0#0-3`` takes VFs that there are (pkg/webhook/validate.go)."""
    number = dig(policy, ("spec", "numVfs"))
    for place, name in every(policy, parse("spec.nicSelector.pfNames[*]")):
        _device, hash_, text = str(name).partition("#")
        found = _VF_RANGE.match(text)
        if hash_ and not found:
            yield Finding(place, f"{text!r} is not a range of VFs like 0-3")
        elif found and (int(found["first"]) > int(found["last"]) or _beyond(int(found["last"]), number)):
            yield Finding(place, f"VFs {text} are not among the {number} of spec.numVfs")


def _beyond(last: int, number: Json) -> bool:
    return isinstance(number, int) and last >= number


def _goes_together(policy: Json) -> Iterator[Finding]:
    """What devices there are for which driver, link and mode (pkg/webhook/validate.go)."""
    spec = policy.get("spec") or {}
    vfio, switchdev = spec.get("deviceType") == "vfio-pci", spec.get("eSwitchMode") == "switchdev"
    if vfio and spec.get("isRdma"):
        yield Finding(("spec", "isRdma"), "is for deviceType netdevice: a VF that vfio-pci has is no RDMA device")
    if spec.get("vdpaType") and not switchdev:
        yield Finding(("spec", "vdpaType"), "needs eSwitchMode switchdev")
    if spec.get("vdpaType") and vfio:
        yield Finding(("spec", "vdpaType"), "needs deviceType netdevice")
    if switchdev and str(spec.get("linkType") or "eth").lower() != "eth":
        yield Finding(("spec", "eSwitchMode"), "switchdev is for Ethernet links only")
    if spec.get("bridge") and not switchdev:
        yield Finding(("spec", "bridge"), "needs eSwitchMode switchdev")
    if spec.get("bridge") and spec.get("externallyManaged"):
        yield Finding(("spec", "bridge"), "is not made for what is externallyManaged")


def _tags_need_a_vlan(network: Json) -> Iterator[Finding]:
    """sriov-cni refuses a pod's interface whose VLAN has a priority or protocol, and no number (pkg/config)."""
    spec = network.get("spec") or {}
    if spec.get("vlan"):
        return
    if spec.get("vlanQoS"):
        yield Finding(("spec", "vlanQoS"), "needs a vlan other than 0")
    if str(spec.get("vlanProto") or "802.1q").lower() != "802.1q":
        yield Finding(("spec", "vlanProto"), "needs a vlan other than 0")


def _the_only_one(config: Json) -> Iterator[Finding]:
    """The operator reads one configuration, whose name is default."""
    if config["metadata"]["name"] != "default":
        yield Finding(("metadata", "name"), "only the configuration named default is read")


def _same_ipam(network: Json, live: Json | None) -> Json:
    """IPAM and capabilities are JSON in a text."""
    return json_text.kept(json_text.kept(network, live, ("spec", "ipam")), live, ("spec", "capabilities"))


_JSON = reads("spec.ipam", json_text.read)
_NAMESPACE = (ref("Namespace", "spec.networkNamespace"),)

POLICY = Kind(
    _API, "SriovNetworkNodePolicy", "sriovnetworknodepolicies", NAMESPACED, ready=(_by_conditions,),
    checks=(
        required("spec.resourceName", "spec.nodeSelector", "spec.nicSelector"), _resource_name, _selects, _vf_ranges,
        _goes_together, within("spec.priority", 0, 99),
    ),
    controllers=_OPERATOR, look=LOOK,
)  # fmt: skip
NETWORK = Kind(
    _API, "SriovNetwork", "sriovnetworks", NAMESPACED, ready=(_by_conditions,), refers_to=_NAMESPACE,
    normalise=_same_ipam,
    # 4096, which v1.6.0 accepts, is no VLAN.
    checks=(
        required("spec.resourceName"), _JSON, within("spec.vlan", 0, 4094),
        ordered("spec.minTxRate", "spec.maxTxRate"), _tags_need_a_vlan,
    ),
    controllers=_OPERATOR, look=LOOK,
)  # fmt: skip
IB_NETWORK = Kind(
    _API, "SriovIBNetwork", "sriovibnetworks", NAMESPACED, ready=(_by_conditions,), refers_to=_NAMESPACE,
    normalise=_same_ipam, checks=(required("spec.resourceName"), _JSON), controllers=_OPERATOR, look=LOOK,
)  # fmt: skip
OVS_NETWORK = Kind(
    _API, "OVSNetwork", "ovsnetworks", NAMESPACED, ready=(_by_conditions,), refers_to=_NAMESPACE, normalise=_same_ipam,
    checks=(
        required("spec.resourceName"), _JSON, within("spec.vlan", 0, 4095),
        ordered("spec.trunk[*].minID", "spec.trunk[*].maxID"),
    ),
    controllers=_OPERATOR, look=LOOK,
)  # fmt: skip
NODE_STATE = Kind(
    _API, "SriovNetworkNodeState", "sriovnetworknodestates", NAMESPACED, ready=(synced,), controllers=_OPERATOR,
    look=LOOK,
)  # fmt: skip
POOL_CONFIG = Kind(
    _API, "SriovNetworkPoolConfig", "sriovnetworkpoolconfigs", NAMESPACED, ready=(_by_conditions,),
    controllers=_OPERATOR, look=LOOK,
)  # fmt: skip
OPERATOR_CONFIG = Kind(
    _API, "SriovOperatorConfig", "sriovoperatorconfigs", NAMESPACED, ready=(_by_conditions,), checks=(_the_only_one,),
    controllers=_OPERATOR, look=LOOK, rank=2,
)  # fmt: skip

KINDS = (POLICY, NETWORK, IB_NETWORK, OVS_NETWORK, NODE_STATE, POOL_CONFIG, OPERATOR_CONFIG)
