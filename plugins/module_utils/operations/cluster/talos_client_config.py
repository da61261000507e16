# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody's talosconfig, from a secrets bundle that is there."""

from __future__ import annotations

from pathlib import Path

from ...clients.talos import certificates
from ...core.error import NotFound, Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.plan import Plan
from ...core.result import Result
from ...resources.machine_config import bundle
from ...resources.machine_config.bundle import Bundle
from . import talos_client as client
from . import talos_files as files


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Write the context unless the one on disk is as good; the bundle is only read."""
    wanted, now = client.Wanted.parse(given), certificates.now()
    secrets = _bundle(given, mode)
    found = client.observe(wanted)
    if secrets is None:
        plan = Plan.of(client.plan(wanted, None, found, now))
        return Result(plan, verified=False).named("talosconfig", client.described(wanted, None, found, plan, now))
    authority = secrets.trusted("os")
    if certificates.facts(authority.certificate).not_after <= now:
        ended = certificates.facts(authority.certificate).not_after.date()
        raise Precondition(f"the Talos CA ended on {ended}", object=f"secrets bundle {given.text('secrets')}")
    plan = Plan.of(client.plan(wanted, authority, found, now))
    todo = plan
    if mode.apply:
        client.carry_out(wanted, authority, found, plan, now)
        found, todo = client.observe(wanted), Plan()
    return Result(plan).named("talosconfig", client.described(wanted, authority, found, todo, now))


def _bundle(given: Given, mode: Mode) -> Bundle | None:
    """The bundle; None in check mode while this very run would make it."""
    path = Path(given.text("secrets")).expanduser()
    data = files.read(path)
    if data is not None:
        return bundle.parse(data.decode(errors="replace"), object=f"secrets bundle {path}")
    if mode.pending and not mode.apply:
        return None
    raise NotFound("there is no such file", object=f"secrets bundle {path}", hint="kubevim.nfvi.talos_secrets makes it")
