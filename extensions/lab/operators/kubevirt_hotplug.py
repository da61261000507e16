# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Interfaces and volumes that come and go while a guest runs: what virt-controller carries from a template to its guest
and back (kubevirt pkg/network/controllers/vm.go, pkg/network/migration/evaluator.go, vm.go handleVolumeRequests)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

from . import kinds
from .client import Obj
from .conditions import drop_condition, set_condition
from .controller import Program, annotations_of, condition, deleting, fresh
from .kubevirt_launcher import NETWORKS, multus_networks
from .kubevirt_template import claim_of, gates, hotpluggable, nics, plug_nics, plug_volumes, with_request, without
from .kubevirt_vmi import FINAL, current_pod, owned_pods, phase_of
from .watch import key_of

# What plugs networks into pods that run; most sites do not have it.
DYNAMIC_NETWORKS = "dynamic-networks-controller-ds"
# How long virt-controller hopes for it before it asks for a migration (15 s upstream).
GRACE_SECONDS = 1.0


class Plugger:
    """virt-controller's part: from templates to guests, and out of templates what guests have lost."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._queue = program.queue("hotplug", self._reconcile)
        program.feed(kinds.VM, self._queue)
        program.feed(kinds.VMI, self._queue)

    async def _reconcile(self, key: str) -> None:
        vm = self._program.cache(kinds.VM).get(key)
        if vm is None or deleting(vm):
            return
        vmi = self._program.cache(kinds.VMI).get(key)
        if vmi is not None and (deleting(vmi) or phase_of(vmi) in FINAL):
            vmi = None
        vm = await self._requests(vm)
        if vmi is not None:
            vmi = await self._to_guest(vm, vmi)
        await self._clear(vm, vmi)
        if vmi is not None and phase_of(vmi) == "Running":
            await self._judge_migration(vmi)

    async def _requests(self, vm: Obj) -> Obj:
        """Volume requests become parts of the template, and are done with."""
        requests = vm.get("status", {}).get("volumeRequests") or []
        if not requests:
            return vm
        changed = fresh(vm)
        for request in requests:
            changed["spec"]["template"]["spec"] = with_request(changed["spec"]["template"]["spec"], request)
        if changed != vm:
            vm = await self._program.update(kinds.VM, changed)
        done = fresh(vm)
        done["status"].pop("volumeRequests", None)
        return await self._program.update(kinds.VM, done, "status")

    async def _to_guest(self, vm: Obj, vmi: Obj) -> Obj:
        changed, template = fresh(vmi), vm["spec"]["template"]["spec"]
        plug_nics(template, changed)
        if gates(self._program.cache(kinds.KUBEVIRT)) & {"HotplugVolumes", "DeclarativeHotplugVolumes"}:
            plug_volumes(template, changed["spec"])
        return await self._program.update(kinds.VMI, changed) if changed != vmi else vmi

    async def _clear(self, vm: Obj, vmi: Obj | None) -> None:
        """An interface that is to be absent goes from the template once no guest has it (clearDetachedIfacesFromVM)."""
        held = (
            set(nics(vmi["spec"])) | {each["name"] for each in vmi["status"].get("interfaces") or []} if vmi else set()
        )
        changed = fresh(vm)
        spec = changed["spec"]["template"]["spec"]
        without(spec, lambda nic: nic.get("state") == "absent" and nic["name"] not in held)
        if changed != vm:
            await self._program.update(kinds.VM, changed)

    async def _judge_migration(self, vmi: Obj) -> None:
        changed = fresh(vmi)
        conditions = changed["status"].setdefault("conditions", [])
        there = {each["name"] for each in vmi["status"].get("interfaces") or []}
        missing = [nic for name, nic in nics(vmi["spec"]).items() if name not in there and nic.get("state") != "absent"]
        hoped = condition(vmi, "MigrationRequired")
        if not missing:
            drop_condition(conditions, "MigrationRequired")
        elif any("sriov" in nic for nic in missing) or (hoped is not None and self._hoped_long(hoped)):
            set_condition(conditions, "MigrationRequired", "True", "AutoMigrationDueToLiveUpdate")
        else:
            set_condition(conditions, "MigrationRequired", "False", "AutoMigrationPending")
            self._queue.add_after(key_of(vmi), GRACE_SECONDS)
        if changed != vmi:
            await self._program.update(kinds.VMI, changed)

    def _hoped_long(self, hoped: Obj) -> bool:
        since = datetime.strptime(hoped["lastTransitionTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return hoped["status"] == "True" or (datetime.now(UTC) - since).total_seconds() > GRACE_SECONDS


def plug(program: Program, vmi: Obj) -> None:
    """virt-handler's part: what of the guest's spec is really in the guest now. Changes ``vmi``'s status."""
    pod = current_pod(vmi, [p for p in owned_pods(program, vmi) if p.get("status", {}).get("phase") not in FINAL])
    if pod is None:
        return
    _plug_pod(program, vmi, pod)
    vmi["status"]["volumeStatus"] = list(_volume_status(program, vmi, pod))


def _plug_pod(program: Program, vmi: Obj, pod: Obj) -> None:
    found = {each["name"]: each for each in vmi["status"].get("interfaces") or []}
    asked, namespace = nics(vmi["spec"]), vmi["metadata"]["namespace"]
    dynamic = any(d["metadata"]["name"] == DYNAMIC_NETWORKS for d in program.cache(kinds.DAEMONSET))
    in_pod = {f"{n['namespace']}/{n['name']}" for n in json.loads(annotations_of(pod).get(NETWORKS) or "[]")}
    secondary = [network["name"] for network in vmi["spec"].get("networks") or [] if "multus" in network]
    for name, (nic, where, network) in zip(secondary, multus_networks(vmi["spec"], namespace), strict=True):
        wanted = asked.get(name, {})
        if wanted.get("state") == "absent":
            found.pop(name, None)
        elif name not in found and (f"{where}/{network}" in in_pod or (dynamic and "bridge" in wanted)):
            mac = {"mac": wanted["macAddress"]} if wanted.get("macAddress") else {}
            sources = "domain, guest-agent, multus-status"
            found[name] = {"name": name, "podInterfaceName": nic, "infoSource": sources, "queueCount": 1, **mac}
        if name in found:
            found[name]["linkState"] = "down" if wanted.get("state") == "down" else "up"
    vmi["status"]["interfaces"] = list(found.values())


def _volume_status(program: Program, vmi: Obj, pod: Obj) -> Iterable[Obj]:
    """As it was, and what is hotpluggable through its phases as far as its claim is there."""
    namespace, before = vmi["metadata"]["namespace"], vmi["status"].get("volumeStatus") or []
    known = {each["name"]: each for each in before}
    for number, volume in enumerate(sorted(vmi["spec"].get("volumes") or [], key=lambda each: str(each["name"]))):
        name = volume["name"]
        if not hotpluggable(volume):
            yield known.get(name, {"name": name, "target": ""})
        elif program.cache(kinds.PVC).get(f"{namespace}/{claim_of(volume)}") is None:
            message = f"PVC {claim_of(volume)} not found"
            yield {"name": name, "target": "", "phase": "Pending", "reason": "PVCNotFound", "message": message}
        else:
            target, message = f"sd{chr(ord('a') + number)}", f"Successfully attach hotplugged volume {name} to VM"
            attached = {"attachPodName": f"hp-volume-{pod['metadata']['name'][-5:]}"}
            told = {"phase": "Ready", "reason": "VolumeReady", "message": message, "hotplugVolume": attached}
            yield (
                known[name] if known.get(name, {}).get("phase") == "Ready" else {"name": name, "target": target, **told}
            )
