# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Address arithmetic as Kube-OVN does it: normal forms, exclusion ranges, counting, the choice of addresses.

Sources: kube-ovn pkg/util/net.go, pkg/controller/subnet.go (formatAddress, formatExcludeIPRanges), pkg/ipam.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Range = tuple[int, int]

#: What Go prints for an address it could not parse; it ends up in the spec and in the message.
NIL_ADDRESS = "<nil>"


class BadCidr(ValueError):
    """The text is no CIDR at all."""


def parse_address(text: str) -> Address | None:
    """The address a text stands for, or None."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def parse_network(text: str) -> Network:
    """A network of a CIDR, host bits allowed; BadCidr carries Go's words."""
    try:
        if "/" not in text:
            raise ValueError
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise BadCidr(f"invalid CIDR address: {text}") from None


def networks(cidr_block: str) -> list[Network]:
    """The networks of a comma separated ``cidrBlock``."""
    return [parse_network(part) for part in cidr_block.split(",")]


def protocol_of(text: str) -> str:
    """``IPv4``, ``IPv6``, ``Dual`` or empty, of addresses or CIDRs separated by commas (util.CheckProtocol)."""
    versions = {ipaddress.ip_interface(part).version for part in text.split(",")} if _all_parse(text) else set()
    return {frozenset({4}): "IPv4", frozenset({6}): "IPv6", frozenset({4, 6}): "Dual"}.get(frozenset(versions), "")


def _all_parse(text: str) -> bool:
    try:
        return bool([ipaddress.ip_interface(part) for part in text.split(",")])
    except ValueError:
        return False


def canonical(cidr_block: str) -> str:
    """Without host bits."""
    return ",".join(str(network) for network in networks(cidr_block))


def first_addresses(cidr_block: str) -> str:
    """The gateway Kube-OVN chooses: the first address of each network."""
    return ",".join(str(network.network_address + 1) for network in networks(cidr_block))


def contains(cidr_block: str, addresses: str) -> bool:
    """True when each of the addresses is in one of the networks."""
    nets = networks(cidr_block)
    parsed = [parse_address(text) for text in addresses.split(",")]
    return all(a is not None and any(a in net for net in nets) for a in parsed)


def overlap(one: str, other: str) -> bool:
    """True when two blocks share an address; a block that does not parse overlaps nothing."""
    try:
        return any(a.version == b.version and a.overlaps(b) for a in networks(one) for b in networks(other))
    except BadCidr:
        return False


def format_exclusions(exclude: list[str], gateway: str) -> list[str]:
    """Sorted as text, merged where they overlap, the gateway added where no range holds it."""
    gateways = sorted(gateway.split(","))
    if not exclude:
        return gateways
    bad = [text for text in exclude if _bounds(text) is None]
    formatted = [_text(r, v) for v in (4, 6) for r in _merged(_of_version(exclude, v))] + [NIL_ADDRESS] * bool(bad)
    held = [gw for gw in gateways if not _held(exclude, gw)]
    return sorted(formatted + held)


def _held(exclude: list[str], address: str) -> bool:
    parsed = parse_address(address)
    bounds = [(text, _bounds(text)) for text in exclude]
    return parsed is not None and any(
        b is not None and b[0].version == parsed.version and int(b[0]) <= int(parsed) <= int(b[1])
        for _text, b in bounds
    )


def _bounds(text: str) -> tuple[Address, Address] | None:
    ends = text.split("..")
    first, last = parse_address(ends[0]), parse_address(ends[-1])
    return (first, last) if first is not None and last is not None and first.version == last.version else None


def _of_version(exclude: Iterable[str], version: int) -> list[Range]:
    bounds = [_bounds(text) for text in exclude]
    return [(int(b[0]), int(b[1])) for b in bounds if b is not None and b[0].version == version]


def _merged(ranges: list[Range]) -> list[Range]:
    """Ranges that overlap become one; ranges that only touch stay two (filterRepeatIPRange)."""
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _text(span: Range, version: int, between: str = "..") -> str:
    make = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return str(make(span[0])) if span[0] == span[1] else f"{make(span[0])}{between}{make(span[1])}"


def usable(network: Network) -> Range:
    """First and last address that may be given out (network and broadcast address left out, except in /31, /127)."""
    first, last = int(network.network_address), int(network.broadcast_address)
    return (first + 1, last - 1) if network.max_prefixlen - network.prefixlen >= 2 else (first, last)


def free_ranges(network: Network, exclude: list[str], used: Iterable[str]) -> list[Range]:
    """What is left of a network, in order."""
    taken = _of_version(exclude, network.version) + _of_version(used, network.version)
    start, end = usable(network)
    free: list[Range] = []
    for low, high in _merged(taken):
        if low > start:
            free.append((start, min(low - 1, end)))
        start = max(start, high + 1)
    return [r for r in [*free, (start, end)] if r[0] <= r[1] and r[0] <= end]


def count_free(network: Network, exclude: list[str], used: int) -> int:
    """``v4availableIPs``: usable addresses less excluded ones less used ones, never below zero."""
    start, end = usable(network)
    excluded = sum(
        min(high, end) - max(low, start) + 1
        for low, high in _merged(_of_version(exclude, network.version))
        if low <= end and high >= start
    )
    return max(0, end - start + 1 - excluded - used)


def describe(spans: list[Range], version: int) -> str:
    """As in ``v4usingIPrange``: ``10.1.0.2-10.1.0.4,10.1.0.9``."""
    return ",".join(_text(span, version, "-") for span in spans)


def describe_used(used: Iterable[str], version: int) -> str:
    """Used addresses as ranges; here neighbours do join."""
    joined: list[Range] = []
    for low, high in _merged(_of_version(used, version)):
        if joined and low == joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], high)
        else:
            joined.append((low, high))
    return describe(joined, version)


def choose(network: Network, exclude: list[str], used: Iterable[str]) -> str | None:
    """The lowest free address.

    The real one also starts at the bottom but gives released addresses out last; ours must not depend on history,
    so that a site built with interruptions equals one built without.
    """
    free = free_ranges(network, exclude, used)
    return _text((free[0][0], free[0][0]), network.version) if free else None


def mac_for(port: str) -> str:
    """A MAC for a port: locally administered, unicast, as the real ones; derived from the name instead of random."""
    octets = bytearray(hashlib.sha256(port.encode()).digest()[:6])
    octets[0] = (octets[0] | 0x02) & 0xFE
    return ":".join(f"{octet:02x}" for octet in octets)
