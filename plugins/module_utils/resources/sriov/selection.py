# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes, NICs and VFs a policy is for (api/v1/helper.go Selected, ParseVfRange); pure.

PFs are the entries of ``status.interfaces`` of a node's SriovNetworkNodeState.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ...core.path import Json, dig


@dataclass(frozen=True)
class Hardware:
    """The nodes there are, and what the operator knows of their NICs: states by the name of their node."""

    nodes: Sequence[Json] = ()
    states: Mapping[str, Json] = field(default_factory=dict)

    def chosen(self, policy: Json) -> list[str]:
        """The names of the nodes that a policy selects."""
        return [str(node["metadata"]["name"]) for node in self.nodes if selects(policy, node)]

    def pfs(self, policy: Json) -> Iterator[tuple[str, Json]]:
        """Every PF that a policy selects, behind the name of its node."""
        for node in self.chosen(policy):
            for pf in pfs_of(policy, self.states.get(node)):
                yield node, pf


def selects(policy: Json, node: Json) -> bool:
    """Every label of its nodeSelector is one of the node's."""
    labels = dig(node, ("metadata", "labels")) or {}
    wanted = dig(policy, ("spec", "nodeSelector")) or {}
    return all(labels.get(key) == value for key, value in wanted.items())


def pfs_of(policy: Json, state: Json) -> list[Json]:
    """The PFs of one node that a policy selects; none where nothing is known of the node."""
    nics = dig(policy, ("spec", "nicSelector")) or {}
    return [pf for pf in dig(state or {}, ("status", "interfaces")) or [] if _fits(nics, pf)]


def _fits(nics: Json, pf: Json) -> bool:
    names = [pf_name(each) for each in nics.get("pfNames") or []]
    one_of = (("name", names), ("pciAddress", nics.get("rootDevices")))
    same = (("vendor", "vendor"), ("deviceID", "deviceID"), ("netFilter", "netFilter"))
    return all(not allowed or pf.get(key) in allowed for key, allowed in one_of) and all(
        not nics.get(key) or nics[key] == pf.get(there) for key, there in same
    )


def pf_name(text: str) -> str:
    """``ens1f0`` of ``ens1f0#0-3``."""
    return str(text).partition("#")[0]


def vf_range(text: str, number: int) -> tuple[int, int]:
    """First and last VF of ``ens1f0#0-3``; without a range all of them."""
    first, dash, last = str(text).partition("#")[2].partition("-")
    return (int(first), int(last)) if dash and first.isdecimal() and last.isdecimal() else (0, number - 1)


def vfs_of(policy: Json, pf: Json) -> tuple[int, int]:
    """First and last of the VFs that the policy has of that PF."""
    number = int(dig(policy, ("spec", "numVfs")) or 0)
    names = dig(policy, ("spec", "nicSelector", "pfNames")) or []
    return next((vf_range(each, number) for each in names if pf_name(each) == pf.get("name")), (0, number - 1))
