# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls: the client certificate's roles, or a reader in maintenance mode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grpclib import GRPCError, Status
from grpclib.server import Stream

from ..machine import Machine
from .pki import is_client_only
from .resources.store import ResourceStore
from .roles import IMPERSONATOR, READER, of_organizations

#: Where one node tells another on whose behalf it calls (grpc/middleware/authz).
ROLE_KEY, PROXY_KEY = "talos-role", "proxyfrom"


@dataclass(frozen=True)
class Caller:
    """The machine that was called, and what its caller is and says; ``routed`` calls name no further nodes."""

    machine: Machine
    resources: ResourceStore
    roles: frozenset[str]
    routed: bool
    nodes: tuple[str, ...] = ()
    node: tuple[str, ...] = ()


class Callers:
    """Identifies callers of one machine's API, in maintenance mode or not."""

    def __init__(self, machine: Machine, resources: ResourceStore, maintenance: bool) -> None:
        self._machine = machine
        self._resources = resources
        self._maintenance = maintenance

    async def identify(self, stream: Stream[Any, Any]) -> Caller:
        """The caller of one RPC; cuts the connection of a certificate that is not for clients alone, as apid does."""
        if self._maintenance:
            return Caller(self._machine, self._resources, frozenset((READER,)), routed=True)
        metadata: Mapping[str, Any] = stream.metadata or {}
        return Caller(
            self._machine,
            self._resources,
            self._roles(stream, metadata),
            routed=PROXY_KEY in metadata,
            nodes=_values(metadata, "nodes"),
            node=_values(metadata, "node"),
        )

    def _roles(self, stream: Stream[Any, Any], metadata: Mapping[str, Any]) -> frozenset[str]:
        transport = stream.peer._transport  # grpclib shows the certificate's subject only, not its usages
        certificate = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
        if not is_client_only(certificate):
            transport.abort()
            raise GRPCError(Status.UNAVAILABLE, "certificate is not for client authentication alone")
        subject = (stream.peer.cert() or {}).get("subject", ())
        roles = of_organizations([value for part in subject for key, value in part if key == "organizationName"])
        return (
            of_organizations(list(_values(metadata, ROLE_KEY)))
            if IMPERSONATOR in roles and ROLE_KEY in metadata
            else roles
        )


def _values(metadata: Mapping[str, Any], key: str) -> tuple[str, ...]:
    """All values of a metadata key that say something; talosctl sends an empty ``node`` in maintenance mode."""
    getall = getattr(metadata, "getall", None)
    values = getall(key, []) if getall else [metadata[key]] if key in metadata else []
    return tuple(str(value) for value in values if value)
