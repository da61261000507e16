# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Templates of virtual machines whose guests run: what comes to them by itself, what takes a restart, and what a volume
request makes of them (kubevirt pkg/network/controllers/vm.go, pkg/network/vmliveupdate/restart.go,
pkg/controller/controller.go). Pure."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable

from .client import Obj

_SOURCES = ("dataVolume", "persistentVolumeClaim")


def gates(kubevirts: Iterable[Obj]) -> set[str]:
    """The feature gates that were asked for."""
    found: Obj = next(iter(kubevirts), {"spec": {}})
    configuration = found["spec"].get("configuration") or {}
    return set((configuration.get("developerConfiguration") or {}).get("featureGates") or [])


def with_request(spec: Obj, request: Obj) -> Obj:
    """A template's spec after a volume request (ApplyVolumeRequestOnVMISpec)."""
    spec, add, remove = copy.deepcopy(spec), request.get("addVolumeOptions"), request.get("removeVolumeOptions")
    devices = spec["domain"]["devices"]
    volumes, disks = spec.setdefault("volumes", []), devices.setdefault("disks", [])
    if add and all(volume["name"] != add["name"] for volume in volumes):
        source = {key: {**value, "hotpluggable": True} for key, value in add["volumeSource"].items()}
        volumes.append({"name": add["name"], **source})
        disks.append({**add["disk"], "name": add["name"]})
    if remove:
        volumes[:] = [volume for volume in volumes if volume["name"] != remove["name"]]
        disks[:] = [disk for disk in disks if disk["name"] != remove["name"]]
    return spec


def hotpluggable(volume: Obj) -> bool:
    """Whether a volume may come and go while the guest runs."""
    return any((volume.get(source) or {}).get("hotpluggable") for source in _SOURCES)


def claim_of(volume: Obj) -> str:
    """The claim behind a volume that is hotpluggable; a DataVolume's is called like it."""
    claim, made = volume.get("persistentVolumeClaim") or {}, volume.get("dataVolume") or {}
    return str(claim.get("claimName") or made.get("name"))


def unplugged(spec: Obj) -> Obj:
    """A copy of a spec without what comes to a running guest by itself."""
    spec = copy.deepcopy(spec)
    devices = spec["domain"]["devices"]
    plugged = {volume["name"] for volume in spec.get("volumes") or [] if hotpluggable(volume)}
    spec["volumes"] = [volume for volume in spec.get("volumes") or [] if volume["name"] not in plugged]
    devices["disks"] = [disk for disk in devices.get("disks") or [] if disk["name"] not in plugged]
    spec["networks"] = devices["interfaces"] = []
    return spec


def nics_changed(template: Obj, spec: Obj) -> bool:
    """Whether an interface that the guest has is gone from the template, or is another one there."""
    wanted, there = nics(template), nics(spec)
    return any({**wanted.get(name, {}), "state": ""} != {**nic, "state": ""} for name, nic in there.items())


def nics(spec: Obj) -> dict[str, Obj]:
    """Its interfaces by name."""
    return {nic["name"]: nic for nic in spec["domain"]["devices"].get("interfaces") or []}


def plug_nics(template: Obj, vmi: Obj) -> None:
    """New ones, other states, other networks; those that are gone go (syncVMIInterfaces)."""
    spec, there = vmi["spec"], {each["name"] for each in vmi["status"].get("interfaces") or []}
    networks = {network["name"]: network for network in template.get("networks") or []}
    guests = nics(spec)
    for name, nic in nics(template).items():
        if name not in guests and nic.get("state") != "absent" and ("bridge" in nic or "sriov" in nic):
            spec.setdefault("networks", []).append(networks[name])
            spec["domain"]["devices"].setdefault("interfaces", []).append(copy.deepcopy(nic))
        elif name in guests and guests[name].get("state") != "absent" and nic.get("state") != guests[name].get("state"):
            guests[name]["state"] = nic.get("state", "")
    without(spec, lambda nic: nic.get("state") == "absent" and nic["name"] not in there)
    for network in spec.get("networks") or []:
        if "multus" in network and "multus" in networks.get(network["name"], {}):
            network["multus"] = networks[network["name"]]["multus"]


def without(spec: Obj, goes: Callable[[Obj], bool]) -> None:
    """Take interfaces out of a spec, and their networks."""
    gone = {name for name, nic in nics(spec).items() if goes(nic)}
    if gone:
        devices = spec["domain"]["devices"]
        devices["interfaces"] = [nic for nic in devices["interfaces"] if nic["name"] not in gone]
        spec["networks"] = [network for network in spec["networks"] if network["name"] not in gone]


def plug_volumes(template: Obj, spec: Obj) -> None:
    """The hotpluggable ones of the template, and no others of these, behind the guest's own."""
    names = {volume["name"] for volume in (*(template.get("volumes") or []), *(spec.get("volumes") or []))}
    plugged = {v["name"] for v in (*(template.get("volumes") or []), *(spec.get("volumes") or [])) if hotpluggable(v)}
    own = names - plugged
    disks, wanted = spec["domain"]["devices"].get("disks") or [], template["domain"]["devices"].get("disks") or []
    spec["volumes"] = [v for v in spec.get("volumes") or [] if v["name"] in own] + [
        v for v in template.get("volumes") or [] if hotpluggable(v)
    ]
    spec["domain"]["devices"]["disks"] = [d for d in disks if d["name"] in own] + [
        d for d in wanted if d["name"] in plugged
    ]
