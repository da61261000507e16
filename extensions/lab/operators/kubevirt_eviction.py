# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-api's answer to evictions of virt-launcher pods: the guest is marked, and the pod stays until it has migrated
(kubevirt pkg/virt-api/webhooks/validating-webhook/admitters/pod-eviction-admitter.go)."""

from __future__ import annotations

from . import kinds
from .client import Api, ApiError, Obj
from .controller import annotations_of, labels_of
from .kubevirt_vmi import FINAL, is_migratable, marked_for_eviction

_MANAGER = "virt-api"
_EVACUATION = 'Eviction triggered evacuation of VMI "{}/{}"'


async def judge_eviction(api: Api, request: Obj) -> Obj:
    """The response to one admission request; pods that are no launchers pass, as do those whose guest has ended."""
    namespace, name = request["namespace"], request["name"]
    try:
        pod = await api.get(kinds.POD, name, namespace)
    except ApiError:
        return _passed()
    vmi_name = annotations_of(pod).get("kubevirt.io/domain")
    ended = pod.get("status", {}).get("phase") in FINAL
    if labels_of(pod).get("kubevirt.io") != "virt-launcher" or ended or not vmi_name:
        return _passed()
    try:
        vmi = await api.get(kinds.VMI, vmi_name, namespace)
    except ApiError as error:
        return _denied(f"kubevirt failed getting the vmi: {error.message}")
    return await _judge_launcher(api, request, pod, vmi)


async def _judge_launcher(api: Api, request: Obj, pod: Obj, vmi: Obj) -> Obj:
    strategy, name = vmi["spec"].get("evictionStrategy"), vmi["metadata"]["name"]
    if strategy == "LiveMigrate" and not is_migratable(vmi):
        return _denied(f"VMI {name} is configured with an eviction strategy but is not live-migratable")
    marks = strategy in ("LiveMigrate", "External") or (strategy == "LiveMigrateIfPossible" and is_migratable(vmi))
    if not marks:
        return _passed()
    evacuation = _EVACUATION.format(vmi["metadata"]["namespace"], name)
    if marked_for_eviction(vmi):
        return _denied(f"Evacuation in progress: {evacuation}")
    if vmi.get("status", {}).get("nodeName") != pod["spec"].get("nodeName"):
        return _denied("Eviction request for target Pod")
    if not _is_dry_run(request):
        await _mark(api, vmi, pod["spec"]["nodeName"])
    return _denied(evacuation)


async def _mark(api: Api, vmi: Obj, node: str) -> None:
    patch = [{"op": "add", "path": "/status/evacuationNodeName", "value": node}]
    await api.patch(kinds.VMI, vmi, patch, _MANAGER, how="json")


def _is_dry_run(request: Obj) -> bool:
    options = (request.get("object") or {}).get("deleteOptions") or {}
    return bool(request.get("dryRun")) or (options.get("dryRun") or [""])[0] == "All"


def _passed() -> Obj:
    return {"allowed": True}


def _denied(message: str) -> Obj:
    return {"allowed": False, "status": {"code": 429, "message": message}}
