# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who has which address. The IP and Vip objects are the memory: nothing is kept beside them, so that a restart forgets
nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from . import kinds
from . import kubeovn_addresses as net
from .client import Obj
from .controller import Postponed, Program, finalizers, fresh, labels_of

FINALIZER = "kubeovn.io/kube-ovn-controller"
SUBNET_LABEL = "ovn.kubernetes.io/subnet"
_HOLDERS = (
    (kinds.IP, "subnet", "v4IpAddress", "v6IpAddress"),
    (kinds.VIP, "subnet", "v4ip", "v6ip"),
    (kinds.IPTABLES_EIP, "externalSubnet", "v4ip", "v6ip"),
    (kinds.OVN_EIP, "externalSubnet", "v4Ip", "v6Ip"),
)
RESERVED_LABEL = "ovn.kubernetes.io/ip_reserved"
NODE_LABEL = "ovn.kubernetes.io/node-name"


@dataclass(frozen=True)
class Port:
    """A logical switch port: ``name`` is also the IP object's name."""

    name: str
    pod: str
    namespace: str = ""
    node: str = ""
    pod_type: str = ""


@dataclass(frozen=True)
class Lease:
    """Addresses of a port, separated by commas on a dual-stack subnet."""

    addresses: str
    mac: str


class Ipam:
    """Gives out addresses, one caller at a time."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lock = asyncio.Lock()

    def in_use(self, subnet: str) -> list[str]:
        """All addresses of a subnet that an IP, a Vip or an EIP holds."""
        held = [
            (obj["spec"].get(four, ""), obj["spec"].get(six, ""))
            for resource, where, four, six in _HOLDERS
            for obj in self._program.cache(resource)
            if obj.get("spec", {}).get(where) == subnet
        ]
        return [address for pair in held for address in pair if address]

    def users(self, subnet: str) -> list[Obj]:
        """The objects that are counted in ``v4usingIPs``."""
        ips = [ip for ip in self._program.cache(kinds.IP) if ip.get("spec", {}).get("subnet") == subnet]
        vips = [v for v in self._program.cache(kinds.VIP) if labels_of(v).get(SUBNET_LABEL) == subnet]
        return ips + vips

    async def lease(self, subnet: Obj, port: Port, wanted: str = "", mac: str = "") -> Lease:
        """The port's addresses, as before or fresh, recorded in its IP object.

        Postponed carries Kube-OVN's error: AddressOutOfRange, AddressConflict or NoAvailableAddress.
        """
        async with self._lock:
            held = self._program.cache(kinds.IP).get(port.name)
            if (
                held is not None
                and held["spec"].get("subnet") == subnet["metadata"]["name"]
                and held["spec"].get("ipAddress")
            ):
                lease = Lease(held["spec"]["ipAddress"], held["spec"].get("macAddress", ""))
            else:
                lease = Lease(self.choose(subnet, wanted, own=held), mac or net.mac_for(port.name))
            await self._record(subnet["metadata"]["name"], port, lease, held)
            return lease

    def choose(self, subnet: Obj, wanted: str = "", own: Obj | None = None) -> str:
        """Addresses for a new port: those wanted if they are free, else the lowest free ones."""
        mine = {own["spec"].get("v4IpAddress"), own["spec"].get("v6IpAddress")} if own else set()
        used = [address for address in self.in_use(subnet["metadata"]["name"]) if address not in mine]
        if wanted:
            _check_wanted(subnet, wanted, used)
            return wanted
        chosen = [
            net.choose(n, subnet["spec"].get("excludeIps", []), used) for n in net.networks(subnet["spec"]["cidrBlock"])
        ]
        if None in chosen:
            raise Postponed("NoAvailableAddress")
        return ",".join(address for address in chosen if address)

    async def _record(self, subnet: str, port: Port, lease: Lease, held: Obj | None) -> None:
        v4, v6 = split_families(lease.addresses)
        spec = {
            "podName": port.pod,
            "subnet": subnet,
            "nodeName": port.node,
            "namespace": port.namespace,
            "ipAddress": lease.addresses,
            "v4IpAddress": v4,
            "v6IpAddress": v6,
            "macAddress": lease.mac,
            "attachIps": [],
            "attachMacs": [],
            "attachSubnets": [],
            "podType": port.pod_type,
            "containerID": "",
        }
        tags = {SUBNET_LABEL: subnet, NODE_LABEL: port.node, subnet: ""}
        if held is None:
            meta = {"name": port.name, "labels": {**tags, RESERVED_LABEL: "false"}, "finalizers": [FINALIZER]}
            await self._program.create(kinds.IP, {"metadata": meta, "spec": spec})
            return
        changed = fresh(held)
        changed["metadata"]["labels"] = {RESERVED_LABEL: "true", **labels_of(held), **tags}
        changed["metadata"]["finalizers"] = list(dict.fromkeys([*finalizers(held), FINALIZER]))
        changed["spec"] = spec
        if changed != held:
            await self._program.update(kinds.IP, changed)


def _check_wanted(subnet: Obj, wanted: str, used: Iterable[str]) -> None:
    if not net.contains(subnet["spec"]["cidrBlock"], wanted):
        raise Postponed("AddressOutOfRange")
    if set(wanted.split(",")) & set(used):
        raise Postponed("AddressConflict")


def split_families(addresses: str) -> tuple[str, str]:
    """IPv4 and IPv6 part of a comma separated text (util.SplitStringIP)."""
    parts = [text for text in addresses.split(",") if text]
    four = next((text for text in parts if ":" not in text), "")
    return four, next((text for text in parts if ":" in text), "")
