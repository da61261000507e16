# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A one-line notation for Protobuf descriptors.

A message is written as its fields, separated by commas: ``number type name``, with ``*`` behind the type of a
repeated field, ``map<type>`` for a map from strings, ``?`` behind the type of an optional one, and ``|name`` behind
a field that belongs to the oneof ``name``. A type is a scalar, or the full name of a message or enum with a leading
dot; ``#`` marks an enum. ``=key`` behind a field's name is the key that the same field has in a resource's YAML form
(kept as the field's JSON name); without it the key is the name in lowerCamelCase.

    "1 string hostname, 3 .google.rpc.Status status, 2 string* addresses, 4 #.x.Mode mode"
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from google.protobuf import descriptor_pb2 as pb

Field = pb.FieldDescriptorProto
_SCALARS = {
    "double": Field.TYPE_DOUBLE,
    "int64": Field.TYPE_INT64,
    "uint64": Field.TYPE_UINT64,
    "int32": Field.TYPE_INT32,
    "bool": Field.TYPE_BOOL,
    "string": Field.TYPE_STRING,
    "bytes": Field.TYPE_BYTES,
    "uint32": Field.TYPE_UINT32,
}


@dataclass(frozen=True)
class File:
    """One ``.proto`` file's worth of definitions: everything in one package, names relative to it."""

    path: str
    package: str
    imports: tuple[str, ...] = ()
    enums: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)

    def descriptor(self) -> pb.FileDescriptorProto:
        """The file as Protobuf describes it; raises ``ValueError`` for a line that is not in the notation."""
        file = pb.FileDescriptorProto(name=self.path, package=self.package, dependency=self.imports, syntax="proto3")
        parents: dict[str, pb.DescriptorProto] = {}
        for name, fields in self.messages.items():
            owner, _dot, short = name.rpartition(".")
            message = (parents[owner].nested_type if owner else file.message_type).add(name=short)
            parents[name] = message
            _add_fields(message, fields, f".{self.package}.{name}")
        for name, values in self.enums.items():
            owner, _dot, short = name.rpartition(".")
            enum = (parents[owner].enum_type if owner else file.enum_type).add(name=short)
            for value in _split(values):
                number, label = value.split()
                enum.value.add(name=label, number=int(number))
        for name, methods in self.services.items():
            _add_methods(file.service.add(name=name), methods)
        return file


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _add_fields(message: pb.DescriptorProto, fields: str, full_name: str) -> None:
    for text in _split(fields):
        number, type_name, name = text.split(maxsplit=2)
        name, _bar, oneof = name.partition("|")
        name, _equals, key = name.partition("=")
        added = message.field.add(
            name=name, number=int(number), label=Field.LABEL_OPTIONAL, json_name=key or _camel(name)
        )
        if type_name.endswith("*"):
            added.label = Field.LABEL_REPEATED
        if type_name.startswith("map<"):
            type_name = _add_map_entry(message, name, type_name[4:-1], full_name)
            added.label = Field.LABEL_REPEATED
        _set_type(added, type_name.rstrip("*?"))
        if oneof or type_name.endswith("?"):
            _set_oneof(message, added, oneof or f"_{name}", proto3_optional=not oneof)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _add_map_entry(message: pb.DescriptorProto, name: str, value_type: str, full_name: str) -> str:
    entry = message.nested_type.add(name="".join(part.capitalize() for part in name.split("_")) + "Entry")
    entry.options.map_entry = True
    for number, part, type_name in ((1, "key", "string"), (2, "value", value_type)):
        _set_type(entry.field.add(name=part, number=number, label=Field.LABEL_OPTIONAL, json_name=part), type_name)
    return f"{full_name}.{entry.name}"


def _set_type(added: pb.FieldDescriptorProto, type_name: str) -> None:
    if type_name in _SCALARS:
        added.type = _SCALARS[type_name]
    elif type_name.startswith(("#.", ".")):
        added.type = Field.TYPE_ENUM if type_name[0] == "#" else Field.TYPE_MESSAGE
        added.type_name = type_name.lstrip("#")
    else:
        raise ValueError(f"unknown type {type_name!r} of field {added.name}")


def _set_oneof(message: pb.DescriptorProto, added: pb.FieldDescriptorProto, oneof: str, proto3_optional: bool) -> None:
    names = [declared.name for declared in message.oneof_decl]
    if oneof not in names:
        message.oneof_decl.add(name=oneof)
        names.append(oneof)
    added.oneof_index = names.index(oneof)
    added.proto3_optional = proto3_optional


def _add_methods(service: pb.ServiceDescriptorProto, methods: str) -> None:
    """``Name(.in) .out`` with ``stream`` before a streamed side, separated by commas."""
    for text in _split(methods):
        name, rest = text.split("(", 1)
        given, returned = (side.strip() for side in rest.split(")", 1))
        service.method.add(
            name=name.strip(),
            input_type=given.removeprefix("stream "),
            output_type=returned.removeprefix("stream "),
            client_streaming=given.startswith("stream "),
            server_streaming=returned.startswith("stream "),
        )
