# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of machine.MachineService that start and stop services (system/system.go and system/services, v1.13)."""

from __future__ import annotations

from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from ..machine_services import EXTENSION
from .call import Call, Unary, reply

#: What callers may do with a service of Talos' own; with those of extensions they may do everything.
_ALLOWED = {"kubelet": ("start", "restart")}


async def service_start(call: Call, request: Any) -> Message:
    """Start; nothing happens to a service that is started."""
    if not _is_started(call, request.id):
        _check_allowed(request.id, "start")
        await call.machine.start_service(request.id)
    return reply("machine.ServiceStartResponse", resp=f'Service "{request.id}" started')


async def service_stop(call: Call, request: Any) -> Message:
    """Stop; nothing happens to a service that is not started."""
    if _is_started(call, request.id):
        _check_allowed(request.id, "stop")
        await call.machine.stop_service(request.id)
    return reply("machine.ServiceStopResponse", resp=f'Service "{request.id}" stopped')


async def service_restart(call: Call, request: Any) -> Message:
    """Stop and start; a service that is not started is only started."""
    started = _is_started(call, request.id)
    _check_allowed(request.id, "restart" if started else "start")
    if started:
        await call.machine.stop_service(request.id)
    await call.machine.start_service(request.id)
    return reply("machine.ServiceRestartResponse", resp=f'Service "{request.id}" restarted')


def _is_started(call: Call, name: str) -> bool:
    """A plain error there is one that gRPC calls UNKNOWN."""
    service = call.machine.services.now.get(name)
    if service is None:
        raise GRPCError(Status.UNKNOWN, f'service "{name}" not defined')
    return service.started


def _check_allowed(name: str, verb: str) -> None:
    if not name.startswith(EXTENSION) and verb not in _ALLOWED.get(name, ()):
        raise GRPCError(Status.UNKNOWN, f'service "{name}" doesn\'t support {verb} operation via API')


UNARY: dict[str, Unary] = {
    "ServiceStart": service_start,
    "ServiceStop": service_stop,
    "ServiceRestart": service_restart,
}
