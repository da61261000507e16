# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""sriov-network-config-daemon on every node (pkg/daemon): makes the VFs that a node state asks for, and says so.

The PFs of a node are those that its state's status names from the beginning: nobody looks at a bus here.
"""

from __future__ import annotations

import asyncio

from . import kinds
from .client import Obj
from .controller import Program, annotations_of, deleting, fresh

# What the daemon complains of instead of working; an annotation of the node state.
FAULT = "lab.kubevim.nfvi/sync-error"
# Seconds that it takes.
_BUSY = 0.3


class Daemon:
    """All nodes' daemons in one."""

    def __init__(self, program: Program, prefix: str) -> None:
        self._program, self._prefix = program, prefix
        program.feed(kinds.SRIOV_STATE, program.queue("sriov daemon", self._reconcile))

    async def _reconcile(self, key: str) -> None:
        state = self._program.cache(kinds.SRIOV_STATE).get(key)
        if state is None or deleting(state):
            return
        told = annotations_of(state).get(FAULT, "")
        wanted = {nic["pciAddress"]: nic for nic in (state.get("spec") or {}).get("interfaces") or []}
        pfs = (state.get("status") or {}).get("interfaces") or []
        done = pfs if told else [_configured(pf, wanted.get(pf["pciAddress"])) for pf in pfs]
        if done != pfs:
            state = await self._say(state, pfs, "InProgress", "")
            await asyncio.sleep(_BUSY)
        state = await self._say(state, done, "Failed" if told and wanted else "Succeeded", told if wanted else "")
        await self._advertise(state, wanted)

    async def _say(self, state: Obj, pfs: list[Obj], sync: str, error: str) -> Obj:
        changed = fresh(state)
        status = changed["status"] = dict(changed.get("status") or {})
        status.update({"interfaces": pfs} if pfs else {}, syncStatus=sync, lastSyncError=error)
        return state if changed == state else await self._program.update(kinds.SRIOV_STATE, changed, "status")

    async def _advertise(self, state: Obj, wanted: dict[str, Obj]) -> None:
        """What the device plugin tells the kubelet, and that the API server: how many VFs a resource has."""
        node = self._program.cache(kinds.NODE).get(state["metadata"]["name"])
        amounts: dict[str, int] = {}
        for nic in wanted.values():
            for group in nic["vfGroups"]:
                first, last = map(int, group["vfRange"].split("-"))
                name = f"{self._prefix}/{group['resourceName']}"
                amounts[name] = amounts.get(name, 0) + last - first + 1
        offered = {name: str(number) for name, number in amounts.items()}
        there = ((node or {}).get("status") or {}).get("allocatable") or {}
        if node is not None and any(there.get(name) != number for name, number in offered.items()):
            await self._program.patch(
                kinds.NODE, node, {"status": {"capacity": offered, "allocatable": offered}}, "status"
            )


def _configured(pf: Obj, wanted: Obj | None) -> Obj:
    """A PF with its VFs as asked for; without a wish, or made by others, as it is."""
    if wanted is not None and wanted.get("externallyManaged"):
        return pf
    if wanted is None:
        return {key: value for key, value in pf.items() if key != "Vfs"} | ({"numVfs": 0} if "numVfs" in pf else {})
    drivers = {}
    for group in wanted["vfGroups"]:
        first, last = map(int, group["vfRange"].split("-"))
        driver = "vfio-pci" if group["deviceType"] == "vfio-pci" else "iavf"
        drivers.update(dict.fromkeys(range(first, last + 1), driver))
    kept = {key: wanted[key] for key in ("mtu", "eSwitchMode") if wanted.get(key)}
    vfs = [_vf(pf, number, drivers.get(number, "iavf")) for number in range(wanted["numVfs"])]
    return {**pf, **kept, "numVfs": wanted["numVfs"], "Vfs": vfs}


def _vf(pf: Obj, number: int, driver: str) -> Obj:
    address = f"{pf['pciAddress'].rpartition(':')[0]}:{2 + number // 8:02x}.{number % 8}"
    return {"vfID": number, "pciAddress": address, "driver": driver, "vendor": pf.get("vendor", ""), "deviceID": "154c"}
