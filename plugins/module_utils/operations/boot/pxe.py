# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A boot server on this very host, for as long as machines boot: dnsmasq answers them, nginx gives them Talos."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

from ...clients.linux.daemon import Daemon
from ...core.change import Change
from ...core.error import Conflict, NotFound, Precondition
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.plan import Plan
from ...core.result import Result
from ...resources.boot import ipxe
from ...resources.boot.dnsmasq import MARK, Place
from . import files
from .pxe_wanted import Wanted, folder

# What is ours in a folder with our configurations; a folder with anything else stays.
_OURS = ("dnsmasq.conf", "nginx.conf", "dnsmasq.log", "nginx-access.log", "nginx-error.log", "dnsmasq.pid", "nginx.pid")
_TREES = ("http", "tftp")
_CONFIGURATIONS = ("dnsmasq.conf", "nginx.conf")


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Have the boot server serve these machines and no others, or have none."""
    if given.choice("state", ("present", "absent"), "present") == "absent":
        return _absent(folder(given), mode)
    return _present(Wanted.parse(given), mode)


def _present(wanted: Wanted, mode: Mode) -> Result:
    place = wanted.place
    able, verified = _examined(wanted, mode)
    content = {**wanted.rendered(), **able}
    found = files.observe({*content, *_scripts(place)})
    stale = files.plan(content, found)
    daemons = _daemons(place.folder)
    begins = [one for one in daemons if one.pid is None or _config(one) in _touched(stale)]
    changes = stale + Plan.of(Change(_verb(one), f"{one.name} of {place.folder}") for one in begins)
    if mode.apply and changes:
        for one in begins:  # ended first: killed in between, the next run finds none and not one that is out of date
            one.end(mode.clock)
        files.apply(content, found)
        for one in begins:
            one.examine()
            one.begin(mode.clock)
    return Result(changes, verified=verified).named("pxe", _described(wanted))


def _absent(place: Path, mode: Mode) -> Result:
    """Who is not there is not looked for; what is left in the folder and not ours stays."""
    _is_ours(place)
    daemons = [one for one in _daemons(place) if one.pid is not None]
    known = any((place / name).exists() for name in _CONFIGURATIONS)
    ours = [path for path in (place / name for name in (*_OURS, *_TREES)) if path.exists()] if known else []
    changes = [Change("stop", f"{one.name} of {place}") for one in daemons]
    changes += [Change("delete", f"boot server {place}")] if ours else []
    if mode.apply and changes:
        for one in daemons:
            one.end(mode.clock)
        _removed(place, ours)
    return Result(Plan.of(changes)).named("pxe", {"url": "", "folder": str(place), "machines": []})


def _removed(place: Path, ours: list[Path]) -> None:
    try:
        for path in ours:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        if not any(place.iterdir()):
            place.rmdir()
    except OSError as exc:
        raise Precondition(f"cannot be removed: {exc.strerror}", object=str(place)) from exc


def _examined(wanted: Wanted, mode: Mode) -> tuple[dict[Path, bytes], bool]:
    """The loaders at their place, and whether all was looked at; raises what would be in the way, before any change."""
    if os.geteuid() != 0:
        raise Precondition("only root may answer at the ports 67, 69 and 4011", hint="become: true")
    for daemon in _daemons(wanted.place.folder):
        daemon.installed()
    _is_ours(wanted.place.folder)
    _reaches(wanted.place)
    missing = [option for option, path in wanted.images.items() if not path.is_file()]
    if missing and not mode.pending:
        raise NotFound(f"there is no file {wanted.images[missing[0]]}", path=(missing[0],))
    loaders = {wanted.place.tftp / path.name: _loader(option, path) for option, path in wanted.loaders.items()}
    return loaders, not missing


def _is_ours(place: Path) -> None:
    """Raise `Conflict` when the folder belongs to a dnsmasq or an nginx of somebody else."""
    for path, content in files.observe({place / name for name in _CONFIGURATIONS}).items():
        if MARK.encode() not in content:
            raise Conflict("was not written by this module", object=str(path), hint="take another folder")


def _reaches(place: Place) -> None:
    """Raise `Precondition` unless the host has the interface and the address."""
    if not Path("/sys/class/net", place.interface).exists():
        raise Precondition(f"this host has no interface {place.interface}", path=("interface",))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((str(place.address.ip), 0))
        except OSError as exc:
            raise Precondition(f"this host has no address {place.address.ip}", path=("address",)) from exc


def _loader(option: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as exc:
        reason, hint = f"{path}: {exc.strerror}", "Debian has iPXE in the package ipxe"
        raise NotFound(reason, path=("loaders", option), hint=hint) from exc


def _scripts(place: Place) -> Iterator[Path]:
    """Of machines that were named before, too."""
    yield from (place.http / "machines").glob("*.ipxe")


def _daemons(place: Path) -> tuple[Daemon, ...]:
    """dnsmasq reads no other file than ours, and nginx writes no log of the host's."""
    one, two = str(place / "dnsmasq.conf"), str(place / "nginx.conf")
    errors = str(place / "nginx-error.log")
    return (
        _daemon(("dnsmasq", "dnsmasq-base"), place, one, (f"--conf-file={one}",), ("--test", f"--conf-file={one}")),
        _daemon(("nginx", "nginx"), place, two, ("-c", two, "-e", errors), ("-t", "-q", "-c", two, "-e", errors)),
    )


def _daemon(named: tuple[str, str], place: Path, mark: str, start: tuple[str, ...], check: tuple[str, ...]) -> Daemon:
    name, package = named
    return Daemon(name, package, place / f"{name}.pid", mark, start, check)


def _config(daemon: Daemon) -> str:
    return f"file {daemon.mark}"


def _touched(plan: Plan) -> set[str]:
    return {change.target for change in plan}


def _verb(daemon: Daemon) -> str:
    return "start" if daemon.pid is None else "restart"


def _described(wanted: Wanted) -> Json:
    """Where machines find what, and with which arguments they start."""
    place = wanted.place
    machines: list[Json] = [
        {
            "name": machine.name,
            "macs": list(machine.macs),
            "scripts": [f"{place.url}/{ipxe.script_name(mac)}" for mac in machine.macs],
            "kernel_args": wanted.line(machine),
        }
        for machine in wanted.machines
    ]
    return {"url": place.url, "folder": str(place.folder), "machines": machines}
