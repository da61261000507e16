# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server's network as Talos' resources show it: all ports up, the first one with the server's address."""

from __future__ import annotations

from typing import Any

from ...config import Nic
from ...machine import Machine
from .encoding import Term
from .hardware import nic_identity

_ETHER, _LOOPBACK = Term("ether", 1), Term("loopback", 772)
_UP, _UNKNOWN = Term("up", 6), Term("unknown", 0)
_NIC_FLAGS = Term("UP,BROADCAST,RUNNING,MULTICAST,LOWER_UP", 0x11043)
_LOOPBACK_FLAGS = Term("UP,LOOPBACK,RUNNING,LOWER_UP", 0x10049)
_INET4, _GLOBAL, _HOST = Term("inet4", 2), Term("global", 0), Term("host", 254)
_PERMANENT = Term("permanent", 0x80)
_MTU = 1500


def link_statuses(machine: Machine) -> dict[str, Any]:
    """The loopback and the NICs, by name."""
    nics = {nic.name: _nic(nic, index) for index, nic in enumerate(machine.spec.nics, start=2)}
    return {"lo": _link(1, _LOOPBACK, _LOOPBACK_FLAGS, "00:00:00:00:00:00", 65536, "noqueue", _UNKNOWN), **nics}


def _nic(nic: Nic, index: int) -> dict[str, Any]:
    vendor_id, product_id, vendor, product = nic_identity(nic)
    return _link(index, _ETHER, _NIC_FLAGS, nic.mac, _MTU, "mq", _UP) | {
        "permanentAddr": nic.mac,
        "busPath": nic.pci,
        "driver": nic.driver,
        "pciID": f"{vendor_id.removeprefix('0x')}:{product_id.removeprefix('0x')}".upper(),
        "productID": product_id,
        "vendorID": vendor_id,
        "product": product,
        "vendor": vendor,
        "linkState": True,
        "speedMbit": nic.speed_mbit,
        "port": Term("DirectAttach", 5),
        "duplex": Term("Full", 1),
    }


def _link(index: int, kind: Term, flags: Term, address: str, mtu: int, queue: str, state: Term) -> dict[str, Any]:
    broadcast = "00:00:00:00:00:00" if kind is _LOOPBACK else "ff:ff:ff:ff:ff:ff"
    return {
        "index": index,
        "type": kind,
        "linkIndex": 0,
        "flags": flags,
        "hardwareAddr": address,
        "permanentAddr": address,
        "broadcastAddr": broadcast,
        "mtu": mtu,
        "queueDisc": queue,
        "operationalState": state,
        "kind": "",
        "slaveKind": "",
        "linkState": kind is not _LOOPBACK,
        "port": Term("Other", 255),
        "duplex": Term("Unknown", 255),
    }


def address_statuses(machine: Machine) -> dict[str, Any]:
    """The id is link and prefix."""
    first = machine.spec.nics[0].name
    return {
        "lo/127.0.0.1/8": _address("127.0.0.1", 8, "lo", 1, _HOST),
        f"{first}/{machine.spec.address}/24": _address(machine.spec.address, 24, first, 2, _GLOBAL),
    }


def _address(address: str, length: int, link: str, index: int, scope: Term) -> dict[str, Any]:
    return {
        "address": f"{address}/{length}",
        "local": address,
        "linkIndex": index,
        "linkName": link,
        "family": _INET4,
        "scope": scope,
        "flags": _PERMANENT,
        "priority": 0,
    }


def node_addresses(machine: Machine) -> dict[str, Any]:
    """What the node is reached by; ``routed`` leaves the prefix lengths out, as Talos does."""
    prefix, host = f"{machine.spec.address}/24", f"{machine.spec.address}/32"
    algorithm = Term("v1", 0)
    addresses = {"default": prefix, "current": prefix, "accumulative": prefix, "routed": host}
    if machine.configured:  # lists without the networks of Kubernetes are there once it is known
        addresses |= {"current-no-k8s": prefix, "routed-no-k8s": host}
    return {name: {"addresses": [address], "sortAlgorithm": algorithm} for name, address in addresses.items()}


def hostname_statuses(machine: Machine) -> dict[str, Any]:
    """The node's name, first label and rest."""
    name, _dot, domain = machine.hostname.partition(".")
    return {"hostname": {"hostname": name, "domainname": domain}}


def network_statuses(machine: Machine) -> dict[str, Any]:
    """The lab's networks are always fine."""
    ready = dict.fromkeys(("addressReady", "connectivityReady", "hostnameReady", "etcFilesReady"), True)
    return {"status": ready}
