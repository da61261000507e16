# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Kube-OVN SecurityGroup, as its user sees it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from ...core.fields import choice, flag, mappings, needed, number, text
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, Path, prune, render
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.form import Thing
from ...engine.manifest import manifest
from ...engine.place import Place
from .policy_kinds import SECURITY_GROUP
from .security_rules import DIRECTIONS, PORTS, PRIORITIES, WITH_PORTS, family

_FAMILIES = ("ipv4", "ipv6")
_RULE = {
    "priority": needed(number("priority", *PRIORITIES)),
    "policy": choice("policy", "allow", "drop", "pass", default="allow"),
    "protocol": text("protocol", "all"),
    "ip_version": choice("ipVersion", *_FAMILIES),
    "remote_address": text("remoteAddress"),
    "remote_security_group": text("remoteSecurityGroup"),
    "local_address": text("localAddress"),
    "port_range_min": number("portRangeMin"),
    "port_range_max": number("portRangeMax"),
    "source_port_range_min": number("sourcePortRangeMin"),
    "source_port_range_max": number("sourcePortRangeMax"),
}
OPTIONS = {
    "name": needed(text("name")),
    "tier": number("tier"),
    "allow_same_group_traffic": flag("allowSameGroupTraffic"),
    "ingress_rules": mappings("ingressRules", _RULE),
    "egress_rules": mappings("egressRules", _RULE),
}
# The user's option for each field of a rule.
_WRITTEN = {"remoteType": "remote_address", **{each.to: option for option, each in _RULE.items()}}
_NO_SCTP = (
    "Kube-OVN's security groups know no SCTP, and would take the rule for one that matches every protocol: "
    "use protocol all with the addresses of the peers, or a NetworkPolicy"
)
Span = tuple[int, int]


@dataclass(frozen=True)
class Rule:
    """What to do with packets of one family; ``ports`` and ``source_ports`` are (first, last), None for every one.

    The lowest ``priority`` wins. ``path`` is its place in the user's input.
    """

    path: Path
    ip_version: str
    priority: int
    protocol: str = "all"
    policy: str = "allow"
    remote_address: str = ""
    remote_group: str = ""
    local_address: str = ""
    ports: Span | None = None
    source_ports: Span | None = None

    def manifest(self) -> Json:
        low, high = self.ports or (None, None)
        source_low, source_high = self.source_ports or (None, None)
        return prune(
            ipVersion=self.ip_version,
            protocol=self.protocol,
            priority=self.priority,
            policy=self.policy,
            remoteType="securityGroup" if self.remote_group else "address",
            remoteAddress=self.remote_address,
            remoteSecurityGroup=self.remote_group,
            localAddress=self.local_address,
            portRangeMin=low,
            portRangeMax=high,
            sourcePortRangeMin=source_low,
            sourcePortRangeMax=source_high,
        )

    def meets(self, other: Rule) -> bool:
        """Whether some packet may match both."""
        return (
            self.ip_version == other.ip_version
            and (self.protocol == other.protocol or "all" in (self.protocol, other.protocol))
            and _overlap(self.ports, other.ports)
            and _share(self.remote_address, other.remote_address)
            and _share(self.local_address, other.local_address)
        )


@dataclass(frozen=True)
class Group:
    """Who may talk to the ports that are in it: one OVN port group (kubeovn.io/v1 SecurityGroup)."""

    path: Path
    name: str
    ingress: tuple[Rule, ...] = ()
    egress: tuple[Rule, ...] = ()
    tier: int | None = None
    allow_same_group_traffic: bool | None = None

    @classmethod
    def parse(cls, given: Given) -> Group:
        return cls(
            given.path,
            given.name("name"),
            tuple(rule for each in given.items("ingress_rules") for rule in rules(each)),
            tuple(rule for each in given.items("egress_rules") for rule in rules(each)),
            given.integer("tier", low=0, high=1) if given.has("tier") else None,
            given.get("allow_same_group_traffic"),
        )

    def manifest(self) -> Json:
        spec = prune(
            tier=self.tier,
            allowSameGroupTraffic=self.allow_same_group_traffic,
            ingressRules=[rule.manifest() for rule in self.ingress],
            egressRules=[rule.manifest() for rule in self.egress],
        )
        return manifest(SECURITY_GROUP, self.name, spec=spec)

    def place(self) -> Place:
        """One rule of the user's may be two of Kube-OVN's, so that their indexes differ."""
        options = {"metadata.name": "name", "spec.tier": "tier"}
        for direction, own in zip(DIRECTIONS, (self.ingress, self.egress), strict=True):
            for index, rule in enumerate(own):
                there, here = f"spec.{direction}Rules[{index}]", render(rule.path[len(self.path) :])
                options.update({f"{there}.{field}": f"{here}.{option}" for field, option in _WRITTEN.items()})
                options[there] = here
        return Place(self.path, options)


def rules(given: Given) -> list[Rule]:
    """The rule that is asked for, once a family: that of its addresses, or the one that is named, or both."""
    protocol = _protocol(given)
    remote, local = _network(given, "remote_address"), _network(given, "local_address")
    group = given.name("remote_security_group") if given.has("remote_security_group") else ""
    if bool(remote) == bool(group):
        given.refuse("exactly one of remote_address and remote_security_group is required")
    rule = Rule(
        given.path,
        "",
        given.integer("priority", low=PRIORITIES[0], high=PRIORITIES[1]),
        protocol,
        given.choice("policy", ("allow", "drop", "pass"), "allow"),
        remote,
        group,
        local,
        _ports(given, "port_range", protocol in WITH_PORTS, f"protocol {protocol}"),
        _source_ports(given, protocol, local),
    )
    return [replace(rule, ip_version=each) for each in _families(given, remote, local)]


def _protocol(given: Given) -> str:
    if given.text("protocol", "all").lower() == "sctp":
        given.at("protocol").refuse(_NO_SCTP)
    return given.choice("protocol", ("all", "icmp", *WITH_PORTS), "all")


def _network(given: Given, key: str) -> str:
    """The address or network the way OVN wants it, without host bits; empty when there is none."""
    text = given.text(key, "")
    if not text:
        return ""
    try:
        return str(ipaddress.ip_network(text, strict=False)) if "/" in text else str(ipaddress.ip_address(text))
    except ValueError:
        given.at(key).refuse(f"{text!r} is neither an address nor a network")


def _families(given: Given, *addresses: str) -> Sequence[str]:
    keys = ("remote_address", "local_address")
    named = given.choice("ip_version", _FAMILIES) if given.has("ip_version") else ""
    found = {key: f"ipv{family(text)}" for key, text in zip(keys, addresses, strict=True) if text}
    wanted = named or next(iter(found.values()), "")
    for key, own in found.items():
        if own != wanted:
            given.at(key).refuse(f"is an {own} address in a rule for {wanted}")
    return [wanted] if wanted else _FAMILIES


def _source_ports(given: Given, protocol: str, local: str) -> Span | None:
    looked_at = protocol in WITH_PORTS and bool(local)
    why = f"protocol {protocol}" if protocol not in WITH_PORTS else "a rule without local_address"
    return _ports(given, "source_port_range", looked_at, why)


def _ports(given: Given, name: str, looked_at: bool, otherwise: str) -> Span | None:
    """All ports by default, a single one without its max; refused where Kube-OVN would look at none of them."""
    low_key, high_key = f"{name}_min", f"{name}_max"
    if not looked_at:
        for key in (low_key, high_key):
            if given.has(key):
                given.at(key).refuse(f"means nothing to {otherwise}: every port would match")
        return None
    if not given.has(low_key) and given.has(high_key):
        given.at(low_key).refuse(f"is required with {high_key}")
    low = given.integer(low_key, PORTS[0], low=PORTS[0], high=PORTS[1])
    high = given.integer(high_key, low if given.has(low_key) else PORTS[1], low=PORTS[0], high=PORTS[1])
    if low > high:
        given.at(low_key).refuse(f"{low} is above {high_key} {high}")
    return low, high


def _overlap(one: Span | None, other: Span | None) -> bool:
    return one is None or other is None or (one[0] <= other[1] and other[0] <= one[1])


def _share(one: str, other: str) -> bool:
    """Whether two networks of a family have an address in common; no network at all stands for every address."""
    if not one or not other:
        return True
    left, right = ipaddress.ip_network(one), ipaddress.ip_network(other)
    return left.version == right.version and left.overlaps(right)


def warnings(group: Group) -> Iterator[str]:
    """What works, but hardly as it was meant."""
    for own in (group.ingress, group.egress):
        for one, other in combinations(own, 2):
            if one.priority == other.priority and one.policy != other.policy and one.meets(other):
                yield (
                    f"{render(one.path)} and {render(other.path)} have the same priority {one.priority}: "
                    "which of them wins where both match is left to OVN"
                )
    if not any(rule.protocol in ("all", "icmp") and rule.policy != "drop" for rule in group.egress):
        yield (
            f"SecurityGroup {group.name} lets no ICMP out: kube-ovn-cni pings the gateway before a pod starts, so that "
            "new pods in it stay ContainerCreating unless their subnet has disableGatewayCheck"
        )


def named(given: Given) -> Thing:
    """The group by its name alone, as it takes for a deletion."""
    return Thing(SECURITY_GROUP, Place(given.path), manifest(SECURITY_GROUP, given.name("name")))


def thing(group: Group) -> Thing:
    """The group as it is asked for."""
    return Thing(SECURITY_GROUP, group.place(), group.manifest())


def ensure(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every group of ``security_groups`` present or absent."""
    key = "security_groups"
    if given.text("state") == "absent":
        going = given.each(key, named)
        return kube.converge([(thing.place, thing.manifest) for thing in going], "absent", mode).named(key)
    groups = given.each(key, Group.parse)
    done = kube.converge([(group.place(), group.manifest()) for group in groups], "present", mode)
    return done.named(key).warning(*dict.fromkeys(told for group in groups for told in warnings(group)))
