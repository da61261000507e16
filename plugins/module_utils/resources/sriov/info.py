# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What there is of SR-IOV, node by node: NICs, their VFs, and whether each node has what it was told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...core.error import NfviError, NotFound, Unreachable
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json, dig
from ...core.readiness import Ready
from ...core.result import Result
from ...engine.converge import Kube
from ...engine.observe import Query, ask
from . import kinds

# Where a node's drain stands (pkg/consts NodeStateDrainAnnotation and its fellows).
_ANNOTATION = "sriovnetwork.openshift.io/"


def read(given: Given, kube: Kube, mode: Mode) -> Result:
    """Every node of ``nodes``, or every one of which the operator knows something."""
    namespace, names = given.text("namespace"), [str(each.value) for each in given.items("nodes")]
    try:
        states, nodes = _asked(kube, namespace)
    except (NotFound, Unreachable):
        if not mode.pending:
            raise
        return _result([], verified=False)
    for index, name in enumerate(names):
        if name not in states and not mode.pending:
            reason = "the operator has no state of it: does its config daemon run there?"
            raise NotFound(reason, object=f"Node {name}", path=("nodes", index))
    chosen = sorted(name for name in states if not names or name in names)
    return _result([line(states[name], nodes.get(name), given.text("resource_prefix")) for name in chosen])


def _asked(kube: Kube, namespace: str) -> tuple[dict[str, Json], dict[str, Json]]:
    row = kube.registry.find("v1", "Node")
    queries = [Query(kinds.NODE_STATE, namespace), *([Query(row, "")] if row else [])]
    found = []
    for answer in ask(kube.client, queries):
        if isinstance(answer, NfviError):
            raise answer
        found.append({str(each["metadata"]["name"]): each for each in answer})
    return found[0], found[1] if row else {}


def _result(nodes: list[Json], *, verified: bool = True) -> Result:
    bad = [{"node": node["name"], "why": node["why"]} for node in nodes if not node["ready"]]
    return Result(verified=verified).named("nodes", nodes).named("not_ready", bad)


def line(state: Json, node: Json | None, prefix: str) -> Json:
    """One node. ``prefix`` is that of the resources that the operator's device plugin offers."""
    verdict = kinds.NODE_STATE.judge(state)
    status = state.get("status") or {}
    notes = {**(dig(node or {}, ("metadata", "annotations")) or {}), **(dig(state, ("metadata", "annotations")) or {})}
    return {
        "name": str(state["metadata"]["name"]),
        "ready": isinstance(verdict, Ready),
        "why": "" if isinstance(verdict, Ready) else verdict.why,
        "sync_status": str(status.get("syncStatus") or ""),
        "last_sync_error": str(status.get("lastSyncError") or ""),
        "drain": str(notes.get(f"{_ANNOTATION}current-state") or notes.get(f"{_ANNOTATION}state") or "Idle"),
        "pfs": [_pf(pf, state) for pf in status.get("interfaces") or []],
        "resources": list(_resources(node or {}, prefix)),
    }


def _pf(pf: Json, state: Json) -> Json:
    vfs = pf.get("Vfs") or []
    wanted = _wanted(pf, state)
    groups = wanted.get("vfGroups") or []
    made = int(pf.get("numVfs") or 0)
    return {
        "name": str(pf.get("name") or ""),
        "pci_address": str(pf["pciAddress"]),
        "vendor": str(pf.get("vendor") or ""),
        "device_id": str(pf.get("deviceID") or ""),
        "driver": str(pf.get("driver") or ""),
        "mac": str(pf.get("mac") or ""),
        "mtu": int(pf.get("mtu") or 0),
        "link_type": str(pf.get("linkType") or ""),
        "link_speed": str(pf.get("linkSpeed") or ""),
        "link_state": str(pf.get("linkAdminState") or ""),
        "e_switch_mode": str(pf.get("eSwitchMode") or ""),
        "externally_managed": bool(pf.get("externallyManaged")),
        "total_vfs": int(pf.get("totalvfs") or 0),
        "num_vfs": made,
        "wanted_vfs": int(wanted.get("numVfs") or 0),
        "claimed_vfs": _claimed(groups),
        "unclaimed_vfs": max(0, made - _claimed(groups)),
        "policies": sorted({str(group.get("policyName")) for group in groups}),
        "vf_drivers": _drivers(vfs),
    }


def _wanted(pf: Json, state: Json) -> Json:
    nics = dig(state, ("spec", "interfaces")) or []
    return next((nic for nic in nics if nic.get("pciAddress") == pf["pciAddress"]), {})


def _claimed(groups: list[Json]) -> int:
    """How many VFs policies offer to pods."""
    return sum(_length(str(group.get("vfRange") or "")) for group in groups)


def _length(text: str) -> int:
    first, dash, last = text.partition("-")
    return int(last) - int(first) + 1 if dash and first.isdecimal() and last.isdecimal() else 0


def _drivers(vfs: list[Json]) -> Mapping[str, int]:
    """How many VFs each driver has; those without one are under the empty name."""
    names = [str(vf.get("driver") or "") for vf in vfs]
    return {name: names.count(name) for name in sorted(set(names))}


def _resources(node: Json, prefix: str) -> Iterator[Json]:
    """What pods can ask for there."""
    capacity, allocatable = (dig(node, ("status", key)) or {} for key in ("capacity", "allocatable"))
    for name in sorted({*capacity, *allocatable}):
        if name.startswith(f"{prefix}/"):
            yield {
                "name": name,
                "capacity": int(capacity.get(name) or 0),
                "allocatable": int(allocatable.get(name) or 0),
            }
