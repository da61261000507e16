# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab consists of: its servers, their hardware, addresses and timing.

Every address, MAC, UUID and serial number follows from the lab's block (127.<block>.0.0/16) and the server's index,
so the same lab file gives the same rack on every machine and two labs never meet.
"""

from __future__ import annotations

import os
import re
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, cast

import yaml

DEFAULT_NAME = "demo"
DEFAULT_BLOCK = 55
DEFAULT_TALOS = "v1.13.0"
BMC_USERNAME = "admin"
GIB = 1024**3

_CHOSEN = {"manufacturer": str, "product": str, "sockets": int, "cores": int, "threads": int, "memory": int}
_NIC_KEYS = ("name", "pci", "driver", "speed_mbit")
_DISK_KEYS = ("name", "size", "model", "transport")


class LabFileError(ValueError):
    """The lab file, or an option, asks for something that cannot be; the message names the path and the value."""


@dataclass(frozen=True)
class Nic:
    """A network port as Linux and the BMC see it."""

    name: str
    mac: str
    pci: str
    driver: str = "ice"
    speed_mbit: int = 25000


@dataclass(frozen=True)
class Disk:
    """A block device; ``size`` is in bytes."""

    name: str
    size: int
    model: str
    serial: str
    transport: str = "nvme"


@dataclass(frozen=True)
class ServerSpec:
    """One server of the rack. ``name`` is its place in the rack, not the Kubernetes node name it may get.

    ``cores`` are per socket, ``threads`` per core, ``memory`` is in bytes. ``advertise`` is the address the API server
    announces to the cluster: it refuses loopback addresses, so each server has one of TEST-NET-1 (RFC 5737) that
    nothing ever dials.
    """

    name: str
    address: str
    bmc_address: str
    uuid: str
    serial: str
    manufacturer: str
    product: str
    sockets: int
    cores: int
    threads: int
    memory: int
    nics: tuple[Nic, ...]
    disks: tuple[Disk, ...]
    advertise: str

    @property
    def cpus(self) -> int:
        """Logical processors of the whole server."""
        return self.sockets * self.cores * self.threads


@dataclass(frozen=True)
class Timing:
    """How long things take, in seconds; real talosctl loses track of a reboot faster than 1.5 s."""

    boot: float = 1.0
    install: float = 1.0
    reboot: float = 1.6


@dataclass(frozen=True)
class LabConfig:
    """A whole lab. ``vip`` is the shared control-plane address, or None."""

    name: str
    block: int
    state: Path
    servers: tuple[ServerSpec, ...]
    vip: str | None
    bmc_username: str
    bmc_password: str = field(repr=False)
    talos_version: str = DEFAULT_TALOS
    timing: Timing = Timing()

    def server(self, name: str) -> ServerSpec:
        """The server called ``name``; raises LabFileError naming those that exist."""
        for spec in self.servers:
            if spec.name == name:
                return spec
        raise LabFileError(
            f"no server {name!r} in lab {self.name!r}; there are: {', '.join(s.name for s in self.servers)}"
        )

    def server_state(self, spec: ServerSpec) -> Path:
        """The directory (0700) that holds everything one server remembers."""
        return private_directory(self.state / spec.name)


def state_directory(name: str) -> Path:
    """Where the lab called ``name`` keeps its state (XDG base directory specification); not created here."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "kubevim-nfvi-lab" / name


def private_directory(path: Path) -> Path:
    """Create ``path`` with mode 0700, whatever the umask says, and return it."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def load(
    file: Path | None = None,
    *,
    name: str = DEFAULT_NAME,
    block: int | None = None,
    default_block: int = DEFAULT_BLOCK,
) -> LabConfig:
    """Read a lab file (or take the default lab of one server) and prepare its state directory.

    ``block`` wins over the file, the file over ``default_block``. Raises LabFileError for what is not understood.
    """
    given = _read(file)
    _refuse_unknown(given, {"block", "servers", "vip", "talos_version", "timing"}, "")
    chosen = _name(name, "name")
    number = _block(given.get("block", default_block) if block is None else block)
    servers, timing = _servers(given.get("servers", 1), number), _timing(given.get("timing", {}))
    state = private_directory(state_directory(chosen))
    return LabConfig(
        name=chosen,
        block=number,
        state=state,
        servers=servers,
        vip=f"127.{number}.0.10" if given.get("vip") else None,
        bmc_username=BMC_USERNAME,
        bmc_password=_bmc_password(state),
        talos_version=str(given.get("talos_version", DEFAULT_TALOS)),
        timing=timing,
    )


def dump(lab: LabConfig) -> str:
    """The lab file (YAML) that ``load`` reads as this very lab; it holds no secret and no derived identity."""
    document = {
        "block": lab.block,
        "vip": lab.vip is not None,
        "talos_version": lab.talos_version,
        "timing": asdict(lab.timing),
        "servers": [_dump_server(spec) for spec in lab.servers],
    }
    return yaml.safe_dump(document, sort_keys=False)


def _dump_server(spec: ServerSpec) -> dict[str, Any]:
    given: dict[str, Any] = {key: getattr(spec, key) for key in ("name", *_CHOSEN)}
    given["nics"] = [{key: getattr(nic, key) for key in _NIC_KEYS} for nic in spec.nics]
    given["disks"] = [{key: getattr(disk, key) for key in _DISK_KEYS} for disk in spec.disks]
    return given


def default_server(index: int, block: int, name: str | None = None) -> ServerSpec:
    """Server number ``index`` (from 1) as a Dell XR11-like far-edge box: 1 x 16 cores x 2 threads, 128 GiB, 2 x 25G."""
    identity = uuid.uuid5(uuid.NAMESPACE_OID, f"kubevim.nfvi lab {block} {index}")
    serial = f"LAB{block:03d}{index:03d}"
    return ServerSpec(
        name=name or f"s{index}",
        address=f"127.{block}.1.{index}",
        bmc_address=f"127.{block}.2.{index}",
        uuid=str(identity),
        serial=serial,
        manufacturer="Dell Inc.",
        product="PowerEdge XR11",
        sockets=1,
        cores=16,
        threads=2,
        memory=128 * GIB,
        nics=tuple(_nic({}, port, index, block) for port in (1, 2)),
        disks=(_disk({}, 0, serial),),
        advertise=f"192.0.2.{index}",
    )


def _read(file: Path | None) -> Mapping[str, Any]:
    if file is None:
        return {}
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as problem:
        raise LabFileError(f"{file}: {problem}") from problem
    if not isinstance(given, dict):
        raise LabFileError(f"{file}: a mapping is expected at the top")
    return given


def _refuse_unknown(given: Mapping[str, Any], known: set[str], path: str) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise LabFileError(f"{path}{unknown[0]}: not known; allowed are {', '.join(sorted(known))}")


def _name(value: object, path: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?", value):
        raise LabFileError(f"{path}: {value!r} is no name (lower case letters, digits and dashes, at most 32)")
    return value


def _block(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 254:
        raise LabFileError(f"block: {value!r} is not a number from 1 to 254 (the second part of 127.x.0.0/16)")
    return value


def _servers(given: object, block: int) -> tuple[ServerSpec, ...]:
    entries = [{}] * given if isinstance(given, int) and not isinstance(given, bool) else given
    if not isinstance(entries, list) or not 1 <= len(entries) <= 250:
        raise LabFileError(f"servers: {given!r} is neither a number nor a list of 1 to 250 servers")
    servers = tuple(_server(entry, index, block) for index, entry in enumerate(entries, start=1))
    names = [spec.name for spec in servers]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise LabFileError(f"servers[{index}].name: {name!r} is taken")
    return servers


def _server(given: object, index: int, block: int) -> ServerSpec:
    path = f"servers[{index - 1}]"
    if not isinstance(given, dict):
        raise LabFileError(f"{path}: {given!r} is not a mapping")
    _refuse_unknown(given, {"name", "nics", "disks", *_CHOSEN}, f"{path}.")
    base = default_server(index, block, _name(given.get("name", f"s{index}"), f"{path}.name"))
    changes: dict[str, Any] = {
        key: _typed(given[key], kind, f"{path}.{key}") for key, kind in _CHOSEN.items() if key in given
    }
    if "nics" in given:
        changes["nics"] = tuple(_nic(nic, port, index, block) for port, nic in enumerate(given["nics"], start=1))
    if "disks" in given:
        changes["disks"] = tuple(_disk(disk, number, base.serial) for number, disk in enumerate(given["disks"]))
    return ServerSpec(**{**{f.name: getattr(base, f.name) for f in fields(base)}, **changes})


def _typed(value: object, kind: type, path: str) -> object:
    if not isinstance(value, kind) or isinstance(value, bool) or (kind is int and cast(int, value) < 1):
        raise LabFileError(f"{path}: {value!r} is not {'a positive number' if kind is int else 'a text'}")
    return value


def _nic(given: Mapping[str, Any], port: int, index: int, block: int) -> Nic:
    """Port ``port`` (from 1) with a locally administered MAC (IEEE 802: second-lowest bit of the first octet set)."""
    _refuse_unknown(given, set(_NIC_KEYS), f"servers[{index - 1}].nics[{port - 1}].")
    defaults = {"name": f"eno{port}", "pci": f"0000:3b:00.{port - 1}"}
    return Nic(mac=f"02:7f:{block:02x}:00:{index:02x}:{port:02x}", **{**defaults, **given})


def _disk(given: Mapping[str, Any], number: int, serial: str) -> Disk:
    _refuse_unknown(given, set(_DISK_KEYS), f"disks[{number}].")
    defaults = {"name": f"nvme{number}n1", "size": 960 * 10**9, "model": "Dell Ent NVMe PM9A3 960GB"}
    return Disk(serial=f"{serial}D{number}", **{**defaults, **given})


def _timing(given: Mapping[str, Any]) -> Timing:
    _refuse_unknown(given, {f.name for f in fields(Timing)}, "timing.")
    return Timing(**{key: float(value) for key, value in given.items()})


def _bmc_password(state: Path) -> str:
    """The BMCs' password: random, made once for each lab, readable by its user only."""
    file = state / "bmc-password"
    try:
        descriptor = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(18) + "\n")
    return file.read_text(encoding="ascii").strip()
