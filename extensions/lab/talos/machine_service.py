# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of machine.MachineService that read a machine."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from ..machine_services import Change
from .call import Call, Streaming, Unary, data, reply
from .event_messages import event_message, hello


async def version(call: Call, request: Any) -> Message:
    """The running version; RBAC is a feature of configured machines."""
    fields: dict[str, Any] = {
        "version": {
            "tag": call.machine.version,
            "sha": "5ba8a54d",
            "built": "",
            "go_version": "go1.26.2",
            "os": "linux",
            "arch": "amd64",
        },
        "platform": {"name": "metal", "mode": "metal"},
    }
    if call.machine.configured:
        fields["features"] = {"rbac": True}
    return reply("machine.VersionResponse", **fields)


async def hostname(call: Call, request: Any) -> Message:
    """The node's name."""
    return reply("machine.HostnameResponse", hostname=call.machine.hostname)


async def service_list(call: Call, request: Any) -> Message:
    """All services with their history and health."""
    table = call.machine.services
    services = []
    for name, service in sorted(table.now.items()):
        history = table.history.get(name, [])
        health = {
            "unknown": service.healthy is None,
            "healthy": bool(service.healthy),
            "last_message": service.message,
            "last_change": _timestamp(history[-1].at) if history else None,
        }
        events = {"events": [_service_event(change) for change in history]}
        services.append({"id": name, "state": service.state, "events": events, "health": health})
    return reply("machine.ServiceListResponse", services=services)


def _service_event(change: Change) -> dict[str, Any]:
    return {"msg": change.message, "state": change.state, "ts": _timestamp(change.at)}


def _timestamp(at: float) -> dict[str, int]:
    return {"seconds": int(at), "nanos": int(at % 1 * 1e9)}


async def memory(call: Call, request: Any) -> Message:
    """Memory in KiB, as /proc/meminfo has it; hugepages as the configuration's sysctls ask for."""
    total = call.machine.spec.memory // 1024
    active = call.machine.active
    pages = int((active.get("machine.sysctls", {}) if active else {}).get("vm.nr_hugepages", 0) or 0)
    free = total * 9 // 10 - pages * 2048
    meminfo = {
        "memtotal": total,
        "memfree": free,
        "memavailable": free,
        "hugepagestotal": pages,
        "hugepagesfree": pages,
        "hugepagesize": 2048,
    }
    return reply("machine.MemoryResponse", meminfo=meminfo)


async def load_average(call: Call, request: Any) -> Message:
    """An idle machine's load."""
    return reply("machine.LoadAvgResponse", load1=0.5, load5=0.5, load15=0.5)


async def system_stat(call: Call, request: Any) -> Message:
    """Only the shape: one entry for each processor."""
    return reply(
        "machine.SystemStatResponse", boot_time=int(time.time()), cpu_total={}, cpu=[{}] * call.machine.spec.cpus
    )


async def events(call: Call, request: Any) -> AsyncIterator[Message]:
    """The machine's events, until the caller or the machine goes."""
    yield hello()
    log = call.machine.events
    async for event in log.watch(request.tail_events, request.tail_id, request.tail_seconds, request.with_actor_id):
        yield event_message(event)


async def dmesg(call: Call, request: Any) -> AsyncIterator[Message]:
    """What a kernel log begins with."""
    spec = call.machine.spec
    lines = (
        "Linux version 6.18.1-talos",
        f"DMI: {spec.manufacturer} {spec.product}",
        *(
            f"{nic.driver} {nic.pci} {nic.name}: NIC Link is up {nic.speed_mbit // 1000} Gbps Full Duplex"
            for nic in spec.nics
        ),
    )
    for number, line in enumerate(lines):
        yield data(f"kern:  notice: [{number}.000000]: {line}\n".encode())


async def logs(call: Call, request: Any) -> AsyncIterator[Message]:
    """A service's log: its history."""
    history = call.machine.services.history.get(request.id)
    if history is None:
        raise GRPCError(Status.UNKNOWN, f"log {request.id!r} was not registered")
    for change in history:
        yield data(f"{time.strftime('%Y/%m/%d %H:%M:%S', time.gmtime(change.at))} {change.message}\n".encode())


async def read(call: Call, request: Any) -> AsyncIterator[Message]:
    """The few files that clients read."""
    files = {
        "/proc/sys/kernel/random/boot_id": f"{call.machine.boot_id}\n",
        "/etc/hostname": f"{call.machine.hostname}\n",
    }
    contents = {**{path: text.encode() for path, text in files.items()}, **call.machine.efi_variables}
    if request.path not in contents:
        raise GRPCError(Status.NOT_FOUND, f"stat {request.path}: no such file or directory")
    yield data(contents[request.path])


UNARY: dict[str, Unary] = {
    "Version": version,
    "Hostname": hostname,
    "ServiceList": service_list,
    "Memory": memory,
    "LoadAvg": load_average,
    "SystemStat": system_stat,
}
STREAMING: dict[str, Streaming] = {"Events": events, "Dmesg": dmesg, "Logs": logs, "Read": read}
