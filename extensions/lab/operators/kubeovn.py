# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kube-ovn-controller: what it makes when it starts, and the parts it consists of.

Its settings are the arguments of the Deployment it stands for, read as the real process reads them.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import kinds
from . import kubeovn_addresses as net
from .client import Api, ApiError, Obj
from .controller import Program, fresh
from .kubeovn_endpoints import Namespaces, Nodes
from .kubeovn_ipam import Ipam
from .kubeovn_nat import Gateways, IptablesEips, IptablesRules, OvnEips, OvnRules
from .kubeovn_pods import Pods
from .kubeovn_policies import IpPools, QosPolicies, SecurityGroups, Vips
from .kubeovn_services import Dns, EgressGateways, LoadBalancers
from .kubeovn_subnet import Subnets
from .kubeovn_underlay import Underlay
from .kubeovn_vpc import DEFAULT_VPC, Vpcs
from .watch import Caches

MANAGER = "kube-ovn-controller"


@dataclass(frozen=True)
class Settings:
    """Arguments of kube-ovn-controller with their upstream defaults (pkg/controller/config.go)."""

    default_switch: str = "ovn-default"
    default_cidr: str = "10.16.0.0/16"
    node_switch: str = "join"
    node_switch_cidr: str = "100.64.0.0/16"

    @classmethod
    def read(cls, deployment: Obj) -> Settings:
        """Read ``--name=value`` arguments of the Deployment's containers."""
        given = dict(
            argument.removeprefix("--").split("=", 1)
            for container in deployment["spec"]["template"]["spec"]["containers"]
            for argument in [*container.get("command", []), *container.get("args", [])]
            if argument.startswith("--") and "=" in argument
        )
        return cls(
            given.get("default-ls", cls.default_switch),
            given.get("default-cidr", cls.default_cidr),
            given.get("node-switch", cls.node_switch),
            given.get("node-switch-cidr", cls.node_switch_cidr),
        )


async def run(api: Api, caches: Caches, deployment: Obj) -> None:
    """Be kube-ovn-controller until cancelled."""
    settings = Settings.read(deployment)
    program = Program(api, caches, MANAGER)
    ipam = Ipam(program)
    await caches.synced()
    await _init(program, settings)
    subnets = Subnets(program, ipam, settings.node_switch, settings.default_switch)
    Vpcs(program, subnets.queue)
    Underlay(program, subnets.queue)
    Namespaces(program, settings.default_switch)
    Nodes(program, ipam, settings.node_switch)
    Pods(program, ipam)
    Vips(program, ipam)
    IpPools(program)
    SecurityGroups(program)
    QosPolicies(program)
    _translate(program, ipam)
    for controller in (LoadBalancers, Dns, EgressGateways):
        controller(program)
    await program.run()


def _translate(program: Program, ipam: Ipam) -> None:
    Gateways(program)
    IptablesEips(program, ipam)
    OvnEips(program, ipam)
    for rule in (kinds.IPTABLES_FIP, kinds.IPTABLES_DNAT, kinds.IPTABLES_SNAT):
        IptablesRules(program, rule)
    for rule in (kinds.OVN_FIP, kinds.OVN_DNAT, kinds.OVN_SNAT):
        OvnRules(program, rule)


async def _init(program: Program, settings: Settings) -> None:
    """Default Vpc, node and default switch, made once (pkg/controller/init.go InitOVN)."""
    await _make_default_vpc(program, settings)
    for name, spec in (
        (settings.node_switch, _node_switch(settings)),
        (settings.default_switch, _default_switch(settings)),
    ):
        if program.cache(kinds.SUBNET).get(name) is None:
            await _create_unless_there(program, {"metadata": {"name": name}, "spec": spec})


async def _create_unless_there(program: Program, subnet: Obj) -> None:
    try:
        await program.create(kinds.SUBNET, subnet)
    except ApiError as error:
        if error.reason != "AlreadyExists":
            raise


async def _make_default_vpc(program: Program, settings: Settings) -> None:
    vpc = program.cache(kinds.VPC).get(DEFAULT_VPC)
    if vpc is None:
        vpc = await program.create(kinds.VPC, {"metadata": {"name": DEFAULT_VPC}, "spec": {}})
    wanted = {"standby": True, "default": True, "router": DEFAULT_VPC, "defaultLogicalSwitch": settings.default_switch}
    if any(vpc.get("status", {}).get(key) != value for key, value in wanted.items()):
        changed = fresh(vpc)
        changed["status"] = {**vpc.get("status", {}), **wanted}
        await program.update(kinds.VPC, changed, "status")


def _default_switch(settings: Settings) -> Obj:
    gateway = net.first_addresses(settings.default_cidr)
    return {
        "vpc": DEFAULT_VPC,
        "default": True,
        "provider": "ovn",
        "cidrBlock": settings.default_cidr,
        "gateway": gateway,
        "gatewayNode": "",
        "excludeIps": gateway.split(","),
        "natOutgoing": True,
        "gatewayType": "distributed",
        "protocol": net.protocol_of(settings.default_cidr),
        "enableLb": True,
        "private": False,
    }


def _node_switch(settings: Settings) -> Obj:
    gateway = net.first_addresses(settings.node_switch_cidr)
    return {
        "vpc": DEFAULT_VPC,
        "default": False,
        "provider": "ovn",
        "cidrBlock": settings.node_switch_cidr,
        "gateway": gateway,
        "gatewayNode": "",
        "excludeIps": gateway.split(","),
        "natOutgoing": False,
        "private": False,
        "protocol": net.protocol_of(settings.node_switch_cidr),
        "disableInterConnection": True,
    }
