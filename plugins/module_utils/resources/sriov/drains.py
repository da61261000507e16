# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes a change of policies drains (pkg/plugins/generic NeedToUpdateSriov): those whose VFs are made anew;
pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from ...core.path import Json, dig
from .selection import Hardware, vfs_of


def drained(changed: Sequence[Json], gone: Collection[str], hardware: Hardware) -> dict[str, list[str]]:
    """What is made anew, by node. ``changed`` are the policies as they will be, ``gone`` the names of those deleted.

    A PF without a VF is used by nobody, and what somebody else manages is left alone.
    """
    out: dict[str, list[str]] = {}
    for policy in changed:
        for node, pf in hardware.pfs(policy):
            told = next(_anew(policy, pf), "") if not dig(policy, ("spec", "externallyManaged")) else ""
            if told and pf.get("numVfs"):
                out.setdefault(node, []).append(f"{_name(pf)} {told}")
    for node, state in hardware.states.items():
        names = sorted(_without(state, gone))
        if names:
            out.setdefault(node, []).extend(f"{name} loses its VFs" for name in names)
    return out


def _anew(policy: Json, pf: Json) -> Iterator[str]:
    spec = policy.get("spec") or {}
    if spec.get("numVfs") != pf.get("numVfs"):
        yield f"has {pf.get('numVfs')} VFs and gets {spec.get('numVfs')}"
    for field in ("eSwitchMode", "mtu"):
        if spec.get(field) and spec[field] != (pf.get(field) or ("legacy" if field == "eSwitchMode" else None)):
            yield f"gets {field} {spec[field]}"
    first, last = vfs_of(policy, pf)
    vfio = spec.get("deviceType") == "vfio-pci"
    vfs = [vf for vf in pf.get("Vfs") or [] if first <= vf["vfID"] <= last and vf.get("driver")]
    if any((vf["driver"] == "vfio-pci") is not vfio for vf in vfs):
        yield f"gets VFs for {spec.get('deviceType') or 'netdevice'}"


def _without(state: Json, gone: Collection[str]) -> Iterator[str]:
    for nic in dig(state, ("spec", "interfaces")) or []:
        users = {group.get("policyName") for group in nic.get("vfGroups") or []}
        if nic.get("numVfs") and not nic.get("externallyManaged") and users & set(gone):
            yield _name(nic)


def _name(pf: Json) -> str:
    return str(pf.get("name") or pf["pciAddress"])


def warnings(found: dict[str, list[str]], *, drains: bool) -> Iterable[str]:
    """In words, node by node; without draining, what runs there loses its devices as it stands."""
    for node, told in sorted(found.items()):
        what = "is drained, and may be rebooted" if drains else "is not drained, and its pods lose their VFs"
        yield f"node {node} {what}: {'; '.join(told)}"
