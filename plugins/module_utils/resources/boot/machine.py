# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that boots, as boot media know it: its name, its MAC addresses, and where it stands in the network."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Union

from ...core.error import Finding
from ...core.given import Given
from ...core.path import Path

Interface = Union[ipaddress.IPv4Interface, ipaddress.IPv6Interface]
Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

_MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}\Z")
# Linux: at most 15 characters, no slash and no white space; Talos' `ip=` takes no colon.
_LINK = re.compile(r"[A-Za-z0-9_.\-]{1,15}\Z")


@dataclass(frozen=True)
class Machine:
    """``macs`` are lower-case with colons; without an ``address`` the site's DHCP gives it one.

    ``link`` is what Talos calls the network interface.
    """

    name: str
    macs: tuple[str, ...]
    address: Interface | None = None
    gateway: Address | None = None
    link: str = ""
    nameservers: tuple[Address, ...] = ()
    path: Path = ()

    @classmethod
    def parse(cls, given: Given) -> Machine:
        """From an entry of ``machines``."""
        macs = tuple(mac(item) for item in given.items("macs"))
        if not macs:
            given.at("macs").refuse("is required", hint="a machine is known by its MAC addresses alone")
        address = given.maybe("address", interface)
        gateway = given.maybe("gateway", _address)
        if gateway is not None and (address is None or gateway not in address.network):
            given.at("gateway").refuse(f"{gateway} is not in the network of the machine's address")
        link = given.text("link", "")
        if link and not _LINK.match(link):
            given.at("link").refuse(f"{link!r} is no name of a network interface")
        nameservers = tuple(_address(item) for item in given.items("nameservers"))
        return cls(given.name("name"), macs, address, gateway, link, nameservers, given.path)


def mac(given: Given) -> str:
    """A MAC address, with colons and in lower case."""
    text = str(given.value).lower().replace("-", ":")
    if not _MAC.match(text):
        given.refuse(f"{given.value!r} is not a MAC address", hint="for example aa:bb:cc:dd:ee:01")
    return text


def interface(given: Given) -> Interface:
    """An address with the length of its network's prefix."""
    try:
        found = ipaddress.ip_interface(str(given.value))
    except ValueError:
        found = None
    if found is None or "/" not in str(given.value):
        given.refuse(f"{given.value!r} is not an address with a prefix length", hint="for example 10.20.30.11/24")
    return found


def repeated(machines: Iterable[Machine]) -> Iterator[Finding]:
    """Names, MAC addresses and addresses that two machines have."""
    owners: dict[object, str] = {}
    for machine in machines:
        address = machine.address.ip if machine.address else None
        for key, value in (("name", machine.name), *(("macs", one) for one in machine.macs), ("address", address)):
            if value is not None and value in owners:
                yield Finding((*machine.path, key), f"{value} is that of machine {owners[value]} already")
            owners.setdefault(value, machine.name)


def _address(given: Given) -> Address:
    try:
        return ipaddress.ip_address(str(given.value))
    except ValueError:
        given.refuse(f"{given.value!r} is not an IP address")
