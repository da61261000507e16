# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Protobuf classes made from the table in `messages`, in a pool of our own.

``python -m ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.wire > set.pb`` writes the serialized
``FileDescriptorSet``, so that others can compare every number with the upstream definitions.
"""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import Any

from ...core.library import absent
from .messages import ENUMS, FILES, MESSAGES, METHODS, UPLOADS, Field

try:
    from google.protobuf import (
        any_pb2,
        descriptor_pb2,
        descriptor_pool,
        duration_pb2,
        empty_pb2,
        message_factory,
        timestamp_pb2,
    )
except ImportError as exc:
    absent("protobuf", exc)

_SCALARS = ("bool", "bytes", "int32", "int64", "string", "uint32", "uint64")


@dataclass(frozen=True)
class Method:
    """One remote procedure: its path on the wire and the classes of its messages."""

    path: str
    request: Any
    reply: Any
    streams: bool


def message(name: str) -> Any:
    """The class of the message with that full name (``machine.Version``)."""
    return message_factory.GetMessageClass(_pool().FindMessageTypeByName(name))


def number(enum: str, name: str) -> int:
    """The number of an enum's value: ``number("machine.RebootRequest.Mode", "FORCE")`` is 2."""
    return next(value for value, key in ENUMS[enum] if key == name)


def name(enum: str, number: int) -> str:
    """The opposite of `number`; a value that the table does not know stays a number."""
    return dict(ENUMS[enum]).get(number, str(number))


@functools.cache
def method(service: str, name: str) -> Method:
    """The procedure ``name`` of ``service``."""
    request, reply, streams = METHODS[service][name]
    return Method(f"/{service}/{name}", message(request), message(reply), streams)


def descriptors() -> Any:
    """Every file of the table as a ``FileDescriptorSet``, in an order in which each file's imports stand before it."""
    well_known = (any_pb2, duration_pb2, empty_pb2, timestamp_pb2)
    files = descriptor_pb2.FileDescriptorSet()
    for module in well_known:
        files.file.append(descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb))
    files.file.extend(_file(package) for package in FILES)
    return files


@functools.cache
def _pool() -> Any:
    pool = descriptor_pool.DescriptorPool()
    for file in descriptors().file:
        pool.Add(file)
    return pool


def _file(package: str) -> Any:
    path, imports = FILES[package]
    file = descriptor_pb2.FileDescriptorProto(name=path, package=package, syntax="proto3", dependency=imports)
    made: dict[str, Any] = {}
    for name, fields in MESSAGES.items():
        if _package(name) == package:
            made[name] = file.message_type.add(name=name.rpartition(".")[2])
            for field in fields:
                _add_field(made[name], name, field)
    for name, values in ENUMS.items():
        if _package(name) == package:
            _add_enum(made.get(name.rpartition(".")[0], file), name, values)
    for name, methods in METHODS.items():
        if _package(name) == package:
            _add_service(file, name, methods)
    return file


def _package(name: str) -> str:
    return max((package for package in FILES if name.startswith(package + ".")), key=len)


def _add_field(into: Any, owner: str, row: Field) -> None:
    proto = descriptor_pb2.FieldDescriptorProto
    position, name, kind = row[:3]
    rule = row[3] if len(row) == 4 else ""
    field = into.field.add(number=position, name=name, label=proto.LABEL_OPTIONAL)
    if rule == "repeated" or kind == "map":
        field.label = proto.LABEL_REPEATED
    if rule == "optional":
        field.proto3_optional, field.oneof_index = True, len(into.oneof_decl)
        into.oneof_decl.add(name=f"_{name}")
    if rule.startswith("|"):
        _choose(into, field, rule[1:])
    if kind == "map":
        field.type, field.type_name = proto.TYPE_MESSAGE, f".{owner}.{_add_entry(into, name)}"
    elif kind in _SCALARS:
        field.type = getattr(proto, f"TYPE_{kind.upper()}")
    else:
        field.type = proto.TYPE_ENUM if kind in ENUMS else proto.TYPE_MESSAGE
        field.type_name = f".{kind}"


def _choose(into: Any, field: Any, oneof: str) -> None:
    """Make a field one of those of which a message has one at most."""
    names = [declared.name for declared in into.oneof_decl]
    if oneof not in names:
        into.oneof_decl.add(name=oneof)
    field.oneof_index = [*names, oneof].index(oneof)


def _add_entry(into: Any, field: str) -> str:
    """The entry message that Protobuf wants behind a map from string to string."""
    entry = into.nested_type.add(name=f"{field.capitalize()}Entry")
    entry.options.map_entry = True
    for position, name in ((1, "key"), (2, "value")):
        _add_field(entry, "", (position, name, "string"))
    return str(entry.name)


def _add_enum(into: Any, name: str, values: tuple[tuple[int, str], ...]) -> None:
    enum = into.enum_type.add(name=name.rpartition(".")[2])
    for position, key in values:
        enum.value.add(number=position, name=key)


def _add_service(file: Any, name: str, methods: dict[str, tuple[str, str, bool]]) -> None:
    service = file.service.add(name=name.rpartition(".")[2])
    for key, (request, reply, streams) in methods.items():
        method = service.method.add(name=key, input_type=f".{request}", output_type=f".{reply}")
        method.client_streaming, method.server_streaming = (name, key) in UPLOADS, streams


if __name__ == "__main__":
    sys.stdout.buffer.write(descriptors().SerializeToString())
