# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Machines that wait for their first configuration, found by their addresses. No identity is ever shown to them."""

from __future__ import annotations

import errno
import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Union

from ...clients.talos.certificates import Facts
from ...clients.talos.client import LIMIT, MAINTENANCE, Outcome, Peer, TalosClient
from ...clients.talos.scan import Shown, certificates_at
from ...clients.talos.transport import Target
from ...core.error import NfviError, Precondition
from ...core.given import Given
from ...core.path import Json
from . import talos_facts
from .talos_members import Host

Address = Union[ipaddress.IPv4Address, ipaddress.IPv6Address]

# More addresses than this (a /16 of IPv4) are a mistake, and take too long at any pace.
MOST = 65536
# What the operating system says of itself, not of an address.
_FULL = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_CUT_OFF = (errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.ENETDOWN)


@dataclass(frozen=True)
class Scan:
    """``limit`` addresses at a time, each for ``timeout`` seconds; a machine that answers has ``patience`` a call."""

    addresses: tuple[str, ...]
    limit: int = 128
    timeout: float = 2.0
    patience: float = 10.0

    def hosts(self) -> tuple[list[Host], list[str]]:
        """The machines in maintenance mode, and warnings. Silence, and anything else that listens there, is no fault.

        Each machine is asked only under the key that it showed when it was found.
        """
        targets = [Target(address) for address in self.addresses]
        shown = certificates_at(targets, limit=self.limit, timeout=self.timeout)
        waiting = [
            (target, found)
            for target, found in zip(targets, shown, strict=True)
            if isinstance(found, Facts) and found.common_name == MAINTENANCE
        ]
        client = TalosClient(None, limit=LIMIT, timeout=self.patience)
        outcomes = client.each([Peer(target, found.fingerprint) for target, found in waiting], talos_facts.gather)
        pairs = zip(waiting, outcomes, strict=True)
        hosts = [_host(*found, outcome) for found, outcome in pairs if not isinstance(outcome, Precondition)]
        return hosts, list(_troubles(shown))


def _host(target: Target, found: Facts, outcome: Outcome[dict[str, Json]]) -> Host:
    if isinstance(outcome, NfviError):
        known = {"maintenance": True, "certificate": talos_facts.certificate(found)}
        return Host(str(target), {**talos_facts.UNKNOWN, **known}, str(outcome))
    return Host(str(target), dict(outcome.value))


def _troubles(shown: Sequence[Shown]) -> Iterator[str]:
    """Why this very machine could not look, which must not pass for an empty rack."""
    failed = [each for each in shown if isinstance(each, NfviError)]
    faults = [each for each in failed if getattr(each.__cause__, "errno", None) in (*_FULL, *_CUT_OFF)]
    if faults:
        yield f"{len(faults)} of {len(shown)} addresses could not be looked at, the first one being: {faults[0]}"


def parse(given: Given, key: str) -> tuple[str, ...]:
    """The addresses that the list under ``key`` names as networks, ranges or one by one; each once, in order."""
    found: dict[str, None] = {}
    for item in given.items(key):
        for address in _addresses(item):
            found[str(address)] = None
            if len(found) > MOST:
                item.refuse(f"makes it more than {MOST} addresses")
    return tuple(found)


def _addresses(item: Given) -> Iterable[Address]:
    text = str(item.value).replace(" ", "")
    try:
        if "/" in text:
            return _of_network(item, text)
        first, dash, last = text.partition("-")
        start = ipaddress.ip_address(first)
        return _of_range(item, start, _end(start, last)) if dash else [start]
    except ValueError as error:
        item.refuse(f"{error}", hint="for example 10.20.30.0/24, 10.20.30.10-10.20.30.50, 10.20.30.10-50 or 10.20.30.7")


def _of_network(item: Given, text: str) -> Iterable[Address]:
    network = ipaddress.ip_network(text)
    if network.num_addresses > MOST:
        item.refuse(f"{text} has more than {MOST} addresses")
    return network.hosts()


def _end(start: Address, last: str) -> Address:
    """``50`` is the last part of an IPv4 address like the first one."""
    short = start.version == 4 and last.isdigit()
    return ipaddress.ip_address(f"{str(start).rpartition('.')[0]}.{last}" if short else last)


def _of_range(item: Given, start: Address, end: Address) -> Iterator[Address]:
    if end.version != start.version or int(end) < int(start):
        item.refuse(f"{end} does not come after {start}")
    if int(end) - int(start) >= MOST:
        item.refuse(f"{item.value} has more than {MOST} addresses")
    return (start + offset for offset in range(int(end) - int(start) + 1))
