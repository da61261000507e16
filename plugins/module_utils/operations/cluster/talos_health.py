# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a cluster is well, judged from one look at each of its machines; nothing here asks anybody.

It is a part of what ``talosctl health`` checks (pkg/cluster/check/default.go of siderolabs/talos): what machines say of
themselves. Kubernetes' own components are not asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.error import NfviError
from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready

PASSED, WAITING, SKIPPED = "passed", "waiting", "skipped"
# What a machine needs, and a control-plane machine on top of it; of other services only a failure counts.
_NEEDED, _CONTROL_PLANE = ("apid", "kubelet"), ("etcd", "trustd")
_STATUS = ("runtime", "MachineStatuses.runtime.talos.dev", "machine")
_TYPE = ("config", "MachineTypes.config.talos.dev", "machine-type")
_NODES = ("k8s", "NodeStatuses.kubernetes.talos.dev")
_DIAGNOSTICS = ("runtime", "Diagnostics.runtime.talos.dev")
# The condition of a machine's status that speaks of its Kubernetes node.
_NODE_READY = "nodeReady"


@dataclass(frozen=True)
class Look:
    """One machine. ``lost`` says why it could not be asked, and then nothing else is known; ``diagnostics`` and
    ``nodes`` are None where its Talos has no such type. ``etcd_error`` is why its etcd did not answer.
    """

    address: str
    lost: str = ""
    maintenance: bool = False
    control_plane: bool = False
    hostname: str = ""
    stage: str = ""
    unmet: tuple[tuple[str, str], ...] = ()
    services: tuple[Json, ...] = ()
    members: tuple[Json, ...] = ()
    alarms: tuple[Json, ...] = ()
    etcd_error: str = ""
    nodes: tuple[Json, ...] | None = None
    diagnostics: tuple[str, ...] | None = None


async def look(connection: Connection, maintenance: bool) -> Look:
    """Ask one machine for all of it."""
    address = str(connection.target)
    if maintenance:
        return Look(address, maintenance=True)
    status = await connection.find(*_STATUS)
    kind = await connection.find(*_TYPE)
    spec = status.spec if status else {}
    unmet = dig(spec, ("status", "unmetConditions")) or ()
    control_plane = kind is not None and kind.spec in ("controlplane", "init")
    members, alarms, problem = await _etcd(connection) if control_plane else ((), (), "")
    nodes, diagnostics = await _specs(connection, *_NODES), await _specs(connection, *_DIAGNOSTICS)
    return Look(
        address,
        control_plane=control_plane,
        hostname=await connection.hostname(),
        stage=str(spec.get("stage", "unknown")),
        unmet=tuple((str(each["name"]), str(each["reason"])) for each in unmet),
        services=tuple(await connection.services()),
        members=members,
        alarms=alarms,
        etcd_error=problem,
        nodes=nodes,
        diagnostics=None if diagnostics is None else tuple(str(each["message"]) for each in diagnostics),
    )


async def _etcd(connection: Connection) -> tuple[tuple[Json, ...], tuple[Json, ...], str]:
    try:
        return tuple(await connection.etcd_members()), tuple(await connection.etcd_alarms()), ""
    except NfviError as error:
        return (), (), error.reason


async def _specs(connection: Connection, namespace: str, type: str) -> tuple[Json, ...] | None:
    """The specs of a type; None when this Talos has none of it."""
    try:
        return tuple(found.spec for found in await connection.list(namespace, type))
    except NfviError as error:
        if error.retryable:
            raise
        return None


@dataclass(frozen=True)
class Check:
    """``state`` is passed, waiting or skipped; ``reason`` says what is missing, or why nobody could tell."""

    name: str
    state: str
    reason: str = ""


def judge(looks: Sequence[Look], *, nodes_ready: bool) -> list[Check]:
    """Every check, in the order of the documentation. ``nodes_ready``: Kubernetes' nodes shall be ready too."""
    there = [each for each in looks if not each.lost and not each.maintenance]
    checks = [_check("machines", _machines(looks, nodes_ready)), _check("services", _services(there))]
    checks += [_check("etcd", _etcd_members(there)), _check("alarms", _alarms(there))]
    nodes = _if_known("nodes", there, lambda each: each.nodes, _nodes)
    checks.append(nodes if nodes_ready else Check("nodes", SKIPPED, "not asked for"))
    checks.append(_if_known("diagnostics", there, lambda each: each.diagnostics, _diagnostics))
    return checks


def healthy(checks: Sequence[Check]) -> Readiness:
    """Ready when nothing waits; what was skipped does not count, and is told."""
    waiting = [f"{check.name}: {check.reason}" for check in checks if check.state == WAITING]
    return NotYet("; ".join(waiting)) if waiting else Ready()


def _check(name: str, problems: Iterator[str]) -> Check:
    reason = ", ".join(problems)
    return Check(name, WAITING if reason else PASSED, reason)


def _if_known(
    name: str, looks: Sequence[Look], of: Callable[[Look], object], problems: Callable[[Sequence[Look]], Iterator[str]]
) -> Check:
    unknown = [each.address for each in looks if of(each) is None]
    if unknown:
        return Check(name, SKIPPED, f"{', '.join(unknown)} cannot tell")
    return _check(name, problems(looks))


def _machines(looks: Sequence[Look], nodes_ready: bool) -> Iterator[str]:
    for each in looks:
        if each.lost or each.maintenance:
            yield f"{each.address} {each.lost or 'is in maintenance mode'}"
            continue
        if each.stage != "running":
            yield f"{each.address} is {each.stage}"
        for name, reason in each.unmet:
            if nodes_ready or name != _NODE_READY:
                yield f"{each.address} lacks {name}: {reason}"
    if not any(each.control_plane for each in looks) and not any(each.lost for each in looks):
        yield "no control-plane machine is named"


def _services(looks: Sequence[Look]) -> Iterator[str]:
    for each in looks:
        found = {service["id"]: service for service in each.services}
        needed = (*_NEEDED, *(_CONTROL_PLANE if each.control_plane else ()))
        for name in sorted({*needed, *(name for name, service in found.items() if service["state"] == "Failed")}):
            service = found.get(name)
            if service is None:
                yield f"{each.address} has no {name} yet"
            elif service["state"] != "Running" or service["healthy"] is False:
                yield f"{name} of {each.address} is {service['state']}: {service['message'] or 'not healthy'}"


def _etcd_members(looks: Sequence[Look]) -> Iterator[str]:
    """All control-plane machines, and only they, are members, and each of them lists the same."""
    planes = [each for each in looks if each.control_plane]
    for each in planes:
        if each.etcd_error:
            yield f"{each.address} does not tell: {each.etcd_error}"
    answered = [each for each in planes if not each.etcd_error]
    lists = {each.address: {member["hostname"]: member["learner"] for member in each.members} for each in answered}
    if len({tuple(sorted(members.items())) for members in lists.values()}) > 1:
        yield f"machines list other members: {'; '.join(f'{a}: {_names(m)}' for a, m in lists.items())}"
    elif lists:
        members = lists[answered[0].address]
        yield from (f"{name} does not vote yet" for name, learner in members.items() if learner)
        named = {each.hostname for each in planes}
        yield from (f"{name} is no member" for name in sorted(named - set(members)))
        yield from (f"member {name} is none of the machines named" for name in sorted(set(members) - named))


def _names(members: dict[str, bool]) -> str:
    return ", ".join(sorted(members)) or "none"


def _alarms(looks: Sequence[Look]) -> Iterator[str]:
    yield from sorted({f"{alarm['alarm']} of member {alarm['member']}" for each in looks for alarm in each.alarms})


def _nodes(looks: Sequence[Look]) -> Iterator[str]:
    for each in looks:
        if not each.nodes:
            yield f"{each.address} has no node yet"
        yield from (f"node {node['nodename']} is not ready" for node in each.nodes or () if not node["nodeReady"])


def _diagnostics(looks: Sequence[Look]) -> Iterator[str]:
    for each in looks:
        yield from (f"{each.address}: {message}" for message in each.diagnostics or ())
