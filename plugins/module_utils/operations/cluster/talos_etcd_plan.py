# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What brings etcd to the state that is asked for: decided from one look at its members, without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.change import Change, Impact
from ...core.error import Precondition
from ...core.given import Given
from ...core.path import Json

DISARM, REMOVE, FORFEIT, DEFRAGMENT = "disarm", "remove", "forfeit", "defragment"


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    ``nodes``: addresses of the machines that are asked and worked on. ``absent``: members, by host name or hexadecimal
    id. ``not_leader``: addresses that shall not hold the leadership. ``defragment_below``: the share of a database
    (0 … 1) that may be in use at most when it is worth defragmenting; None for never.
    """

    nodes: tuple[str, ...]
    absent: tuple[str, ...] = ()
    not_leader: tuple[str, ...] = ()
    disarm: bool = False
    defragment_below: float | None = None

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From the module's options; refuses a ``not_leader`` that is not among the ``nodes``."""
        nodes = tuple(str(item.value) for item in given.items("nodes"))
        if not nodes:
            given.at("nodes").refuse("at least one control-plane node is required")
        for item in given.items("not_leader"):
            if item.value not in nodes:
                item.refuse(f"{item.value} is not one of nodes: {', '.join(nodes)}")
        return cls(
            nodes=nodes,
            absent=tuple(str(item.value).lower() for item in given.items("absent")),
            not_leader=tuple(str(item.value) for item in given.items("not_leader")),
            disarm=given.flag("disarm"),
            defragment_below=_share(given),
        )


@dataclass(frozen=True)
class Member:
    """What one machine says: its own member's ``status``, and the cluster's ``members`` and ``alarms``."""

    address: str
    status: Json
    members: tuple[Json, ...]
    alarms: tuple[Json, ...] = ()

    @property
    def leads(self) -> bool:
        """Whether its member is the leader."""
        return bool(self.status["leader"] == self.status["member"])

    @property
    def used(self) -> float:
        """The share of its database that is in use."""
        return float(self.status["used"] / self.status["size"]) if self.status["size"] else 1.0


@dataclass(frozen=True)
class Step:
    """One change, the machine that is told to make it, and the member (hexadecimal id) it is about."""

    change: Change
    address: str
    member: str = ""


def steps(wanted: Wanted, seen: Sequence[Member]) -> list[Step]:
    """In an order that keeps etcd serving: alarms, members, leadership, databases, and the leader's last of those."""
    leaving = list(_leaving(wanted, seen))
    return [*_disarmed(wanted, seen), *leaving, *_forfeited(wanted, seen, leaving), *_defragmented(wanted, seen)]


def _disarmed(wanted: Wanted, seen: Sequence[Member]) -> Iterator[Step]:
    alarms = seen[0].alarms
    if wanted.disarm and alarms:
        names = {member["id"]: member["hostname"] for member in seen[0].members}
        told = ", ".join(f"{each['alarm']} of {names.get(each['member']) or each['member']}" for each in alarms)
        yield Step(Change(DISARM, f"etcd alarms {told}"), seen[0].address)


def _leaving(wanted: Wanted, seen: Sequence[Member]) -> Iterator[Step]:
    """Told to a machine that stays. An absent member that is not there is as it should be."""
    goes = [each for each in seen[0].members if {each["hostname"].lower(), each["id"]} & set(wanted.absent)]
    ids = {each["id"] for each in goes}
    stays = [each for each in seen if each.status["member"] not in ids]
    voters = [each for each in seen[0].members if not each["learner"] and each["id"] not in ids]
    if goes and not (stays and voters):
        raise Precondition(
            "would be left without a voting member that was asked",
            object="etcd",
            path=("absent",),
            hint="name a machine that stays in nodes",
        )
    for each in goes:
        yield Step(_removal(each), stays[0].address, each["id"])


def _removal(member: Json) -> Change:
    label = member["hostname"] or ", ".join(member["peer_urls"])
    return Change(REMOVE, f"etcd member {label} ({member['id']})", impact=Impact.SERVICE_RESTART)


def _forfeited(wanted: Wanted, seen: Sequence[Member], leaving: Sequence[Step]) -> Iterator[Step]:
    gone = {step.member for step in leaving}
    heirs = [m for m in seen[0].members if not m["learner"] and m["id"] not in gone]
    for each in seen:
        if each.leads and each.address in wanted.not_leader and each.status["member"] not in gone:
            if len(heirs) < 2:
                raise Precondition("is the only voting member", object=f"node {each.address}", path=("not_leader",))
            yield Step(Change(FORFEIT, f"leadership of etcd on node {each.address}"), each.address)


def _defragmented(wanted: Wanted, seen: Sequence[Member]) -> Iterator[Step]:
    if wanted.defragment_below is None:
        return
    for each in sorted(seen, key=lambda member: member.leads):
        if each.used < wanted.defragment_below:
            change = Change(DEFRAGMENT, f"etcd on node {each.address}", impact=Impact.SERVICE_RESTART)
            yield Step(change, each.address)


def _share(given: Given) -> float | None:
    if not given.has("defragment_below"):
        return None
    share = float(given.get("defragment_below"))
    if not 0 < share <= 1:
        given.at("defragment_below").refuse(f"{share:g} is not a share between 0 and 1")
    return share
