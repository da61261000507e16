# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine is doing, as its own API tells it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...clients.talos.connection import Connection
from ...core.error import Unsupported
from ...core.path import Json, dig
from ...resources.machine_config.compare import same
from ...resources.machine_config.documents import parse

_LINKS = ("network", "LinkStatuses.net.talos.dev")
_STATUS = ("runtime", "MachineStatuses.runtime.talos.dev", "machine")
_CONFIG = ("config", "MachineConfigs.config.talos.dev")
_PERSISTENT, _ACTIVE = "persistent", "v1alpha1"


@dataclass(frozen=True)
class Machine:
    """One look at a machine.

    ``configuration`` is the text it will boot with, None in maintenance mode; ``failures`` is what went wrong according
    to its own events, asked for in maintenance mode only; ``certificate`` is the fingerprint of the one it shows.
    """

    maintenance: bool
    version: str
    hostname: str
    stage: str
    ready: bool
    unmet: tuple[str, ...]
    services: dict[str, Json] = field(default_factory=dict)
    macs: tuple[str, ...] = ()
    configuration: str | None = field(default=None, repr=False)
    boot_id: str = ""
    failures: tuple[str, ...] = ()
    certificate: str = ""


async def look(connection: Connection, maintenance: bool, *, failures: bool = False) -> Machine:
    """Everything that planning and waiting need, from one connection. ``failures`` takes another second."""
    try:
        version = await connection.version()
    except Unsupported as error:
        raise Unsupported("Talos older than 1.13 in maintenance mode", object=connection.name) from error
    status = await connection.find(*_STATUS)
    services = [] if maintenance else await connection.services()
    spec = status.spec if status else {}
    unmet = dig(spec, ("status", "unmetConditions")) or []
    return Machine(
        maintenance=maintenance,
        version=version["tag"],
        hostname=await connection.hostname(),
        stage=str(spec.get("stage", "unknown")),
        ready=bool(dig(spec, ("status", "ready"))),
        unmet=tuple(f"{each.get('name')}: {each.get('reason')}" for each in unmet),
        services={service["id"]: service for service in services},
        macs=await macs(connection),
        configuration=None if maintenance else await configuration(connection),
        boot_id="" if maintenance else await connection.boot_id(),
        certificate=connection.peer.fingerprint,
        failures=tuple(await connection.failures()) if maintenance and failures else (),
    )


async def macs(connection: Connection) -> tuple[str, ...]:
    """The addresses burnt into the machine's network cards, in Linux' notation."""
    found = await connection.list(*_LINKS)
    known = {str(link.spec.get(key) or "").lower() for link in found for key in ("permanentAddr", "hardwareAddr")}
    return tuple(sorted(known - {"", "00:00:00:00:00:00"}))


async def configuration(connection: Connection) -> str | None:
    """The text that the machine keeps on its disk; where Talos does not show that one, the text in force."""
    for name in (_PERSISTENT, _ACTIVE):
        found = await connection.find(*_CONFIG, name)
        if found is not None:
            return str(found.spec)
    return None


async def is_staged(connection: Connection) -> bool:
    """Whether the configuration on the disk is another one than that in force; False where Talos does not show it."""
    kept, active = [await connection.find(*_CONFIG, name) for name in (_PERSISTENT, _ACTIVE)]
    if kept is None or active is None or kept.spec == active.spec:
        return False
    return not same(parse(str(kept.spec)), parse(str(active.spec)))
