# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""virt-api's subresources: the verbs by which virtual machines are started, stopped, paused (kubevirt
pkg/virt-api/rest/lifecycle.go). The API server forwards them, and has authorized and audited them by then."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from . import kinds
from .client import Api, ApiError, Obj
from .conditions import drop_condition, set_condition
from .controller import condition, fresh
from .kubevirt_template import gates, hotpluggable, with_request
from .kubevirt_vm import run_strategy
from .kubevirt_vmi import FINAL, phase_of

GROUP, VERSION = "subresources.kubevirt.io", "v1"
_ROOT = f"/apis/{GROUP}/{VERSION}"
_MANAGER = "virt-api"
_HANDLER = "virt-handler"
# go-restful's words to whoever accepts JSON only: upstream's routes do not say what they produce.
_NOT_ACCEPTABLE = "406: Not Acceptable\n\nAvailable representations: "
# How often a guest's state is written again when somebody else was faster.
_RACES = 5

Verb = Callable[[Api, str, str, Obj], Awaitable[None]]


class Refusal(Exception):
    """virt-api's answer is a Status of failure: its code, reason and message."""

    def __init__(self, code: int, reason: str, kind: str, name: str, why: str) -> None:
        message = f'Operation cannot be fulfilled on {kind}.kubevirt.io "{name}": {why}' if code == 409 else why
        super().__init__(message)
        self.status: dict[str, Any] = {
            "apiVersion": "v1",
            "kind": "Status",
            "status": "Failure",
            "code": code,
            "reason": reason,
            "message": message,
            "details": {"group": "kubevirt.io", "kind": kind, "name": name},
        }


def add_routes(app: web.Application, api: Callable[[], Api | None]) -> None:
    """Serve the verbs and what discovery asks; ``api`` is None as long as virt-api is not at work."""
    app.router.add_get(f"/apis/{GROUP}", _discover_group)
    app.router.add_get(_ROOT, _discover)
    for plural, verbs in _VERBS.items():
        for name, verb in verbs.items():
            path = f"{_ROOT}/namespaces/{{namespace}}/{plural}/{{name}}/{name}"
            app.router.add_put(path, _handler(verb, api))


def _handler(verb: Verb, api: Callable[[], Api | None]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        if "*/*" not in request.headers.get("Accept", "*/*"):
            return web.Response(status=406, text=_NOT_ACCEPTABLE)
        text, client = await request.text(), api()
        if client is None:
            return web.Response(status=503)
        try:
            options = json.loads(text) if text.strip() else {}
            await verb(client, request.match_info["namespace"], request.match_info["name"], options or {})
        except Refusal as refusal:
            return web.json_response(refusal.status, status=refusal.status["code"])
        except ApiError as error:
            return web.json_response(_internal(error), status=500)
        return web.Response(status=202)

    return handle


def _internal(error: ApiError) -> Obj:
    message = f"Internal error occurred: {error.message}"
    return {"apiVersion": "v1", "kind": "Status", "status": "Failure", "code": 500, "message": message}


async def _discover_group(_request: web.Request) -> web.Response:
    version = {"groupVersion": f"{GROUP}/{VERSION}", "version": VERSION}
    return web.json_response(
        {"apiVersion": "v1", "kind": "APIGroup", "name": GROUP, "versions": [version], "preferredVersion": version}
    )


async def _discover(_request: web.Request) -> web.Response:
    served: list[dict[str, Any]] = [
        {"name": f"{plural}/{verb}", "singularName": "", "namespaced": True, "kind": "", "verbs": ["update"]}
        for plural, verbs in _VERBS.items()
        for verb in verbs
    ]
    return web.json_response(
        {"apiVersion": "v1", "kind": "APIResourceList", "groupVersion": f"{GROUP}/{VERSION}", "resources": served}
    )


# -- the verbs ---------------------------------------------------------------------------------------------------------


async def _start(api: Api, namespace: str, name: str, options: Obj) -> None:
    vm, vmi = await _vm(api, namespace, name), await _find_vmi(api, namespace, name)
    strategy = run_strategy(vm)
    if vmi is not None and phase_of(vmi) not in (*FINAL, "", "Unknown"):
        raise _conflict(name, "VM is already running")
    if strategy in ("Always", "Once", "WaitAsReceiver"):
        raise _conflict(name, f"{strategy} does not support manual start requests")
    if strategy == "Halted":
        await _run(api, vm, options, running=True)
        return
    if strategy == "RerunOnFailure" and vmi is not None and phase_of(vmi) == "Failed":
        raise _conflict(name, f"{strategy} does not support starting VM from failed state")
    stop = [] if vmi is None else [{"action": "Stop", "uid": vmi["metadata"]["uid"]}]
    await _ask(api, vm, options, [*stop, {"action": "Start"}])


async def _stop(api: Api, namespace: str, name: str, options: Obj) -> None:
    vm, vmi = await _vm(api, namespace, name), await _find_vmi(api, namespace, name)
    strategy, running = run_strategy(vm), vmi is not None and phase_of(vmi) not in FINAL
    if strategy in ("Always", "Once"):
        await _run(api, vm, options, running=False)
        return
    if not running or vmi is None:
        raise _conflict(name, "VM is not running")
    if strategy == "Halted" and not _is_shorter(vmi, options):
        raise _conflict(name, "Halted only supports manual stop requests with a shorter graceperiod")
    await _ask(api, vm, options, [{"action": "Stop", "uid": vmi["metadata"]["uid"]}])


def _is_shorter(vmi: Obj, options: Obj) -> bool:
    grace = options.get("gracePeriod")
    return grace is not None and grace < vmi["spec"].get("terminationGracePeriodSeconds", 0)


async def _restart(api: Api, namespace: str, name: str, options: Obj) -> None:
    vm = await _vm(api, namespace, name)
    strategy = run_strategy(vm)
    if strategy in ("Halted", "Once"):
        raise _conflict(name, f"RunStategy {strategy} does not support manual restart requests")
    vmi = await _find_vmi(api, namespace, name)
    if vmi is None:
        raise _conflict(name, "VM is not running: Halted")
    await _ask(api, vm, options, [{"action": "Stop", "uid": vmi["metadata"]["uid"]}, {"action": "Start"}])


async def _migrate(api: Api, namespace: str, name: str, options: Obj) -> None:
    await _vm(api, namespace, name)
    vmi = await _vmi(api, namespace, name)
    if phase_of(vmi) != "Running":
        raise _conflict(name, "VM is not running")
    spec: Obj = {"vmiName": name}
    if options.get("addedNodeSelector"):
        spec["addedNodeSelector"] = options["addedNodeSelector"]
    meta = {"generateName": "kubevirt-migrate-vm-", "namespace": namespace}
    await api.create(kinds.MIGRATION, {"metadata": meta, "spec": spec}, _MANAGER)


async def _pause(api: Api, namespace: str, name: str, options: Obj) -> None:
    vmi = await _vmi(api, namespace, name)
    _demand_running(vmi, "VM is not running")
    probe = vmi["spec"].get("livenessProbe")
    if probe is not None and "guestAgentPing" not in probe:
        why = "Pausing VMIs with a non-GuestAgentPing LivenessProbe is not supported"
        raise Refusal(403, "Forbidden", "virtualmachineinstance", name, why)
    if condition(vmi, "Paused") is not None:
        raise _conflict(name, "VMI is already paused", "virtualmachineinstance")
    if not options.get("dryRun"):
        await _write_paused(api, namespace, name, paused=True)


async def _unpause(api: Api, namespace: str, name: str, options: Obj) -> None:
    vmi = await _vmi(api, namespace, name)
    _demand_running(vmi, "VMI is not running")
    if condition(vmi, "Paused") is None:
        raise _conflict(name, "VMI is not paused", "virtualmachineinstance")
    if not options.get("dryRun"):
        await _write_paused(api, namespace, name, paused=False)


async def _soft_reboot(api: Api, namespace: str, name: str, _options: Obj) -> None:
    """The guest reboots inside its domain: nothing of it is seen from outside."""
    vmi = await _vmi(api, namespace, name)
    _demand_running(vmi, "VM is not running")
    if condition(vmi, "Paused") is not None:
        raise _conflict(name, "VMI is paused", "virtualmachineinstance")


async def _add_volume(api: Api, namespace: str, name: str, options: Obj) -> None:
    vm, on = await _vm(api, namespace, name), await _plugs_volumes(api, name)
    volumes, wanted = vm["spec"]["template"]["spec"].get("volumes") or [], _source_names(options["volumeSource"])
    for volume in volumes:
        if volume["name"] == options["name"]:
            raise _conflict(
                name, f"Unable to add volume [{volume['name']}] because volume with that name already exists"
            )
        if _source_names(volume) & wanted:
            raise _conflict(name, f"Unable to add volume source [{wanted.pop()}] because it already exists")
    await _volume_request(api, vm, {"addVolumeOptions": options}, on)


async def _remove_volume(api: Api, namespace: str, name: str, options: Obj) -> None:
    vm, on = await _vm(api, namespace, name), await _plugs_volumes(api, name)
    volumes = vm["spec"]["template"]["spec"].get("volumes") or []
    found = next((volume for volume in volumes if volume["name"] == options["name"]), None)
    if found is None:
        raise _conflict(name, f"Unable to remove volume [{options['name']}] because it does not exist")
    if not hotpluggable(found):
        raise _conflict(name, f"Unable to remove volume [{options['name']}] because it is not hotpluggable")
    await _volume_request(api, vm, {"removeVolumeOptions": options}, on)


def _source_names(volume: Obj) -> set[str]:
    claim, made = volume.get("persistentVolumeClaim") or {}, volume.get("dataVolume") or {}
    return {str(each) for each in (claim.get("claimName"), made.get("name")) if each}


async def _plugs_volumes(api: Api, name: str) -> set[str]:
    """The feature gates, of which one that plugs volumes must be on."""
    on = gates((await api.list(kinds.KUBEVIRT))["items"])
    if not on & {"HotplugVolumes", "DeclarativeHotplugVolumes"}:
        why = "Enable DeclarativeHotplugVolumes or HotplugVolumes feature gate to use this API."
        raise Refusal(400, "BadRequest", "virtualmachine", name, why)
    return on


async def _volume_request(api: Api, vm: Obj, request: Obj, on: set[str]) -> None:
    """A request in the status, or where volumes are declared the template itself."""
    if next(iter(request.values())).get("dryRun"):
        return
    if "HotplugVolumes" not in on:
        spec = with_request(vm["spec"]["template"]["spec"], request)
        await api.patch(kinds.VM, vm, {"spec": {"template": {"spec": spec}}}, _MANAGER)
        return
    held = vm.get("status", {}).get("volumeRequests") or []
    patch = [{"op": "add", "path": "/status/volumeRequests", "value": [*held, request]}]
    await api.patch(kinds.VM, vm, patch, _MANAGER, "status", how="json")


_VERBS: dict[str, dict[str, Verb]] = {
    "virtualmachines": {
        "start": _start,
        "stop": _stop,
        "restart": _restart,
        "migrate": _migrate,
        "addvolume": _add_volume,
        "removevolume": _remove_volume,
    },
    "virtualmachineinstances": {"pause": _pause, "unpause": _unpause, "softreboot": _soft_reboot},
}


def _demand_running(vmi: Obj, why: str) -> None:
    if phase_of(vmi) != "Running":
        raise _conflict(vmi["metadata"]["name"], why, "virtualmachineinstance")


def _conflict(name: str, why: str, kind: str = "virtualmachine") -> Refusal:
    return Refusal(409, "Conflict", kind, name, why)


async def _run(api: Api, vm: Obj, options: Obj, *, running: bool) -> None:
    """Write the run strategy into the spec: whoever owns it there sees drift."""
    if options.get("dryRun"):
        return
    field, value = ("runStrategy", "Always" if running else "Halted") if "runStrategy" in vm["spec"] else (
        "running", running
    )  # fmt: skip
    path = f"/spec/{field}"
    patch = [
        {"op": "test", "path": path, "value": vm["spec"].get(field)},
        {"op": "replace", "path": path, "value": value},
    ]
    await api.patch(kinds.VM, vm, patch, _MANAGER, how="json")


async def _ask(api: Api, vm: Obj, options: Obj, requests: list[Obj]) -> None:
    """Leave virt-controller a request in the status; one that is not dealt with yet stands in the way of another."""
    held = vm.get("status", {}).get("stateChangeRequests") or []
    if held and [each["action"] for each in requests] != ["Stop"]:
        raise ApiError(500, "InternalError", "unable to complete request: stop/start already underway")
    if not options.get("dryRun"):
        patch = [{"op": "add", "path": "/status/stateChangeRequests", "value": requests}]
        await api.patch(kinds.VM, vm, patch, _MANAGER, "status", how="json")


async def _write_paused(api: Api, namespace: str, name: str, *, paused: bool) -> None:
    """What virt-handler does once libvirt has done it."""
    for race in range(_RACES):
        changed = fresh(await _vmi(api, namespace, name))
        conditions = changed["status"].setdefault("conditions", [])
        if paused:
            set_condition(conditions, "Paused", "True", "PausedByUser", "VMI was paused by user")
        else:
            drop_condition(conditions, "Paused")
        try:
            await api.update(kinds.VMI, changed, _HANDLER)
            return
        except ApiError as error:
            if error.reason != "Conflict" or race == _RACES - 1:
                raise


async def _vm(api: Api, namespace: str, name: str) -> Obj:
    try:
        return await api.get(kinds.VM, name, namespace)
    except ApiError as error:
        if error.code != 404:
            raise
        raise _absent("virtualmachine", name) from None


async def _vmi(api: Api, namespace: str, name: str) -> Obj:
    vmi = await _find_vmi(api, namespace, name)
    if vmi is None:
        raise _absent("virtualmachineinstance", name)
    return vmi


async def _find_vmi(api: Api, namespace: str, name: str) -> Obj | None:
    try:
        return await api.get(kinds.VMI, name, namespace)
    except ApiError as error:
        if error.code != 404:
            raise
        return None


def _absent(kind: str, name: str) -> Refusal:
    return Refusal(404, "NotFound", kind, name, f'{kind}.kubevirt.io "{name}" not found')
