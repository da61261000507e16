# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values in the META partition of machines: compared with what is there, then written or removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...clients.talos.connection import Connection
from ...core.change import Change, Impact
from ...core.error import Finding, NfviError, NotFound, Precondition, Unreachable, refuse
from ...core.given import Given
from ...core.mask import Masker
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from .talos_nodes import label, named
from .talos_session import TalosSession, values
from .talos_wait import patiently

PRESENT, ABSENT = "present", "absent"
# pkg/machinery/meta/constants.go of siderolabs/talos.
NAMES = {
    0x06: "upgrade",
    0x07: "staged_upgrade_image_ref",
    0x08: "staged_upgrade_install_options",
    0x09: "state_encryption_config",
    0x0A: "metal_network_platform_config",
    0x0B: "download_url_code",
    0x0C: "user_reserved_1",
    0x0D: "user_reserved_2",
    0x0E: "user_reserved_3",
    0x0F: "uuid_override",
    0x10: "unique_machine_token",
    0x11: "disk_image_bootloader",
    0x12: "staged_wipe_selectors",
}
# What Talos keeps there for its own boot and upgrades: a wrong value makes a machine unbootable.
_OWN = (0x06, 0x07, 0x08, 0x09, 0x11, 0x12)
# Values that somebody identifies themselves with, or that unlock a disk.
_SECRET = (0x09, 0x0B, 0x10)
# The controllers of the platform `metal` watch this one, and configure the network anew (platform/metal/metal.go).
_NETWORK = 0x0A

Values = Mapping[int, str]


@dataclass(frozen=True)
class Wanted:
    """Keys with their values; None for a key that shall not be there."""

    keys: Mapping[int, str | None]

    @classmethod
    def parse(cls, given: Given) -> Wanted:
        """From ``keys`` and ``state``; refuses keys that are Talos' own, or named twice."""
        state = given.choice("state", (PRESENT, ABSENT), PRESENT)
        keys: dict[int, str | None] = {}
        for item in given.items("keys"):
            key = number(item.at("key"))
            if key in keys:
                item.at("key").refuse(f"{shown(key)} is named twice")
            keys[key] = item.text("value") if state == PRESENT else None
        refuse(
            Finding((*item.path, "key"), f"{shown(number(item.at('key')))} is Talos' own ({NAMES[key]})")
            for item in given.items("keys")
            if (key := number(item.at("key"))) in _OWN
        )
        return cls(keys)


def number(given: Given) -> int:
    """``0x0c``, ``12`` or ``user_reserved_1`` → 12; raises `InvalidInput`."""
    text = str(given.value).strip().lower()
    known = {name: key for key, name in NAMES.items()}
    if text in known:
        return known[text]
    try:
        key = int(text, 0)
    except ValueError:
        key = -1
    if not 0 <= key <= 0xFF:
        given.refuse(f"{given.value!r} is no key", hint=f"0x00 … 0xff, or one of {', '.join(known)}")
    return key


def shown(key: int) -> str:
    """A key as Talos' resources name it."""
    return f"0x{key:02x}"


def run(given: Given, session: TalosSession, mode: Mode) -> Result:
    """Write what differs and remove what shall not be there; without keys, only tell what is."""
    wanted, addresses = Wanted.parse(given), named(given)
    patience = float(given.integer("reach_timeout", 60, low=0))
    seen = _observe(addresses, session, mode, patience)
    steps = {address: plan_meta(wanted, address, seen[address], mode.masker) for address in addresses}
    plan = Plan.of(change for changes in steps.values() for change in changes.values())
    if mode.apply and plan:
        _carry_out(wanted, steps, session)
    nodes = [_described(address, after(wanted, seen[address]), mode.masker) for address in addresses]
    return Result(plan, verified=None not in seen.values()).named("nodes", nodes)


def plan_meta(wanted: Wanted, address: str, there: Values | None, masker: Masker) -> dict[int, Change]:
    """The changes on one machine, by key; ``there`` is None for a machine that is not there yet."""
    known = there or {}
    return {
        key: _change(key, known.get(key), value, address, masker)
        for key, value in wanted.keys.items()
        if known.get(key) != value
    }


def after(wanted: Wanted, there: Values | None) -> Values:
    """The values once the plan is carried out."""
    merged = {**(there or {}), **wanted.keys}
    return {key: value for key, value in sorted(merged.items()) if value is not None}


def _change(key: int, before: str | None, value: str | None, address: str, masker: Masker) -> Change:
    action = "delete" if value is None else "create" if before is None else "update"
    impact = Impact.SERVICE_RESTART if key == _NETWORK else Impact.NONE
    old, new = (_visible(key, each, masker) for each in (before, value))
    return Change(action, f"META of {label(address)}", (shown(key),), old, new, impact)


def _visible(key: int, value: str | None, masker: Masker) -> str | None:
    return masker.mask(value) if value is not None and key in _SECRET else value


def _observe(addresses: list[str], session: TalosSession, mode: Mode, patience: float) -> dict[str, Values | None]:
    """Every machine's values; None in check mode for one that this very run will start or configure."""
    if mode.pending and not session.there:
        return dict.fromkeys(addresses)
    outcomes = patiently(lambda some: session.each(some, _look), addresses, mode, patience if mode.apply else 0.0)
    absent = [mode.pending and isinstance(outcome, (Unreachable, Precondition)) for outcome in outcomes]
    there = iter(values(outcome for outcome, gone in zip(outcomes, absent, strict=True) if not gone))
    return {address: None if gone else next(there) for address, gone in zip(addresses, absent, strict=True)}


async def _look(connection: Connection, maintenance: bool) -> Values:
    if maintenance:
        hint = "in maintenance mode Talos takes no such call"
        raise Precondition("is in maintenance mode", object=connection.name, hint=hint)
    found = await connection.list("runtime", "MetaKeys.runtime.talos.dev")
    return {int(each.id, 16): str(each.spec["value"]) for each in found}


def _carry_out(wanted: Wanted, steps: Mapping[str, Mapping[int, Change]], session: TalosSession) -> None:
    done: list[str] = []

    async def work(connection: Connection, _maintenance: bool) -> None:
        for key, change in steps[str(connection.target)].items():
            value = wanted.keys[key]
            if value is None:
                await _gone(connection, key)
            else:
                await connection.meta_write(key, value)
            done.append(str(change))

    try:
        values(session.each([address for address, changes in steps.items() if changes], work))
    except NfviError as error:
        error.after(done)
        raise


async def _gone(connection: Connection, key: int) -> None:
    """Removed by somebody else meanwhile is as good."""
    try:
        await connection.meta_delete(key)
    except NotFound:
        return


def _described(address: str, there: Values, masker: Masker) -> Json:
    keys = [
        {"key": shown(key), "name": NAMES.get(key), "value": _visible(key, value, masker)}
        for key, value in there.items()
    ]
    return {"address": address, "meta": keys}
