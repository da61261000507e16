# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of machine.MachineService that do something to a machine."""

from __future__ import annotations

import uuid
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from ..kubernetes import EtcdDataExists
from ..kubernetes.etcd_recovery import Recovery
from .apply import apply_configuration
from .call import Call, Unary, check_control_plane, reply

_WIPE_ALL, _WIPE_SYSTEM_DISK, _WIPE_USER_DISKS = range(3)
_POWERCYCLE, _FORCED = 1, 2
#: Partitions that a system disk of Talos has (pkg/machinery/constants).
_PARTITIONS = ("EFI", "BIOS", "BOOT", "META", "STATE", "EPHEMERAL")


async def bootstrap(call: Call, request: Any) -> Message:
    """Start etcd's first member; refused while the machine is not that far, and once there is data."""
    if "cri" not in call.machine.services.now:
        raise GRPCError(Status.FAILED_PRECONDITION, "bootstrap is not available yet")
    check_control_plane(call, "bootstrap")
    recovery = Recovery(request.recover_skip_hash_check) if request.recover_etcd else None
    try:
        await call.machine.kubernetes.bootstrap(call.machine.spec, recovery)
    except LookupError as problem:
        raise GRPCError(Status.FAILED_PRECONDITION, "bootstrap is not available yet") from problem
    except EtcdDataExists as problem:
        raise GRPCError(Status.ALREADY_EXISTS, "etcd data directory is not empty") from problem
    call.machine.look_at_services()
    return reply("machine.BootstrapResponse")


async def reboot(call: Call, request: Any) -> Message:
    """Reboot; the reply comes before the sequence ends."""
    actor = str(uuid.uuid4())
    await call.machine.reboot(actor, forced=request.mode == _FORCED, powercycle=request.mode == _POWERCYCLE)
    return reply("machine.RebootResponse", actor_id=actor)


async def rollback(call: Call, request: Any) -> Message:
    """Boot what was there before the last upgrade; the reply comes before the sequence ends, and names no actor."""
    if call.machine.system_disk is None:
        raise GRPCError(Status.FAILED_PRECONDITION, "system disk not found")
    if not await call.machine.rollback():
        raise _invalid("previous UKI not found")
    return reply("machine.RollbackResponse")


async def shutdown(call: Call, request: Any) -> Message:
    """Shut down; the reply comes before the sequence ends."""
    actor = str(uuid.uuid4())
    await call.machine.shutdown(actor, force=request.force)
    return reply("machine.ShutdownResponse", actor_id=actor)


async def reset(call: Call, request: Any) -> Message:
    """Wipe the whole system disk, some partitions of it, or (user disks only) nothing that the lab has."""
    _check_reset(call, request)
    labels = frozenset(part.label for part in request.system_partitions_to_wipe if part.wipe)
    partial = bool(request.system_partitions_to_wipe) or request.mode == _WIPE_USER_DISKS
    actor = str(uuid.uuid4())
    await call.machine.reset(actor, request.graceful, request.reboot, labels if partial else None)
    return reply("machine.ResetResponse", actor_id=actor)


def _check_reset(call: Call, request: Any) -> None:
    if request.user_disks_to_wipe and request.mode == _WIPE_SYSTEM_DISK:
        raise _invalid("reset failed: invalid input, wipe mode SYSTEM_DISK doesn't support UserDisksToWipe parameter")
    if request.system_partitions_to_wipe and request.mode == _WIPE_USER_DISKS:
        raise _invalid(
            "reset failed: invalid input, wipe mode USER_DISKS doesn't support SystemPartitionsToWipe parameter"
        )
    disks = [f"/dev/{disk.name}" for disk in call.machine.spec.disks]
    for device in request.user_disks_to_wipe:
        if device not in disks:
            raise _invalid(f"reset user disk failed: device {device} wasn't found")
        if device == f"/dev/{call.machine.system_disk}":
            raise _invalid(f"reset user disk failed: device {device} is the system disk")
    for part in request.system_partitions_to_wipe:
        if part.label not in _PARTITIONS:
            raise _invalid(f'failed to get volume status with label "{part.label}": resource doesn\'t exist')


def _invalid(text: str) -> GRPCError:
    """Talos returns a plain error here, which gRPC calls UNKNOWN."""
    return GRPCError(Status.UNKNOWN, text)


UNARY: dict[str, Unary] = {
    "ApplyConfiguration": apply_configuration,
    "Bootstrap": bootstrap,
    "Reboot": reboot,
    "Rollback": rollback,
    "Shutdown": shutdown,
    "Reset": reset,
}
