# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The methods of machine.MachineService about etcd; the machine's real etcd carries them out.

Source of the refusals: internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go and internal/pkg/etcd of
siderolabs/talos v1.13.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from ..kubernetes import etcd
from ..kubernetes.client import Client, Refused
from .call import Call, CutOff, Streaming, Unary, check_control_plane, data, reply


async def member_list(call: Call, request: Any) -> Message:
    """The members as the real etcd lists them."""
    check_control_plane(call, "member list")
    members = call.machine.kubernetes.etcd_members(call.machine.spec)
    if not members:
        raise GRPCError(Status.UNAVAILABLE, "error reading from server: EOF")
    return reply(
        "machine.EtcdMemberListResponse",
        legacy_members=[member.hostname for member in members],
        members=[
            {
                "id": member.id,
                "hostname": member.hostname,
                "peer_urls": list(member.peer_urls),
                "client_urls": list(member.client_urls),
                "is_learner": member.is_learner,
            }
            for member in members
        ],
    )


async def status(call: Call, request: Any) -> Message:
    """This machine's member."""
    async with _member(call, "etcd status") as client:
        found = await etcd.status(client)
    return reply("machine.EtcdStatusResponse", member_status=found)


async def remove_member(call: Call, request: Any) -> Message:
    """Remove a member by its id."""
    async with _member(call, "etcd remove member") as client:
        members = {member.id: member for member in await etcd.members(client)}
        if request.member_id not in members:
            raise GRPCError(Status.NOT_FOUND, "etcdserver: member not found")
        await etcd.remove(client, members[request.member_id])
    return reply("machine.EtcdRemoveMemberByIDResponse")


async def forfeit_leadership(call: Call, request: Any) -> Message:
    """Hand the leadership to another voter and name it; nothing happens on a machine that is not the leader."""
    async with _member(call, "etcd forfeit leadership") as client:
        own = await etcd.status(client)
        if own["leader"] != own["member_id"]:
            return reply("machine.EtcdForfeitLeadershipResponse")
        others = [each for each in await etcd.members(client) if each.id != own["member_id"] and not each.is_learner]
        if not others:
            raise GRPCError(Status.UNKNOWN, "failed to forfeit leadership: etcdserver: bad leader transferee")
        await etcd.transfer_leadership(client, others[0])
    return reply("machine.EtcdForfeitLeadershipResponse", member=others[0].hostname)


async def alarm_list(call: Call, request: Any) -> Message:
    """Every alarm of the cluster."""
    async with _member(call, "etcd alarm list") as client:
        return reply("machine.EtcdAlarmListResponse", member_alarms=await etcd.alarms(client))


async def alarm_disarm(call: Call, request: Any) -> Message:
    """Switch every alarm off, and tell which they were."""
    async with _member(call, "etcd alarm disarm") as client:
        return reply("machine.EtcdAlarmDisarmResponse", member_alarms=await etcd.disarm(client))


async def defragment(call: Call, request: Any) -> Message:
    """Give the member's free pages back to its disk."""
    async with _member(call, "etcd defragment") as client:
        await etcd.defragment(client)
    return reply("machine.EtcdDefragmentResponse")


async def snapshot(call: Call, request: Any) -> AsyncIterator[Message]:
    """The member's database, with a digest behind it."""
    async with _member(call, "etcd snapshot") as client:
        async for part in etcd.snapshot(client):
            yield data(part)


async def recover(call: Call, parts: AsyncIterator[Any]) -> Message:
    """Take a backup for the next Bootstrap; what there is of one that does not come to its end is thrown away."""
    try:
        file = call.machine.kubernetes.etcd_snapshot(call.machine.spec)
    except LookupError as problem:
        check_control_plane(call, "etcd recover")
        raise GRPCError(Status.FAILED_PRECONDITION, "etcd service is not ready for recovery yet") from problem
    whole = False
    try:
        await _write(call, file, parts)
        whole = True
    finally:
        if not whole:
            file.unlink(missing_ok=True)
    return reply("machine.EtcdRecoverResponse")


async def _write(call: Call, file: Path, parts: AsyncIterator[Any]) -> None:
    with os.fdopen(os.open(file, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as stream:
        async for part in parts:
            stream.write(part.bytes)
            if call.machine.faults.take("cut-upload", call.machine.spec.name):
                raise CutOff


@asynccontextmanager
async def _member(call: Call, what: str) -> AsyncIterator[Client]:
    """A client of this machine's etcd; what etcd refuses is refused in its words."""
    check_control_plane(call, what)
    try:
        async with call.machine.kubernetes.etcd_client(call.machine.spec) as client:
            yield client
    except Refused as refused:
        raise GRPCError(Status.UNKNOWN, str(refused)) from refused
    except OSError as problem:
        raise GRPCError(Status.UNAVAILABLE, f"failed to create etcd client: {problem}") from problem


UNARY: dict[str, Unary] = {
    "EtcdMemberList": member_list,
    "EtcdStatus": status,
    "EtcdRemoveMemberByID": remove_member,
    "EtcdForfeitLeadership": forfeit_leadership,
    "EtcdAlarmList": alarm_list,
    "EtcdAlarmDisarm": alarm_disarm,
    "EtcdDefragment": defragment,
    "EtcdRecover": recover,
}
STREAMING: dict[str, Streaming] = {"EtcdSnapshot": snapshot}
