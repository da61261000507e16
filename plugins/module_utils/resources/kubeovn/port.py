# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Kube-OVN changes at a port while it is in use: its annotations (kube-ovn pkg/daemon/controller.go
enqueueUpdatePod, pkg/controller/pod.go handleUpdatePodSecurity). Pure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...core.given import Given
from ...core.path import Json, Path, dig

# The cluster's own network; others are <attachment>.<namespace>.ovn.
OVN = "ovn"
NETWORKS = "k8s.v1.cni.cncf.io/networks"
# Rates in Mbit/s, times in ms, the limit in packets.
_NUMBERS = ("ingress_rate", "egress_rate", "latency", "jitter", "limit")
_NETEM = ("latency", "jitter", "limit", "loss")
_FLAGS = ("mirror", "port_security")


@dataclass(frozen=True)
class Port:
    """What one port of a workload's pods is to have: ``settings`` are Kube-OVN's names without their prefix."""

    path: Path
    provider: str
    settings: Mapping[str, str]
    security_groups: tuple[str, ...] = ()

    @classmethod
    def parse(cls, given: Given) -> Port:
        provider = given.text("provider", OVN)
        if provider != OVN and len(provider.split(".")) != 3:
            given.at("provider").refuse(f"{provider!r} is neither ovn nor <attachment>.<namespace>.ovn")
        if provider != OVN and not provider.endswith(f".{OVN}"):
            given.at("provider").refuse(f"{provider} has no ports of Kube-OVN's: it only gives addresses there")
        groups = given.names("security_groups")
        settings = {**_numbers(given), **_loss(given), **_flags(given)}
        if groups:
            settings["security_groups"] = ",".join(sorted(set(groups)))
        _refuse_two_queues(given)
        return cls(given.path, provider, settings, groups)

    def annotations(self) -> dict[str, str]:
        """As Kube-OVN reads them from a pod."""
        return {f"{self.provider}.kubernetes.io/{name}": value for name, value in self.settings.items()}


def _numbers(given: Given) -> dict[str, str]:
    return {key: str(given.integer(key, low=0)) for key in _NUMBERS if given.has(key)}


def _loss(given: Given) -> dict[str, str]:
    if not given.has("loss"):
        return {}
    loss = float(given.get("loss"))
    if not 0 <= loss <= 100:
        given.at("loss").refuse(f"{loss:g} is not within 0 … 100 %")
    return {"loss": f"{loss:g}"}


def _flags(given: Given) -> dict[str, str]:
    return {key: "true" if given.flag(key) else "false" for key in _FLAGS if given.has(key)}


def _refuse_two_queues(given: Given) -> None:
    """OVS has one queueing discipline a port, and the rate's wins (pkg/ovs/ovs-vsctl_linux.go SetNetemQos, which tells
    it in a log only).
    """
    for key in _NETEM:
        if given.get(key) and given.get("ingress_rate"):
            given.at(key).refuse("excludes ingress_rate: OVS queues a port in one way, and the rate's wins")
    if given.get("jitter") and not given.get("latency"):
        given.at("jitter").refuse("is the jitter of latency, which is not given")


def attached(template: Json, namespace: str) -> set[str]:
    """The providers of the networks that pods of that template have a port in: the cluster's own, and those that
    attachments of Kube-OVN's CNI would be.
    """
    spec = template.get("spec") or {}
    if spec.get("hostNetwork"):
        return set()
    named = [dig(each, ("multus", "networkName")) for each in spec.get("networks") or []]
    text = dig(template, ("metadata", "annotations", NETWORKS)) or ""
    wanted = [*_named(text), *(name for name in named if name)]
    return {OVN, *(_provider(name, namespace) for name in wanted)}


def _named(text: str) -> list[str]:
    """``namespace/name`` or ``name`` of each attachment, in Multus' JSON or its short form."""
    if text.lstrip().startswith("["):
        try:
            entries = json.loads(text)
        except ValueError:
            return []
        return ["/".join(filter(None, (e.get("namespace"), e.get("name")))) for e in entries if isinstance(e, dict)]
    return [part.strip().split("@")[0] for part in text.split(",") if part.strip()]


def _provider(name: str, namespace: str) -> str:
    space, slash, bare = name.rpartition("/")
    return f"{bare}.{space if slash else namespace}.{OVN}"


def missing(wanted: Mapping[str, str], dropped: Sequence[str], found: Mapping[str, str]) -> dict[str, str | None]:
    """What annotations have to become: values that are not there, and None for those that are there no more."""
    out: dict[str, str | None] = {
        key: value for key, value in wanted.items() if _meaning(key, found.get(key)) != _meaning(key, value)
    }
    return out | {key: None for key in dropped if key in found and key not in wanted}


def _meaning(key: str, value: str | None) -> object:
    """Groups are a set."""
    if value is not None and key.endswith("/security_groups"):
        return frozenset(part.strip() for part in value.split(",") if part.strip())
    return value


def owned(live: Json, manager: str, at: Path) -> set[str]:
    """The annotations at ``at`` that ``manager`` wrote, by whatever operation (FieldsV1)."""
    return {key for entry, key in _written(live, at) if entry.get("manager") == manager}


def owners(live: Json, at: Path) -> set[str]:
    """Who wrote the annotation at ``at``."""
    return {str(entry.get("manager")) for entry, key in _written(live, at[:-1]) if key == at[-1]}


def _written(live: Json, at: Path) -> Iterator[tuple[Json, str]]:
    """Each entry of ``managedFields`` with each key below ``at`` that it speaks of."""
    keys = tuple(f"f:{step}" for step in at)
    for entry in dig(live, ("metadata", "managedFields")) or []:
        fields = dig(entry.get("fieldsV1") or {}, keys) or {}
        yield from ((entry, key[2:]) for key in fields if key.startswith("f:"))
