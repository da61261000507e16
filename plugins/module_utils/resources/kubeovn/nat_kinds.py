# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kube-OVN's translation of addresses, in both flavours: gateways of their own (iptables) and OVN's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import Json, parse
from ...core.readiness import NotYet, Readiness, Ready
from ...engine.checks import address, network, not_both, one_of, reads, required, short_name, within
from ...engine.kind import CLUSTER, Check, Kind, fixed, ref
from .controller import CONTROLLER, LOOK, filled, is_ready, ready_flag

_PORTS = (1, 65535)
# A StatefulSet's name may have 52 characters (its hash has to fit into a label as well), and ours begins with
# vpc-nat-gw- (pkg/util/vpc_nat_gateway.go).
_LONGEST_GATEWAY = 41


def _gateway(live: Json) -> Readiness:
    """``status.ready`` since 1.17. Before, the object itself never says it, and may have no status at all."""
    status = live.get("status") or {}
    if status.get("ready") is True:
        return Ready()
    if not status or "ready" in status or "workload" in status:
        name = f"vpc-nat-gw-{live['metadata']['name']}"
        return NotYet(f"its pod is not set up yet: see StatefulSet {name} in kube-system")
    return Ready()


def _one_source(rule: Json) -> Iterator[Finding]:
    """An OvnSnatRule is about a subnet, or a port, or a range (pkg/controller/ovn_snat.go)."""
    spec = rule.get("spec") or {}
    given = [name for name in ("vpcSubnet", "ipName", "v4IpCidr", "v6IpCidr") if spec.get(name)]
    if not given:
        yield Finding(("spec",), "one of vpcSubnet, ipName, v4IpCidr and v6IpCidr is required")
    elif {"v4IpCidr", "v6IpCidr"} & set(given) and not spec.get("vpc"):
        yield Finding(("spec", "vpc"), "is required with v4IpCidr and v6IpCidr")


def _one_target(rule: Json) -> Iterator[Finding]:
    """A port by its name, or an address and its VPC (pkg/controller/ovn_fip.go, ovn_dnat.go)."""
    spec = rule.get("spec") or {}
    if not spec.get("ipName") and not ((spec.get("v4Ip") or spec.get("v6Ip")) and spec.get("vpc")):
        yield Finding(("spec",), "ipName, or an address and vpc, is required")


def _dnat(target: str) -> tuple[Check, ...]:
    """What every DNAT rule needs."""
    ports = ("spec.externalPort", "spec.internalPort")
    return (
        required(target, *ports, "spec.protocol"), one_of("spec.protocol", "tcp", "udp"),
        *(within(each, *_PORTS) for each in ports),
    )  # fmt: skip


def _ipv4(text: str) -> None:
    """Gateways of their own translate IPv4 only (pkg/controller/vpc_nat_gw_nat.go validateFipRule)."""
    if ipaddress.ip_address(text).version != 4:
        raise ValueError(f"{text} is no IPv4 address, and these gateways translate nothing else")


def _ipv4_network(text: str) -> None:
    """A single CIDR or address (validateSnatRule)."""
    if ipaddress.ip_network(text, strict=False).version != 4:
        raise ValueError(f"{text} is no IPv4 network, and these gateways translate nothing else")


def _lower_case(text: str) -> None:
    """``spec v6 ip address can not contain upper case``, in the log only."""
    ipaddress.ip_address(text)
    if text != text.lower():
        raise ValueError(f"{text!r} has capital letters, which Kube-OVN takes for no IPv6 address")


VPC_NAT_GATEWAY = Kind(
    "kubeovn.io/v1", "VpcNatGateway", "vpc-nat-gateways", CLUSTER, ready=(_gateway,),
    refers_to=(
        ref("Vpc", "spec.vpc"), ref("Subnet", "spec.subnet"), ref("Subnet", "spec.externalSubnets[*]"),
        ref("QoSPolicy", "spec.qosPolicy"),
    ),
    checks=(
        required("spec.vpc", "spec.subnet"), address("spec.lanIp"),
        network("spec.routes[*].cidr"), within("spec.replicas", 1, 2**31 - 1),
        short_name(_LONGEST_GATEWAY, "its StatefulSet could not be made"),
    ),
    sensitive=(parse("spec.bgpSpeaker.password"),),
    # pkg/webhook/vpc_nat_gateway.go VpcNatGwCreateOrUpdateHook
    immutable=fixed("spec.vpc", "spec.lanIp", "spec.namespace"),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
IPTABLES_EIP = Kind(
    "kubeovn.io/v1", "IptablesEIP", "iptables-eips", CLUSTER, ready=(ready_flag, filled("ip")),
    refers_to=(
        ref("VpcNatGateway", "spec.natGwDp"), ref("Subnet", "spec.externalSubnet"), ref("QoSPolicy", "spec.qosPolicy"),
    ),
    checks=(required("spec.natGwDp"), address("spec.v4ip"), reads("spec.v6ip", _lower_case)),
    # pkg/webhook/vpc_nat_gateway.go iptablesEIPUpdateHook: "is ready, does not support change"
    immutable=(
        *fixed("spec.natGwDp"),
        *fixed("spec.v4ip", "spec.v6ip", "spec.macAddress", "spec.externalSubnet", when=is_ready),
    ),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
IPTABLES_FIP = Kind(
    "kubeovn.io/v1", "IptablesFIPRule", "iptables-fip-rules", CLUSTER, ready=(ready_flag,),
    refers_to=(ref("IptablesEIP", "spec.eip"),),
    checks=(required("spec.eip", "spec.internalIp"), reads("spec.internalIp", _ipv4)),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
IPTABLES_DNAT = Kind(
    "kubeovn.io/v1", "IptablesDnatRule", "iptables-dnat-rules", CLUSTER, ready=(ready_flag,),
    refers_to=(ref("IptablesEIP", "spec.eip"),),
    checks=(
        *_dnat("spec.eip"), required("spec.internalIp"), reads("spec.internalIp", _ipv4),
        one_of("spec.type", "exclusive", "share"),
    ),
    immutable=fixed("spec.type"),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
IPTABLES_SNAT = Kind(
    "kubeovn.io/v1", "IptablesSnatRule", "iptables-snat-rules", CLUSTER, ready=(ready_flag,),
    refers_to=(ref("IptablesEIP", "spec.eip"),),
    checks=(required("spec.eip", "spec.internalCIDR"), reads("spec.internalCIDR", _ipv4_network)),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
OVN_EIP = Kind(
    "kubeovn.io/v1", "OvnEip", "ovn-eips", CLUSTER, ready=(ready_flag,),
    refers_to=(ref("Subnet", "spec.externalSubnet"),),
    checks=(one_of("spec.type", "nat", "lrp", "lsp"), address("spec.v4Ip"), reads("spec.v6Ip", _lower_case)),
    # pkg/webhook/ovn_nat_gateway.go: "not support change"
    immutable=fixed("spec.externalSubnet", "spec.type", "spec.v4Ip", "spec.v6Ip", "spec.macAddress"),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
_PORT = (
    ref("OvnEip", "spec.ovnEip"),
    ref("Vpc", "spec.vpc"),
    ref("Vip", "spec.ipName", when=("ipType", ("vip",))),
    ref("IP", "spec.ipName", when=("ipType", ("", "ip")), required=False, holds=False),
)
_SETTLED = ("spec.ovnEip", "spec.vpc", "spec.ipType", "spec.ipName", "spec.v4Ip", "spec.v6Ip")
OVN_FIP = Kind(
    "kubeovn.io/v1", "OvnFip", "ovn-fips", CLUSTER, ready=(ready_flag,), refers_to=_PORT,
    checks=(
        required("spec.ovnEip"), _one_target, one_of("spec.ipType", "ip", "vip"),
        one_of("spec.type", "distributed", "centralized"), address("spec.v4Ip"), address("spec.v6Ip"),
    ),
    # pkg/webhook/ovn_nat_gateway.go: "OvnFip not support change" once it is ready; the same for DNAT and SNAT
    immutable=fixed(*_SETTLED, "spec.type", when=is_ready),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
OVN_DNAT = Kind(
    "kubeovn.io/v1", "OvnDnatRule", "ovn-dnat-rules", CLUSTER, ready=(ready_flag,), refers_to=_PORT,
    checks=(
        *_dnat("spec.ovnEip"), _one_target, one_of("spec.ipType", "ip", "vip"),
        address("spec.v4Ip"), address("spec.v6Ip"),
    ),
    immutable=fixed(*_SETTLED, "spec.externalPort", "spec.internalPort", "spec.protocol", when=is_ready),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip
OVN_SNAT = Kind(
    "kubeovn.io/v1", "OvnSnatRule", "ovn-snat-rules", CLUSTER, ready=(ready_flag,),
    refers_to=(
        ref("OvnEip", "spec.ovnEip"), ref("Subnet", "spec.vpcSubnet"), ref("Vpc", "spec.vpc"),
        ref("IP", "spec.ipName", required=False, holds=False),
    ),
    checks=(
        required("spec.ovnEip"), _one_source, not_both("spec.vpcSubnet", "spec.ipName"),
        network("spec.v4IpCidr"), network("spec.v6IpCidr"),
    ),
    immutable=fixed(
        "spec.ovnEip", "spec.vpc", "spec.vpcSubnet", "spec.ipName", "spec.v4IpCidr", "spec.v6IpCidr", when=is_ready
    ),
    controllers=(CONTROLLER,), look=LOOK,
)  # fmt: skip

KINDS = (
    VPC_NAT_GATEWAY, IPTABLES_EIP, IPTABLES_FIP, IPTABLES_DNAT, IPTABLES_SNAT, OVN_EIP, OVN_FIP, OVN_DNAT, OVN_SNAT,
)  # fmt: skip
