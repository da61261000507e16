# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of a Subnet (kube-ovn pkg/util/validator.go ValidateSubnet and pkg/webhook/subnet.go).

The webhook that refuses these is optional; without it a wrong Subnet is accepted and may even reserve its CIDR
(measured).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeVar

from ...core.error import Finding
from ...core.path import Json, Path
from .addresses import networks, outside, parts, read_range

T = TypeVar("T")

_CHOICES = {"gatewayType": ("distributed", "centralized"), "protocol": ("IPv4", "IPv6", "Dual")}


def subnet_findings(subnet: Json) -> Iterator[Finding]:
    """Everything that is wrong with the manifest of a Subnet, with paths into it."""
    spec = subnet.get("spec") or {}
    cidr = str(spec.get("cidrBlock") or "")
    broken = list(_cidr(cidr))
    yield from broken
    for field, allowed in _CHOICES.items():
        if spec.get(field) and spec[field] not in allowed:
            yield Finding(("spec", field), f"{spec[field]!r} is not one of {', '.join(allowed)}")
    if not broken:
        yield from _gateway(str(spec.get("gateway") or ""), cidr)
        yield from _excluded(spec.get("excludeIps") or [])
    if spec.get("vpc") and spec["vpc"] == subnet["metadata"]["name"]:
        yield Finding(
            ("metadata", "name"), "a Subnet cannot have the name of its Vpc: OVN port names would be ambiguous"
        )


def _cidr(cidr: str) -> Iterator[Finding]:
    path: Path = ("spec", "cidrBlock")
    if not cidr:
        yield Finding(path, "is required")
        return
    try:
        for network in networks(cidr):
            if network.prefixlen >= network.max_prefixlen - 1:
                yield Finding(path, f"{network} leaves no address for a port")
    except ValueError as exc:
        yield Finding(path, str(exc))


def _gateway(gateway: str, cidr: str) -> Iterator[Finding]:
    for address in parts(gateway):
        path: Path = ("spec", "gateway")
        wrong = _explained(outside, address, cidr)
        if wrong:
            yield Finding(path, wrong if isinstance(wrong, str) else f"{address} is not in {cidr}")


def _excluded(ranges: list[str]) -> Iterator[Finding]:
    for index, text in enumerate(ranges):
        wrong = _explained(read_range, text)
        if isinstance(wrong, str):
            yield Finding(("spec", "excludeIps", index), wrong)


def _explained(check: Callable[..., T], *given: str) -> T | str:
    """The check's own answer, or the words of the ValueError it met."""
    try:
        return check(*given)
    except ValueError as exc:
        return str(exc)
