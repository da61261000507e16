# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring etcd back from a backup: checked here, sent to one machine, which begins a new cluster that the others join."""

from __future__ import annotations

from dataclasses import dataclass

from ...clients.talos.client import Done, Outcome
from ...clients.talos.connection import Connection
from ...core.clock import Deadline
from ...core.error import Conflict, InvalidInput, NfviError, Precondition, Timeout
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.readiness import Readiness, Ready
from ...core.result import Result
from . import etcd_backup_file as backup_file
from .talos_bootstrap import Members, kubernetes_answers, not_yet
from .talos_etcd_restore_plan import (
    Machines,
    Seen,
    explained,
    has_data,
    joined,
    plan_restore,
    still_running,
    waited_for,
)
from .talos_etcd_snapshot import Snapshot
from .talos_machine import configuration
from .talos_nodes import label
from .talos_session import TalosSession, values
from .talos_wait import PAUSE, patiently, wait_for

# States of a service that it leaves by itself: its conditions are not met yet (system/service_runner.go of
# siderolabs/talos).
_ON_ITS_WAY = ("", "Initialized", "Starting", "Waiting")


@dataclass(frozen=True)
class Way:
    """What is restored where and how; ``addresses``' first is the machine that is sent the backup. Times: seconds."""

    addresses: tuple[str, ...]
    snapshot: Snapshot
    skip_hash_check: bool
    force: bool
    any_cluster: bool
    wait: bool
    wait_timeout: float
    reach_timeout: float

    @classmethod
    def parse(cls, given: Given) -> Way:
        """From the module's options, and the file that they name."""
        skip = given.flag("recover_skip_hash_check")
        return cls(
            addresses=Members.parse(given).addresses,
            snapshot=backup_file.read(given, backup_file.chosen(given), skip_hash_check=skip),
            skip_hash_check=skip,
            force=given.flag("force"),
            any_cluster=given.flag("any_cluster"),
            wait=given.flag("wait", True),
            wait_timeout=float(given.integer("wait_timeout", 600, low=1)),
            reach_timeout=float(given.integer("reach_timeout", 60, low=0)),
        )

    @property
    def first(self) -> str:
        """The machine that is sent the backup."""
        return self.addresses[0]


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Restore etcd unless it works on the first machine, and wait until all are its members."""
    way = Way.parse(given)
    machines = _observe(way, session, mode)
    _refuse_foreign(way, machines, given)
    plan = plan_restore(machines, f"{way.snapshot.path}", pending=mode.pending, force=way.force)
    members: list[Json] = []
    if mode.apply:
        if plan:
            _recover(way, session, mode)
        try:
            members = _settled(way, machines, session, mode)
        except NfviError as error:
            raise explained(error).after(plan.actions) from error
    nodes = [{"address": address, "etcd": seen.etcd if seen else None} for address, seen in machines.items()]
    etcd = {"node": way.first, "restored": bool(plan), "found": nodes, "members": members}
    result = Result(plan, verified=None not in machines.values() and not mode.pending)
    result = result.warning(*still_running(machines)) if plan and not mode.pending else result
    return result.named("etcd", etcd).named("snapshot", way.snapshot.described())


def _observe(way: Way, session: TalosSession, mode: Mode) -> dict[str, Seen | None]:
    """One look at each; None in check mode for a machine that is not ready because this very run restarts it."""
    if mode.pending and not session.there:
        return dict.fromkeys(way.addresses)
    outcomes: list[Outcome[Seen]] = patiently(
        lambda some: session.each(some, _look), list(way.addresses), mode, way.reach_timeout if mode.apply else 0.0
    )
    absent = [mode.pending and isinstance(found, NfviError) and found.retryable for found in outcomes]
    there = iter(values(found for found, gone in zip(outcomes, absent, strict=True) if not gone))
    return {address: None if gone else next(there) for address, gone in zip(way.addresses, absent, strict=True)}


async def _look(connection: Connection, maintenance: bool) -> Seen:
    """Raises a retryable `Precondition` while it is not known what etcd is going to do."""
    if maintenance:
        return Seen("", maintenance=True)
    services = {service["id"]: service for service in await connection.services()}
    etcd = services.get("etcd", {"state": "", "healthy": None, "message": ""})
    if etcd["state"] in _ON_ITS_WAY or (etcd["state"] == "Running" and etcd["healthy"] is None):
        hint = "is it a control-plane machine?" if not etcd["state"] else ""
        reason = f"etcd is {etcd['state'] or 'not started'}: {etcd['message'] or 'there is no such service yet'}"
        raise Precondition(reason, object=connection.name, hint=hint, retryable=True)
    works = etcd["state"] == "Running" and bool(etcd["healthy"])
    members = [member["id"] for member in await connection.etcd_members()] if works else []
    authority = backup_file.authority(await configuration(connection))
    return Seen(etcd["state"], works, str(etcd["message"] or ""), tuple(members), authority=authority)


def _refuse_foreign(way: Way, machines: Machines, given: Given) -> None:
    """A backup of another cluster would start, and nothing in it would fit: neither Secrets nor certificates."""
    seen = machines[way.first]
    if seen is None or way.any_cluster or not backup_file.foreign(way.snapshot.path, seen.authority):
        return
    hint = "any_cluster: true restores it all the same, as after a change of the cluster's CA"
    reason = "is of another cluster: the CA of this one's Kubernetes is not in it"
    raise InvalidInput(reason, object=f"etcd snapshot {way.snapshot.path}", path=given.at("path").path, hint=hint)


def _recover(way: Way, session: TalosSession, mode: Mode) -> None:
    """Send the backup and have etcd begin with it; "too early" is tried again."""
    deadline = Deadline.after(mode.clock, way.wait_timeout)

    async def recover(connection: Connection, _maintenance: bool) -> None:
        await connection.services()  # so that what breaks from here on is not taken for a refused handshake
        await connection.etcd_recover(backup_file.pieces(way.snapshot.path))
        await connection.bootstrap(recover=True, skip_hash_check=way.skip_hash_check)

    while True:
        try:
            return session.on(way.first, recover)
        except Conflict as error:
            raise has_data(error, way.first) from error
        except Precondition as error:
            if deadline.over:
                raise Timeout(error.reason, object=error.object) from error
            mode.progress(str(error))
            mode.clock.sleep(2 * PAUSE)


def _settled(way: Way, machines: Machines, session: TalosSession, mode: Mode) -> list[Json]:
    """Wait as far as the user wants, and return the members that there are then."""
    addresses = waited_for(machines, force=way.force)

    def judge(labels: list[str]) -> list[Readiness]:
        outcomes = dict(zip(addresses, session.each(addresses, _glance), strict=True))
        first = outcomes[way.first]
        leader = first.value if isinstance(first, Done) else None
        return [verdict(each, outcomes[each], leader) for each in addresses if label(each) in labels]

    def verdict(address: str, outcome: Outcome[Seen], first: Seen | None) -> Readiness:
        if isinstance(outcome, NfviError):
            return not_yet(outcome)
        ready = joined(outcome.value, first)
        return kubernetes_answers(address, session) if address == way.first and isinstance(ready, Ready) else ready

    if not way.wait:
        return []
    wait_for([label(address) for address in addresses], judge, mode, way.wait_timeout)
    return session.on(way.first, _members)


async def _glance(connection: Connection, maintenance: bool) -> Seen:
    """As `_look`, without the configuration, which does not change any more."""
    if maintenance:
        return Seen("", maintenance=True)
    etcd = await connection.service("etcd") or {"state": "", "healthy": None, "message": ""}
    works = etcd["state"] == "Running" and bool(etcd["healthy"])
    members = [member["id"] for member in await connection.etcd_members()] if works else []
    return Seen(etcd["state"], works, str(etcd["message"] or ""), tuple(members))


async def _members(connection: Connection, _maintenance: bool) -> list[Json]:
    return await connection.etcd_members()
