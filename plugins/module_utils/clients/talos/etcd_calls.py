# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Talos' calls about etcd: its start, its members, its backups."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable

from ...core.path import Json
from . import wire
from .calls import MACHINE, Calls

# Seconds; a gigabyte takes about ten (etcd's maintenance guide).
DEFRAGMENT_TIMEOUT = 300.0


class EtcdCalls(Calls):
    """Of the machine's own member, and of the cluster that it belongs to."""

    async def bootstrap(self, *, recover: bool = False, skip_hash_check: bool = False) -> None:
        """Start the first etcd member, from the backup that `etcd_recover` has sent if ``recover``.

        Raises `Conflict` when it has data, `Precondition` when it is too early.
        """
        await self._one("Bootstrap", recover_etcd=recover, recover_skip_hash_check=skip_hash_check)

    async def etcd_recover(self, backup: Iterable[bytes]) -> None:
        """Send a backup in pieces, for a bootstrap that recovers etcd; half of one is thrown away by the machine."""
        kind = wire.message("common.Data")
        parts = (kind(bytes=part) for part in backup)
        self._refused((await self._transport.upload(MACHINE, "EtcdRecover", parts)).messages)

    async def etcd_members(self) -> list[Json]:
        """``{id, hostname, peer_urls, client_urls, learner}``, ids in hexadecimal as etcdctl prints them."""
        found = (await self._one("EtcdMemberList", query_local=True)).members
        return [
            {
                "id": f"{member.id:x}",
                "hostname": member.hostname,
                "peer_urls": list(member.peer_urls),
                "client_urls": list(member.client_urls),
                "learner": member.is_learner,
            }
            for member in found
        ]

    async def etcd_status(self) -> Json:
        """This machine's member: ``{member, leader, learner, version, size, used, errors}``; ids in hexadecimal, the
        database's size and what of it is used in bytes.
        """
        found = (await self._one("EtcdStatus")).member_status
        return {
            "member": f"{found.member_id:x}",
            "leader": f"{found.leader:x}",
            "learner": found.is_learner,
            "version": found.protocol_version,
            "size": found.db_size,
            "used": found.db_size_in_use,
            "errors": list(found.errors),
        }

    async def etcd_alarms(self) -> list[Json]:
        """``{member, alarm}`` (NOSPACE, CORRUPT) of the whole cluster."""
        found = (await self._one("EtcdAlarmList")).member_alarms
        kind = "machine.EtcdMemberAlarm.AlarmType"
        return [{"member": f"{each.member_id:x}", "alarm": wire.name(kind, each.alarm)} for each in found]

    async def etcd_disarm(self) -> None:
        """Switch off every alarm of the cluster."""
        await self._one("EtcdAlarmDisarm")

    async def etcd_defragment(self) -> None:
        """Give free pages back to this member's disk; it serves nobody meanwhile."""
        await self._one("EtcdDefragment", within=DEFRAGMENT_TIMEOUT)

    async def etcd_forfeit_leadership(self) -> None:
        """Hand the leadership to another member, if this one has it."""
        await self._one("EtcdForfeitLeadership")

    async def etcd_remove(self, member: str) -> None:
        """Remove a member by its hexadecimal id; raises `NotFound`."""
        await self._one("EtcdRemoveMemberByID", member_id=int(member, 16))

    async def etcd_snapshot(self) -> AsyncIterator[bytes]:
        """The database in pieces, and a SHA-256 of all that was before it at the end."""
        async for part in self._transport.stream(MACHINE, "EtcdSnapshot"):
            yield part.bytes
