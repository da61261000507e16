# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Addresses the way Kube-OVN reads and rewrites them (kube-ovn pkg/util/validator.go, pkg/controller/subnet.go).

Everything here is pure. CIDRs and gateways may be dual stack: one IPv4 and one IPv6 part joined by a comma.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from typing import Union

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]
Network = Union[ipaddress.IPv4Network, ipaddress.IPv6Network]
Range = tuple[Address, Address]


def parts(text: str) -> list[str]:
    """The comma-separated parts of a CIDR or gateway."""
    return [part.strip() for part in text.split(",") if part.strip()]


def networks(cidr: str) -> list[Network]:
    """The networks of a CIDR block, host bits cut off as Kube-OVN does; ValueError when one is none."""
    return [ipaddress.ip_network(part, strict=False) for part in parts(cidr)]


def canonical_cidr(cidr: str) -> str:
    """``10.2.0.5/24`` → ``10.2.0.0/24``."""
    return ",".join(str(network) for network in networks(cidr))


def protocol(cidr: str) -> str:
    """IPv4, IPv6 or Dual."""
    versions = {network.version for network in networks(cidr)}
    return "Dual" if len(versions) == 2 else f"IPv{versions.pop()}"


def default_gateway(cidr: str) -> str:
    """The first usable address of every part."""
    return ",".join(str(network.network_address + 1) for network in networks(cidr))


def read_range(text: str) -> Range:
    """One address or ``a..b``; ValueError says what is wrong."""
    first, _dots, last = text.partition("..")
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    if low.version != high.version:
        raise ValueError(f"{text!r} mixes address families")
    if int(low) > int(high):
        raise ValueError(f"{text!r} ends before it begins")
    return low, high


def merged(ranges: Iterable[str]) -> list[str]:
    """Sorted, without duplicates, neighbours and overlaps joined: what ``excludeIps`` looks like after a reconcile."""
    wanted = sorted((read_range(text) for text in ranges), key=lambda r: (r[0].version, int(r[0])))
    out: list[Range] = []
    for low, high in wanted:
        if out and out[-1][0].version == low.version and int(low) <= int(out[-1][1]) + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high, key=int))
        else:
            out.append((low, high))
    return [str(low) if low == high else f"{low}..{high}" for low, high in out]


def outside(address: str, cidr: str) -> bool:
    """Whether an address lies in none of the networks, or names one of them or its broadcast address."""
    found = ipaddress.ip_address(address)
    return not any(found in network and found not in _unusable(network) for network in networks(cidr))


def _unusable(network: Network) -> Iterator[Address]:
    yield network.network_address
    if network.version == 4:
        yield network.broadcast_address


def overlapping(left: str, right: str) -> bool:
    """Whether two CIDR blocks share an address."""
    return any(a.version == b.version and a.overlaps(b) for a in networks(left) for b in networks(right))
