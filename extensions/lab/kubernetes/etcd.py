# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd's membership and upkeep, through the JSON gateway of the member itself (etcd api/etcdserverpb/rpc.proto)."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from .client import Client


@dataclass(frozen=True)
class EtcdMember:
    """One member as etcd reports it; ``hostname`` is empty until the member has started for the first time."""

    id: int
    hostname: str
    peer_urls: tuple[str, ...]
    client_urls: tuple[str, ...]
    is_learner: bool

    @classmethod
    def parse(cls, given: dict[str, Any]) -> EtcdMember:
        """From the gateway's JSON, in which numbers are texts."""
        return cls(
            int(given["ID"]),
            given.get("name", ""),
            tuple(given.get("peerURLs", ())),
            tuple(given.get("clientURLs", ())),
            bool(given.get("isLearner")),
        )


async def members(client: Client) -> list[EtcdMember]:
    """All members; raises Refused or OSError while the member does not serve."""
    answer = await client.send("POST", "/v3/cluster/member/list", {})
    return [EtcdMember.parse(member) for member in answer.get("members", [])]


async def add_learner(client: Client, peer_url: str) -> list[EtcdMember]:
    """Announce a new member, and return all of them with it."""
    answer = await client.send("POST", "/v3/cluster/member/add", {"peerURLs": [peer_url], "isLearner": True})
    return [EtcdMember.parse(member) for member in answer["members"]]


async def promote(client: Client, member: EtcdMember) -> None:
    """Make a learner a voting member; raises Refused while it has not caught up."""
    await client.send("POST", "/v3/cluster/member/promote", {"ID": str(member.id)})


async def remove(client: Client, member: EtcdMember) -> None:
    """Remove a member."""
    await client.send("POST", "/v3/cluster/member/remove", {"ID": str(member.id)})


async def healthy(client: Client) -> bool:
    """Whether the member has a leader and can commit (``/health``)."""
    answer = await client.send("GET", "/health")
    return '"health":"true"' in str(answer)  # sent as text/plain


async def status(client: Client) -> dict[str, Any]:
    """The member's own state, by the names of Talos' EtcdMemberStatus."""
    found = await client.send("POST", "/v3/maintenance/status", {})
    return {
        "member_id": int(found["header"]["member_id"]),
        "protocol_version": found["version"],
        "storage_version": found.get("storageVersion", ""),
        "db_size": int(found.get("dbSize", 0)),
        "db_size_in_use": int(found.get("dbSizeInUse", 0)),
        "leader": int(found.get("leader", 0)),
        "raft_index": int(found.get("raftIndex", 0)),
        "raft_term": int(found.get("raftTerm", 0)),
        "raft_applied_index": int(found.get("raftAppliedIndex", 0)),
        "errors": found.get("errors", []),
        "is_learner": bool(found.get("isLearner")),
    }


async def transfer_leadership(client: Client, member: EtcdMember) -> None:
    """Make another member the leader; to be asked of the present one."""
    await client.send("POST", "/v3/maintenance/transfer-leadership", {"targetID": str(member.id)})


async def alarms(client: Client) -> list[dict[str, Any]]:
    """Every alarm that is on, as ``{member_id, alarm}``."""
    found = await client.send("POST", "/v3/maintenance/alarm", {"action": "GET"})
    return [{"member_id": int(each["memberID"]), "alarm": each["alarm"]} for each in found.get("alarms", [])]


async def disarm(client: Client) -> list[dict[str, Any]]:
    """Switch every alarm off; returns those that were on."""
    found = await alarms(client)
    for each in found:
        body = {"action": "DEACTIVATE", "memberID": str(each["member_id"]), "alarm": each["alarm"]}
        await client.send("POST", "/v3/maintenance/alarm", body)
    return found


async def defragment(client: Client) -> None:
    """Rewrite the member's database without its free pages; it does not answer meanwhile."""
    await client.send("POST", "/v3/maintenance/defragment", {})


async def snapshot(client: Client) -> AsyncIterator[bytes]:
    """The member's database in pieces, SHA-256 last (etcd's Maintenance.Snapshot)."""
    async for line in client.stream("/v3/maintenance/snapshot", {}):
        if "error" in line:
            raise OSError(line["error"]["message"])
        yield b64decode(line["result"].get("blob", ""))
