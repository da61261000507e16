# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A NoCloud seed as Talos reads it: who the machine is and where it stands in the network; no user data.

Without user-data Talos comes up in maintenance mode, with this name and these addresses. It
reads a volume named cidata, or what an SMBIOS serial number leads to. Sources: siderolabs/talos platform/nocloud
(nocloud.go, metadata.go); cloud-init's network configuration version 2.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...core.path import Json, prune
from ...core.yaml_text import dump
from .machine import Address, Interface, Machine

LABEL = "cidata"


def files(machine: Machine) -> dict[str, str]:
    """The files of the seed by their names."""
    return {"meta-data": dump(_meta(machine)), "network-config": dump(network(machine))}


def network(machine: Machine) -> Json:
    """Version 2: the network card is found by its MAC address, and named as Talos before 1.5 wants it."""
    card: dict[str, Json] = {"match": {"macaddress": machine.macs[0]}}
    if machine.address is None:
        card["dhcp4"] = True
    else:
        card.update(_fixed(machine, machine.address))
    return {"version": 2, "ethernets": {"eth0": card}}


def _meta(machine: Machine) -> Mapping[str, Json]:
    return {"instance-id": machine.name, "hostname": machine.name}


def _fixed(machine: Machine, address: Interface) -> dict[str, Json]:
    gateway = f"gateway{address.version}"
    servers = [str(one) for one in machine.nameservers]
    return prune(
        addresses=[str(address)],
        **{gateway: _text(machine.gateway)},
        nameservers={"addresses": servers} if servers else None,
    )


def _text(address: Address | None) -> str:
    return "" if address is None else str(address)
