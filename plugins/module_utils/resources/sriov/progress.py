# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When policies and networks are really done: what each node's daemon says, and the attachments that pods name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ...core import json_text
from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Readiness, Ready
from ...engine.kind import Kind
from . import kinds
from .selection import pfs_of, vfs_of

# Seconds: a daemon that failed earlier says so until it has begun anew.
_GRACE = 15.0
RESOURCE = "k8s.v1.cni.cncf.io/resourceName"
_PLUGIN = {"SriovNetwork": "sriov", "SriovIBNetwork": "ib-sriov", "OVSNetwork": "ovs"}
_CARRIED = ("vlan", "mtu", "bridge")


@dataclass(frozen=True)
class Goal:
    """``policies`` are those that each node has to have, by the node's name; ``gone`` are the names of those that no
    node may have any more.
    """

    policies: Mapping[str, Sequence[Json]]
    gone: Collection[str] = field(default_factory=frozenset)

    def kind(self) -> Kind:
        """Node states, ready when they are there."""
        return replace(kinds.NODE_STATE, ready=(self.judge,), grace=_GRACE)

    def judge(self, state: Json) -> Readiness:
        """Whether the node's daemon was told of the policies, and has done what they say."""
        node = str(state["metadata"]["name"])
        there = policies_in(state)
        left = sorted(there & set(self.gone))
        if left:
            return NotYet(f"node {node}: policy {left[0]} is still in its state")
        for policy in self.policies.get(node, ()):
            name = policy["metadata"]["name"]
            if pfs_of(policy, state) and name not in there:
                return NotYet(f"node {node}: policy {name} is not in its state yet")
        return self._done(node, state)

    def _done(self, node: str, state: Json) -> Readiness:
        verdict = kinds.synced(state)
        if isinstance(verdict, (Never, NotYet)):
            return replace(verdict, why=f"node {node}: {verdict.why}")
        for policy in self.policies.get(node, ()):
            for pf in pfs_of(policy, state):
                why = _lacking(policy, pf)
                if why:
                    return NotYet(f"node {node}: {pf.get('name')} {why}")
        return Ready()


def policies_in(state: Json) -> set[str]:
    """The names of the policies that a node's daemon was told of."""
    nics = dig(state, ("spec", "interfaces")) or []
    return {str(group.get("policyName")) for nic in nics for group in nic.get("vfGroups") or []}


def _lacking(policy: Json, pf: Json) -> str:
    """What a PF does not have yet, whatever its daemon says."""
    number = int(dig(policy, ("spec", "numVfs")) or 0)
    if int(pf.get("numVfs") or 0) < number:
        return f"has {pf.get('numVfs') or 0} of {number} VFs"
    first, last = vfs_of(policy, pf)
    vfio = dig(policy, ("spec", "deviceType")) == "vfio-pci"
    bare = [vf["vfID"] for vf in pf.get("Vfs") or [] if first <= vf["vfID"] <= last and vf.get("driver") != "vfio-pci"]
    return f"has VF {bare[0]} without vfio-pci" if vfio and bare else ""


def attachment_kind(row: Kind, networks: Mapping[tuple[str, str], Json]) -> Kind:
    """Attachments, ready when they are what the operator makes of the networks, by namespace and name."""

    def judge(found: Json) -> Readiness:
        meta = found["metadata"]
        return made_of(networks[meta["namespace"], meta["name"]], found)

    return replace(row, ready=(judge,))


def made_of(network: Json, attachment: Json) -> Readiness:
    """Whether the attachment is that network's, as it is now."""
    spec = network.get("spec") or {}
    resource = str(dig(attachment, ("metadata", "annotations", RESOURCE)) or "")
    if resource.rpartition("/")[2] != spec.get("resourceName"):
        return NotYet(f"its resource is {resource or 'none'}, not {spec.get('resourceName')} yet")
    try:
        config = json_text.read(str(dig(attachment, ("spec", "config")) or ""))
    except ValueError as exc:
        return NotYet(f"its configuration {exc}")
    first = (config.get("plugins") or [config])[0]
    if first.get("type") != _PLUGIN[network["kind"]]:
        return NotYet(f"it is for the plugin {first.get('type')}")
    for key in _CARRIED:
        if spec.get(key) and first.get(key) != spec[key]:
            return NotYet(f"its {key} is {first.get(key)}, not {spec[key]} yet")
    return Ready()
