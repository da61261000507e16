# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources of machines as values for a template; what cannot be answered is an error, never an empty answer."""

from __future__ import annotations

from collections.abc import Sequence

from ...clients.talos.client import Peer, TalosClient
from ...clients.talos.connection import Connection
from ...clients.talos.talosconfig import Context
from ...core.error import InvalidInput, NotFound
from ...core.mask import Masker
from ...core.path import Json
from .talos_resources import Wanted, read
from .talos_session import target, values


def look_up(wanted: Sequence[Wanted], nodes: Sequence[str], known: Context | None, timeout: float) -> list[Json]:
    """``{node, namespace, type, id, version, spec}`` of everything wanted, machine by machine.

    Without a context (``known``) only machines in maintenance mode can be asked.
    """
    addresses = nodes or (known.nodes or known.endpoints if known else ())
    if not addresses:
        raise InvalidInput("no node is named, and the talosconfig names none", path=("nodes",))
    masker = Masker()

    async def ask(connection: Connection, _maintenance: bool) -> list[Json]:
        return [item for each in wanted for item in await _items(connection, each, masker)]

    client = TalosClient(known.identity if known else None, timeout=timeout)
    found = values(client.each([Peer(target(address)) for address in addresses], ask))
    return [{"node": node, **item} for node, items in zip(addresses, found, strict=True) for item in items]


async def _items(connection: Connection, wanted: Wanted, masker: Masker) -> list[Json]:
    reply = await read(connection, wanted, masker)
    if wanted.id is not None and not reply["items"]:
        reason = f"has no {reply['type']} {wanted.id} in namespace {reply['namespace']}"
        raise NotFound(reason, object=connection.name)
    return [{"namespace": reply["namespace"], "type": reply["type"], **item} for item in reply["items"]]
