# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages and services of Talos v1.13 as the lab speaks them, built from the tables beside this file.

They live in a descriptor pool of their own, so that they never meet another library's. ``python -m lab.talos.wire``
writes them as a serialized ``FileDescriptorSet`` for comparison with the upstream ones.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from google.protobuf import (
    any_pb2,
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    empty_pb2,
    message_factory,
    timestamp_pb2,
)
from google.protobuf.message import Message

from . import wire_cosi as cosi
from . import wire_machine as machine
from . import wire_resources as resources
from . import wire_services as services

FILES = (
    services.STATUS,
    services.COMMON,
    machine.MACHINE,
    services.STORAGE,
    services.TIME,
    services.CLUSTER,
    services.INSPECT,
    services.IMAGE,
    services.LIFECYCLE,
    services.DEBUG,
    cosi.META,
    cosi.RESOURCE,
    cosi.STATE,
    resources.CONFIG,
    resources.ENUMS,
    resources.CLUSTER,
    resources.BLOCK,
    resources.NETWORK,
    resources.HARDWARE,
    resources.RUNTIME,
    resources.EXTENSIONS,
    resources.K8S,
    resources.SECRETS,
    resources.ETCD,
    resources.TIME,
    resources.V1ALPHA1,
)
_WELL_KNOWN = (any_pb2, duration_pb2, empty_pb2, timestamp_pb2)


@dataclass(frozen=True)
class Method:
    """One RPC: its path (``/package.Service/Method``), the classes it takes and gives, and which sides stream."""

    path: str
    request: type[Message]
    reply: type[Message]
    client_streaming: bool
    server_streaming: bool

    @property
    def service(self) -> str:
        """``package.Service``."""
        return self.path.split("/")[1]


def descriptor_set() -> descriptor_pb2.FileDescriptorSet:
    """All tables as Protobuf describes files; well-known types are not in it."""
    return descriptor_pb2.FileDescriptorSet(file=[file.descriptor() for file in FILES])


@cache
def _pool() -> descriptor_pool.DescriptorPool:
    pool = descriptor_pool.DescriptorPool()
    for module in _WELL_KNOWN:
        pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
    for file in descriptor_set().file:
        pool.AddSerializedFile(file.SerializeToString())
    return pool


@cache
def message(name: str) -> type[Message]:
    """The class of message ``name`` (full, e.g. ``machine.Version``); raises ``KeyError`` when there is none."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))


def methods() -> Iterator[Method]:
    """Every RPC of every service."""
    for file in FILES:
        for name in file.services:
            service = _pool().FindServiceByName(f"{file.package}.{name}")
            for method in service.methods:
                yield Method(
                    f"/{service.full_name}/{method.name}",
                    message(method.input_type.full_name),
                    message(method.output_type.full_name),
                    method.client_streaming,
                    method.server_streaming,
                )


if __name__ == "__main__":
    sys.stdout.buffer.write(descriptor_set().SerializeToString())
