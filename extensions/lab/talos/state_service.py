# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cosi.resource.State: Get, List and Watch of a machine's resources (cosi-project/runtime state/protobuf/server)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

from google.protobuf.message import Message
from grpclib import GRPCError, Status

from . import wire
from .call import Call, Streaming, Unary, not_authorized
from .resources.kinds import Kind
from .resources.store import KINDS, NAMESPACES, Resource


def _kind(call: Call, request: Any) -> Kind:
    """The kind a request is about; refuses what Talos' access policy refuses (internal/app/resources)."""
    kind = KINDS.get(request.type)
    if kind is None:
        raise GRPCError(Status.PERMISSION_DENIED, f'resource type "{request.type}" is not supported')
    if kind.sensitive and not call.is_admin:
        raise not_authorized()
    if request.namespace not in NAMESPACES:
        raise GRPCError(Status.PERMISSION_DENIED, f'namespace "{request.namespace}" is not supported')
    return kind


def _observe(call: Call, request: Any, kind: Kind) -> dict[str, Resource]:
    return call.resources.observe(kind) if request.namespace == kind.namespace else {}


async def get(call: Call, request: Any) -> Message:
    """One resource."""
    found = _observe(call, request, _kind(call, request)).get(request.id)
    if found is None:
        name = f"{request.type}({request.namespace}/{request.id}@undefined)"
        raise GRPCError(Status.NOT_FOUND, f"resource {name} doesn't exist")
    return wire.message("cosi.resource.GetResponse")(resource=found.message)


async def list_(call: Call, request: Any) -> AsyncIterator[Message]:
    """The resources of a kind, one in each message."""
    resources = _observe(call, request, _kind(call, request))
    for resource in _selected(resources, request.options).values():
        yield wire.message("cosi.resource.ListResponse")(resource=resource.message)


def _selected(resources: dict[str, Resource], options: Any) -> dict[str, Resource]:
    """By id; no resource of the lab has labels, so a label query that asks for one finds none."""
    if any(not term.invert for query in options.label_query for term in query.terms):
        return {}
    pattern = options.id_query.regexp
    return {name: resource for name, resource in resources.items() if not pattern or re.search(pattern, name)}


async def watch(call: Call, request: Any) -> AsyncIterator[Message]:
    """What changes. An empty message comes first, which clients throw away."""
    kind = _kind(call, request)
    single = request.HasField("id")
    yield wire.message("cosi.resource.WatchResponse")()
    known: dict[str, Resource] = {} if single or request.options.bootstrap_contents else _watched(call, request, kind)
    first = True
    while True:
        pending = call.machine.changed.next()
        current = _watched(call, request, kind)
        changes = [_event(name, resource, old) for name, resource, old in _changes(known, current)]
        if first and request.options.bootstrap_contents and request.api_version >= 1:
            changes.append({"event_type": "BOOTSTRAPPED"})
        if first and single and not current:
            changes.append(_gone(kind, request.id))
        for change in changes:
            yield wire.message("cosi.resource.WatchResponse")(event=[change])
        known, first = current, False
        await pending.wait()


def _watched(call: Call, request: Any, kind: Kind) -> dict[str, Resource]:
    found = _observe(call, request, kind)
    if request.HasField("id"):
        return {name: resource for name, resource in found.items() if name == request.id}
    return _selected(found, request.options)


def _changes(
    known: dict[str, Resource], current: dict[str, Resource]
) -> Iterator[tuple[str, Resource, Resource | None]]:
    """What was created, updated or destroyed; for the last, the resource as it was, twice."""
    for name, resource in current.items():
        if known.get(name) != resource:
            yield ("UPDATED" if name in known else "CREATED"), resource, known.get(name)
    for name, resource in known.items():
        if name not in current:
            yield "DESTROYED", resource, None


def _event(event_type: str, resource: Resource, old: Resource | None) -> dict[str, Any]:
    event = {"event_type": event_type, "resource": resource.message}
    return {**event, "old": old.message} if old else event


def _gone(kind: Kind, name: str) -> dict[str, Any]:
    """What a watch of one resource that does not exist begins with."""
    metadata = {"namespace": kind.namespace, "type": kind.type, "id": name, "version": "undefined", "phase": "running"}
    return {"event_type": "DESTROYED", "resource": {"metadata": metadata, "spec": {"yaml_spec": "{}\n"}}}


async def refuse_write(call: Call, request: Any) -> Message:
    """No client may write."""
    raise GRPCError(Status.PERMISSION_DENIED, "write access is not allowed")


UNARY: dict[str, Unary] = {"Get": get, **dict.fromkeys(("Create", "Update", "Destroy"), refuse_write)}
STREAMING: dict[str, Streaming] = {"List": list_, "Watch": watch}
