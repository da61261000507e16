# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's secrets bundle and the administrator's talosconfig: made once, kept, renewed before they expire."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...clients.talos import certificates, talosconfig
from ...clients.talos.talosconfig import Context, Identity
from ...core import yaml_text
from ...core.change import Change
from ...core.error import Conflict
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from ...resources.machine_config import bundle
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.contract import contract_for
from . import talos_files as files


@dataclass(frozen=True)
class Wanted:
    """The talosconfig that is asked for. ``renew_before`` is how long before its end a certificate is made anew."""

    path: Path
    name: str
    endpoints: tuple[str, ...]
    nodes: tuple[str, ...]
    roles: tuple[str, ...]
    renew_before: datetime.timedelta

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From the module's ``talosconfig`` option."""
        return cls(
            path=Path(given.text("path")).expanduser(),
            name=given.text("context"),
            endpoints=tuple(str(item.value) for item in given.items("endpoints")),
            nodes=tuple(str(item.value) for item in given.items("nodes")),
            roles=tuple(str(item.value) for item in given.items("roles")) or ("os:admin",),
            renew_before=datetime.timedelta(days=given.integer("renew_before", 30, low=0, high=364)),
        )


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Make what is not there; a bundle that is there is read, checked, and never written."""
    path = Path(given.text("path")).expanduser()
    contract = contract_for(given.text("talos_version"), path=("talos_version",))
    wanted = given.maybe("talosconfig", Wanted.parse)
    now = certificates.now()
    data = files.read(path)
    found = bundle.parse(data.decode(), object=f"secrets bundle {path}") if data is not None else None
    live = _live(wanted)
    plan = Plan.of([*_bundle_changes(path, found), *(plan_talosconfig(wanted, found, live, now) if wanted else ())])
    if mode.apply and found is None:
        found = bundle.generate(contract, now)
        files.create(path, found.text().encode())
    if mode.apply:
        _carry_out(plan, path, wanted, found, now)
        live = _live(wanted)
    return (
        Result(plan)
        .named("secrets", {"path": str(path), "authorities": found.authorities() if found else {}})
        .named("talosconfig", _described(wanted, live, now, renewed=_renews(plan, wanted)))
    )


def plan_talosconfig(
    wanted: Wanted, secrets: Bundle | None, live: Context | None, now: datetime.datetime
) -> Iterator[Change]:
    """What to do about the talosconfig; raises `Conflict` when it is another cluster's."""
    target = f"talosconfig {wanted.path}"
    if live is None:
        yield Change("create", target)
        return
    if secrets is None or live.identity.authority != secrets.pair("os").certificate:
        raise Conflict("belongs to another cluster", object=target, hint="move it away, or give another path")
    for key in ("name", "endpoints", "nodes"):
        before, after = getattr(live, key), getattr(wanted, key)
        if before != after:
            yield Change("update", target, (key,), _plain(before), _plain(after))
    client = certificates.facts(live.identity.client.certificate)
    if tuple(sorted(client.organizations)) != tuple(sorted(wanted.roles)):
        yield Change("update", target, ("roles",), list(client.organizations), list(wanted.roles))
    if client.not_after - now <= wanted.renew_before:
        after = (now + certificates.CLIENT_LIFETIME).date()
        yield Change("update", target, ("not_after",), client.not_after.date().isoformat(), after.isoformat())
    yield from files.exposed(wanted.path, target)


def _bundle_changes(path: Path, found: Bundle | None) -> Iterator[Change]:
    target = f"secrets bundle {path}"
    if found is None:
        yield Change("create", target)
    yield from files.exposed(path, target)


def _carry_out(plan: Plan, path: Path, wanted: Wanted | None, secrets: Bundle | None, now: datetime.datetime) -> None:
    if any(change.path == ("mode",) and change.target.startswith("secrets bundle") for change in plan):
        files.protect(path)
    if wanted is None or secrets is None or not any(change.target.startswith("talosconfig") for change in plan):
        return
    live = _live(wanted)
    if live is None or _renews(plan, wanted):
        authority = secrets.pair("os")
        identity = Identity(authority.certificate, certificates.make_client(authority, wanted.roles, now))
    else:
        identity = live.identity
    context = Context(wanted.name, identity, wanted.endpoints, wanted.nodes)
    files.replace(wanted.path, yaml_text.dump(talosconfig.document(context)).encode())


def _renews(plan: Plan, wanted: Wanted | None) -> bool:
    """Whether the plan has a new client certificate in it."""
    if wanted is None:
        return False
    mine = [change for change in plan if change.target == f"talosconfig {wanted.path}"]
    return any(change.action == "create" or change.path in (("roles",), ("not_after",)) for change in mine)


def _live(wanted: Wanted | None) -> Context | None:
    data = files.read(wanted.path) if wanted else None
    return talosconfig.parse(data.decode(), object=f"talosconfig {wanted.path}") if wanted and data else None


def _described(wanted: Wanted | None, live: Context | None, now: datetime.datetime, *, renewed: bool) -> Json:
    """The talosconfig for people, as it is or as it will be."""
    if wanted is None:
        return {}
    if live is None or renewed:
        ends = now + certificates.CLIENT_LIFETIME
    else:
        ends = certificates.facts(live.identity.client.certificate).not_after
    return {
        "path": str(wanted.path),
        "context": wanted.name,
        "endpoints": list(wanted.endpoints),
        "nodes": list(wanted.nodes),
        "roles": list(wanted.roles),
        "not_after": ends.isoformat(),
    }


def _plain(value: str | tuple[str, ...]) -> Json:
    return list(value) if isinstance(value, tuple) else value
