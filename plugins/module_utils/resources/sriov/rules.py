# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operator's webhook would refuse of policies, or drop without a word: judged with each other and with the
NICs there are (pkg/webhook/validate.go; api/v1/helper.go mergeConfigs); pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...core.error import Finding
from ...core.path import Json, dig
from ...engine.form import Thing
from .selection import Hardware, pf_name, vf_range

_MELLANOX, _MELLANOX_MOST = "15b3", 128


def collisions(policies: Sequence[Thing], live: Sequence[Json], hardware: Hardware) -> Iterator[Finding]:
    """VFs that two policies want, of the declared ones and of those that are there already."""
    given = {policy.name for policy in policies}
    for index, policy in enumerate(policies):
        others = [other.manifest for other in policies[:index]]
        others += [other for other in live if other["metadata"]["name"] not in given]
        for other in others:
            if _meet(policy.manifest, other, hardware):
                yield from _shared(policy, other)


def _meet(one: Json, other: Json, hardware: Hardware) -> bool:
    """Whether a node is selected by both; where no nodes are known yet, whether one could be."""
    if hardware.nodes:
        return bool(set(hardware.chosen(one)) & set(hardware.chosen(other)))
    here, there = (dig(policy, ("spec", "nodeSelector")) or {} for policy in (one, other))
    return all(there.get(key, value) == value for key, value in here.items())


def _shared(policy: Thing, other: Json) -> Iterator[Finding]:
    spec, theirs = policy.spec, other.get("spec") or {}
    name = other["metadata"]["name"]
    for index, mine in enumerate(dig(spec, ("nicSelector", "pfNames")) or []):
        place = policy.place.of(("spec", "nicSelector", "pfNames", index))
        for yours in dig(theirs, ("nicSelector", "pfNames")) or []:
            if pf_name(mine) == pf_name(yours):
                yield from _on_one_pf(place, mine, yours, policy, theirs, name)
    for index, device in enumerate(dig(spec, ("nicSelector", "rootDevices")) or []):
        if device in (dig(theirs, ("nicSelector", "rootDevices")) or []):
            place = policy.place.of(("spec", "nicSelector", "rootDevices", index))
            yield Finding(place, f"{device} is one of policy {name} too, on the same node")
    if spec["resourceName"] == theirs.get("resourceName"):
        yield from _topology(policy, theirs, name)


def _on_one_pf(place: Json, mine: str, yours: str, policy: Thing, theirs: Json, name: str) -> Iterator[Finding]:
    first, last = vf_range(mine, policy.get("numVfs"))
    start, end = vf_range(yours, int(theirs.get("numVfs") or 0))
    pf = pf_name(mine)
    if first <= end and start <= last:
        yield Finding(place, f"VFs {first}-{last} overlap {start}-{end} of policy {name} on {pf}")
    elif policy.get("resourceName") == theirs.get("resourceName"):
        reason = f"policy {name} has VFs of {pf} as {theirs['resourceName']} too: the operator would keep one of them"
        yield Finding(place, reason)
    if bool(policy.get("externallyManaged")) != bool(theirs.get("externallyManaged")):
        reason = f"is not as in policy {name}, which is for {pf} too"
        yield Finding(policy.place.of(("spec", "externallyManaged")), reason)


def _topology(policy: Thing, theirs: Json, name: str) -> Iterator[Finding]:
    if bool(policy.get("excludeTopology")) != bool(theirs.get("excludeTopology")):
        reason = f"is not as in policy {name}, which offers the same resource {theirs['resourceName']}"
        yield Finding(policy.place.of(("spec", "excludeTopology")), reason)


def beyond(policies: Sequence[Thing], hardware: Hardware) -> Iterator[Finding]:
    """What no node, or no NIC there is, could give."""
    for policy in policies:
        nodes = hardware.chosen(policy.manifest)
        known = [node for node in nodes if dig(hardware.states.get(node) or {}, ("status", "interfaces"))]
        pfs = list(hardware.pfs(policy.manifest))
        if hardware.nodes and not nodes:
            yield Finding(policy.place.of(("spec", "nodeSelector")), "selects no node there is")
        elif known and len(known) == len(nodes) and not pfs:
            yield Finding(policy.place.of(("spec", "nicSelector")), f"selects no NIC of {', '.join(known)}")
        for node, pf in pfs:
            yield from _too_much(policy, node, pf)


def _too_much(policy: Thing, node: str, pf: Json) -> Iterator[Finding]:
    number, where = policy.get("numVfs"), f"{pf.get('name') or pf['pciAddress']} on {node}"
    mellanox = pf.get("vendor") == _MELLANOX
    # What the firmware of a Mellanox NIC has is changed by the operator, up to that.
    most = _MELLANOX_MOST if mellanox else int(pf.get("totalvfs") or 0)
    if number > most:
        yield Finding(policy.place.of(("spec", "numVfs")), f"{number} is above the {most} VFs of {where}")
    if policy.get("vdpaType") and not mellanox:
        yield Finding(policy.place.of(("spec", "vdpaType")), f"{where} is no Mellanox NIC, which alone have vdpa")
    if policy.get("externallyManaged"):
        yield from _not_made_by_others(policy, pf, where)


def _not_made_by_others(policy: Thing, pf: Json, where: str) -> Iterator[Finding]:
    """The operator takes VFs as somebody else made them."""
    for field, there in (("numVfs", "numVfs"), ("mtu", "mtu")):
        wanted, found = policy.get(field) or 0, int(pf.get(there) or 0)
        if wanted > found:
            reason = f"{wanted} is above {found}, which {where} was given by whoever manages it"
            yield Finding(policy.place.of(("spec", field)), reason)
    link = policy.get("linkType")
    if link and link.lower() != str(pf.get("linkType") or "").lower():
        yield Finding(policy.place.of(("spec", "linkType")), f"{where} is {pf.get('linkType')}")


def one_name(networks: Sequence[Thing], namespace: str) -> Iterator[Finding]:
    """Two networks whose attachments would be the same object: each would overwrite the other's for ever."""
    seen: dict[tuple[str, str], Thing] = {}
    for network in networks:
        key = (str(network.get("networkNamespace") or namespace), network.name)
        if key in seen:
            what = f"{seen[key].kind.kind} {network.name}"
            yield Finding(network.place.of(("metadata", "name")), f"{what} would make the same attachment in {key[0]}")
        seen.setdefault(key, network)
