# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of the rules of a SecurityGroup (kube-ovn pkg/controller/security_group.go validateSgRule, and what
pkg/ovs/ovn-nb-acl.go newSgRuleACL makes of them).

Nobody refuses a wrong rule: the group gets no status and no event (measured). Worse are those that are taken for
another: a protocol that is not known matches every packet, and so do ports without a protocol that has them.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator

from ...core.error import Finding
from ...core.path import Json, Path, dig, every, parse
from ...engine.checks import one_of, ordered, reads, within
from ...engine.kind import Check

DIRECTIONS = ("ingress", "egress")
# Protocols of which the controller looks at ports.
WITH_PORTS = ("tcp", "udp")
# pkg/util/const.go SecurityGroupPriorityMin and -Max; the lowest number wins.
PRIORITIES = (1, 16384)
PORTS = (1, 65535)
_FAMILIES = {"ipv4": 4, "ipv6": 6}
_REMOTES = {"address": "remoteAddress", "securityGroup": "remoteSecurityGroup"}
_RANGES = (("portRangeMin", "portRangeMax"), ("sourcePortRangeMin", "sourcePortRangeMax"))


def family(text: str) -> int:
    """4 or 6, of an address or a network; ValueError when it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False).version
    except ValueError:
        raise ValueError(f"{text!r} is neither an address nor a network") from None


def side(direction: str) -> Iterator[Check]:
    """The checks of the rules of one direction."""
    rules = f"spec.{direction}Rules[*]"
    yield one_of(f"{rules}.ipVersion", *_FAMILIES)
    yield one_of(f"{rules}.protocol", "all", "icmp", *WITH_PORTS)
    yield one_of(f"{rules}.policy", "allow", "drop", "pass")
    yield one_of(f"{rules}.remoteType", *_REMOTES)
    yield within(f"{rules}.priority", *PRIORITIES)
    yield reads(f"{rules}.remoteAddress", family)
    yield reads(f"{rules}.localAddress", family)
    for low, high in _RANGES:
        yield within(f"{rules}.{low}", *PORTS)
        yield within(f"{rules}.{high}", *PORTS)
        yield ordered(f"{rules}.{low}", f"{rules}.{high}")
    yield _each(rules, _complete)
    yield _each(rules, _one_family)
    yield _each(rules, _ports)


def no_pass_in_the_last_tier(group: Json) -> Iterator[Finding]:
    """After tier 1 there is nothing to pass on to."""
    if dig(group, ("spec", "tier")) != 1:
        return
    for direction in DIRECTIONS:
        for place, policy in every(group, parse(f"spec.{direction}Rules[*].policy")):
            if policy == "pass":
                yield Finding(place, "pass is for tier 0 only")


def _each(rules: str, findings: Callable[[Path, Json], Iterable[Finding]]) -> Check:
    """The check of every rule at ``rules`` by a function of its place and the rule."""
    where = parse(rules)

    def check(group: Json) -> Iterator[Finding]:
        for place, rule in every(group, where):
            yield from findings(place, rule)

    return check


def _complete(place: Path, rule: Json) -> Iterator[Finding]:
    for name in ("ipVersion", "priority", "remoteType"):
        if not rule.get(name):
            yield Finding((*place, name), "is required")
    kind = rule.get("remoteType")
    if kind in _REMOTES and not rule.get(_REMOTES[kind]):
        yield Finding((*place, _REMOTES[kind]), f"is required for the remote type {kind}")


def _one_family(place: Path, rule: Json) -> Iterator[Finding]:
    """OVN refuses a rule that compares addresses of one family with those of the other, and nobody is told."""
    wanted = _FAMILIES.get(rule.get("ipVersion") or "")
    for name in ("remoteAddress", "localAddress"):
        found = _family_or_none(str(rule.get(name) or ""))
        if wanted and found and found != wanted:
            yield Finding((*place, name), f"{rule[name]} is no address of {rule['ipVersion']}")


def _family_or_none(text: str) -> int | None:
    try:
        return family(text)
    except ValueError:
        return None


def _ports(place: Path, rule: Json) -> Iterator[Finding]:
    """TCP and UDP need ports, from a local address the other end's too; nothing else looks at any."""
    with_ports = rule.get("protocol") in WITH_PORTS
    used = [_RANGES[0]] if with_ports else []
    used += [_RANGES[1]] if with_ports and rule.get("localAddress") else []
    for pair in _RANGES:
        for name in pair:
            if pair in used and not rule.get(name):
                yield Finding((*place, name), f"is required for {rule['protocol']}")
            elif pair not in used and rule.get(name):
                yield Finding((*place, name), _why_unused(rule, with_ports))


def _why_unused(rule: Json, with_ports: bool) -> str:
    if with_ports:
        return "is only looked at together with localAddress"
    return f"means nothing to protocol {rule.get('protocol') or 'all'}: the rule would match every port"
