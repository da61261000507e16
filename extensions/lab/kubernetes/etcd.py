# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""etcd's membership, through the JSON gateway of the member itself (etcd api/etcdserverpb/rpc.proto)."""

from __future__ import annotations

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
