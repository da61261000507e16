# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""COSI resources: what Talos says of a machine (proto/v1alpha1 of cosi-project/runtime)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from ...core import yaml_text
from ...core.error import Internal, NotFound
from ...core.path import Json
from . import wire
from .calls import Calls

_STATE = "cosi.resource.State"


@dataclass(frozen=True)
class Resource:
    """One COSI resource: its id, its version (a text, compared for equality only) and what Talos says of it.

    ``phase`` is ``running``, or ``tearingDown`` while something still holds on to it.
    """

    id: str
    version: str
    spec: Json
    phase: str = "running"


class ResourceCalls(Calls):
    """Types by their full name (``Disks.block.talos.dev``)."""

    async def get(self, namespace: str, type: str, id: str) -> Resource:
        """One COSI resource; raises `NotFound`."""
        reply = await self._transport.call(_STATE, "Get", namespace=namespace, type=type, id=id)
        return _resource(reply.resource)

    async def find(self, namespace: str, type: str, id: str) -> Resource | None:
        """One COSI resource, or None when there is none of that id."""
        try:
            return await self.get(namespace, type, id)
        except NotFound:
            return None

    async def list(self, namespace: str, type: str) -> list[Resource]:
        """Every COSI resource of a type (``Disks.block.talos.dev``) in a namespace."""
        replies = await self._transport.collect(_STATE, "List", namespace=namespace, type=type)
        return [_resource(reply.resource) for reply in replies]

    async def watch(self, namespace: str, type: str, id: str) -> AsyncIterator[Resource | None]:
        """The resource now and after each change (None while there is none), until the connection ends."""
        asked = {"namespace": namespace, "type": type, "id": id, "api_version": 1}
        async for reply in self._transport.stream(_STATE, "Watch", **asked):
            for event in reply.event:
                kind = wire.name("cosi.resource.EventType", event.event_type)
                if kind == "ERRORED":
                    raise Internal(f"the watch failed: {event.error}", object=self.name, retryable=True)
                if event.HasField("resource") and event.resource.metadata.id == id:
                    yield None if kind == "DESTROYED" else _resource(event.resource)


def _resource(found: Any) -> Resource:
    return Resource(found.metadata.id, found.metadata.version, _spec(found), found.metadata.phase)


def _spec(found: Any) -> Json:
    """The YAML form as a value; a machine configuration as the text in which it was submitted, byte for byte."""
    if found.metadata.type == "MachineConfigs.config.talos.dev":
        kind = wire.message("resource.config.MachineConfigSpec")
        return kind.FromString(found.spec.proto_spec).yaml_marshalled.decode()
    return yaml_text.load(found.spec.yaml_spec)


# The events that tell of a failure; their type URL is Talos' own (talos/runtime/<full name>).
_TELLING = ("machine.SequenceEvent", "machine.ConfigLoadErrorEvent", "machine.ConfigValidationErrorEvent")
