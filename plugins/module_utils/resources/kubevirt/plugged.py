# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what was plugged is there: in the template, and in the guest. Pure.

``status.interfaces`` of a guest names an interface as soon as its pod has it; that the guest has it says ``domain`` in
its ``infoSource``. ``status.volumeStatus`` goes through phases, the last of which is Ready (api/core/v1 types.go).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...core.path import Json, dig
from ...core.readiness import Never, NotYet, Predicate, Readiness, Ready, condition
from .hotplug import Nic, Plug, Volume, Wanted, runs
from .lifecycle import has

_SPEC = ("spec", "template", "spec")
Goals = Mapping[str, Wanted]


def in_template(goals: Goals, *, settle: bool) -> Predicate:
    """For a VirtualMachine by ``namespace/name``: its template says what is wanted, and virt-controller has taken it.

    With ``settle`` one that waits for a restart or a migration is as far as it comes by itself.
    """

    def judge(vm: Json) -> Readiness:
        wanted, spec = goals[_key(vm)], dig(vm, _SPEC) or {}
        networks = {each["name"] for each in spec.get("networks") or []}
        volumes = {each["name"] for each in spec.get("volumes") or []}
        for each in wanted.volumes:
            if (each.name in volumes) != each.present:
                return NotYet(f"volume {each.name} is {'not in' if each.present else 'still in'} its template")
        for nic in wanted.nics:
            if not nic.present and nic.name in networks and not (settle and _stuck(vm)):
                return NotYet(f"interface {nic.name} is still in its template")
        return Ready()

    return judge


def _stuck(vm: Json) -> bool:
    return has(vm, "RestartRequired") or has(vm, "MigrationRequired")


def in_guest(goals: Goals, *, settle: bool) -> Predicate:
    """For a VirtualMachineInstance: all is plugged in or gone; see `in_template`."""

    def judge(vmi: Json) -> Readiness:
        if dig(vmi, ("status", "phase")) in ("Failed", "Succeeded"):
            return Never("its guest has ended")
        missing = next(_missing(vmi, goals[_key(vmi)]), "")
        if not missing or (settle and has(vmi, "MigrationRequired")):
            return Ready()
        return NotYet(missing)

    return judge


def _missing(vmi: Json, wanted: Wanted) -> Iterator[str]:
    """What is not as wanted in a guest, in words."""
    for nic in wanted.nics:
        if _has_nic(vmi, nic) != nic.present:
            waits = condition(vmi, "MigrationRequired")
            until = ", it awaits a migration" if waits is not None else ""
            yield f"interface {nic.name} is {'not' if nic.present else 'still'} in the guest{until}"
    for volume in wanted.volumes:
        found = _volume(vmi, volume.name)
        if volume.present and (found or {}).get("phase", "no phase yet") != "Ready":
            said = (found or {}).get("message") or (found or {}).get("reason") or ""
            phase = (found or {}).get("phase") or "not known to the guest yet"
            yield f"volume {volume.name} is {phase}" + (f": {said}" if said else "")
        elif not volume.present and found is not None:
            yield f"volume {volume.name} is {found.get('phase') or 'still in the guest'}"


def _nic(vmi: Json, name: str) -> Json:
    found = dig(vmi, ("status", "interfaces")) or []
    return next((each for each in found if each.get("name") == name), None)


def _has_nic(vmi: Json, nic: Nic) -> bool:
    found = _nic(vmi, nic.name)
    if found is None:
        return False
    return not nic.present or "domain" in str(found.get("infoSource", "domain"))


def _volume(vmi: Json, name: str) -> Json:
    found = dig(vmi, ("status", "volumeStatus")) or []
    return next((each for each in found if each.get("name") == name), None)


def _key(thing: Json) -> str:
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def needs_migration(plug: Plug) -> bool:
    """Whether its guest gets what was plugged by a migration only."""
    return has(plug.seen.vmi, "MigrationRequired")


def needs_restart(plug: Plug) -> bool:
    """Whether its guest gets what was plugged by no less than a restart, or by one instead of a migration."""
    return plug.seen.restart_required or needs_migration(plug)


def summary(plug: Plug) -> Json:
    """What was wanted of a machine as it is now, in the order given; ``pending`` is what its guest has not got yet."""
    running, vmi = runs(plug.seen), plug.seen.vmi
    return {
        **_head(plug),
        "running": running,
        "interfaces": [_told_nic(nic, vmi if running else None, plug.seen.vm) for nic in plug.wanted.nics],
        "volumes": [_told_volume(volume, vmi if running else None) for volume in plug.wanted.volumes],
        "restart_required": plug.seen.restart_required,
        "migration_required": running and needs_migration(plug),
        "pending": list(_missing(vmi, plug.wanted)) if running else [],
    }


def predicted(plug: Plug) -> Json:
    """What it will be once all is plugged; addresses and targets are not known before."""
    told = summary(plug)
    return {
        **told,
        "interfaces": [{**n, "plugged": told["running"] and w.present} for n, w in _pairs(told, plug, "interfaces")],
        "volumes": [_ahead(n, told["running"] and w.present) for n, w in _pairs(told, plug, "volumes")],
        "pending": [],
    }


def _pairs(told: Json, plug: Plug, what: str) -> Iterator[tuple[Json, Nic | Volume]]:
    wanted = plug.wanted.nics if what == "interfaces" else plug.wanted.volumes
    yield from zip(told[what], wanted, strict=True)


def _ahead(told: Json, there: bool) -> Json:
    return {**told, "plugged": there, "phase": "Ready" if there else ""}


def _head(plug: Plug) -> Json:
    meta = plug.seen.vm["metadata"]
    return {"name": meta["name"], "namespace": meta["namespace"]}


def _told_nic(nic: Nic, vmi: Json, vm: Json) -> Json:
    found = _nic(vmi, nic.name) or {}
    networks = {each["name"]: each for each in dig(vm, (*_SPEC, "networks")) or []}
    return {
        "name": nic.name,
        "network": str(dig(networks.get(nic.name), ("multus", "networkName")) or nic.network),
        "plugged": bool(found) and "domain" in str(found.get("infoSource", "domain")),
        "mac": str(found.get("mac", "")),
        "addresses": list(found.get("ipAddresses") or []),
    }


def _told_volume(volume: Volume, vmi: Json) -> Json:
    found = _volume(vmi, volume.name) or {}
    phase = str(found.get("phase", ""))
    source = volume.claim or volume.data_volume
    return {
        "name": volume.name,
        "source": source,
        "plugged": phase == "Ready",
        "phase": phase,
        "target": str(found.get("target", "")),
    }
