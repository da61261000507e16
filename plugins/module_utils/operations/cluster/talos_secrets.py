# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster's secrets bundle and the administrator's talosconfig: made once, kept, renewed before they expire."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ...clients.talos import certificates
from ...core.change import Change
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from ...resources.machine_config import bundle
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.contract import contract_for
from . import talos_client as client
from . import talos_files as files
from .talos_client import Found, Wanted
from .talos_secrets_import import Imported, imported


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Make what is not there; a bundle that is there is read, checked, and never written."""
    path = Path(given.text("path")).expanduser()
    contract = contract_for(given.text("talos_version"), path=("talos_version",))
    wanted = given.maybe("talosconfig", Wanted.parse)
    now = certificates.now()
    data = files.read(path)
    found = bundle.parse(data.decode(), object=f"secrets bundle {path}") if data is not None else None
    live = client.observe(wanted) if wanted else Found()
    source = None if found else given.maybe("import_from", lambda at: imported(at, contract, now))
    of_bundle = Plan.of(_bundle_changes(path, found, source))
    found = found or (source.bundle if source and (source.whole or mode.apply) else None)
    of_client = Plan.of(client.plan(wanted, found.trusted("os") if found else None, live, now) if wanted else ())
    todo = of_client
    if mode.apply:
        found = _kept(path, of_bundle, found or bundle.generate(contract, now))
        if wanted:
            client.carry_out(wanted, found.trusted("os"), live, of_client, now)
            live, todo = client.observe(wanted), Plan()
    authority = found.trusted("os") if found else None
    told: Json = client.described(wanted, authority, live, todo, now) if wanted else {}
    return (
        Result(of_bundle + of_client)
        .named("secrets", {"path": str(path), "authorities": found.authorities() if found else {}})
        .named("talosconfig", told)
    )


def _bundle_changes(path: Path, found: Bundle | None, source: Imported | None) -> Iterator[Change]:
    target = f"secrets bundle {path}"
    if found is None:
        yield Change("create", f"{target} from {source.origin}" if source else target)
    yield from files.exposed(path, target)


def _kept(path: Path, plan: Plan, secrets: Bundle) -> Bundle:
    """The bundle, on the disk before anything is made of it."""
    if any(change.action == "create" for change in plan):
        files.create(path, secrets.text().encode())
    elif plan:
        files.protect(path)
    return secrets
