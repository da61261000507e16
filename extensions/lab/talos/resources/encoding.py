# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A resource's spec as YAML (what ``talosctl get`` shows) and as Protobuf (what typed clients read)."""

from __future__ import annotations

import base64
import ipaddress
from typing import Any

import yaml
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from .. import wire

#: The namespace of kinds whose YAML is a bare value: the message's one field.
_BARE = "resource.config."


class Term(str):
    """A word of an enumeration or a set of flags, with its number on the wire."""

    number: int

    def __new__(cls, word: str, number: int) -> Term:
        """A word that knows its number."""
        term = super().__new__(cls, word)
        term.number = number
        return term


def to_yaml(spec: Any) -> str:
    """The YAML text."""
    return yaml.safe_dump(_plain(spec), sort_keys=False, default_flow_style=False, allow_unicode=True, width=10**6)


def to_proto(name: str, spec: Any) -> bytes:
    """The serialized message ``name``; its fields' JSON names are the keys of the YAML."""
    message = wire.message(name)()
    if name.startswith(_BARE):
        field = message.DESCRIPTOR.fields[0]
        setattr(message, field.name, spec.number if isinstance(spec, Term) else spec.encode())
    else:
        _fill(message, spec)
    return message.SerializeToString(deterministic=True)


def _fill(message: Message, spec: dict[str, Any]) -> None:
    fields = {field.json_name: field for field in message.DESCRIPTOR.fields}
    for key, value in spec.items():
        field = fields[key]
        if field.is_repeated:
            repeated = getattr(message, field.name)
            for item in value:
                if field.message_type:
                    _fill_one(repeated.add(), item)
                else:
                    repeated.append(_scalar(field, item))
        elif field.message_type:
            _fill_one(getattr(message, field.name), value)
        else:
            setattr(message, field.name, _scalar(field, value))


def _fill_one(message: Any, value: Any) -> None:
    match message.DESCRIPTOR.full_name:
        case "common.NetIP":
            message.ip = ipaddress.ip_address(value).packed
        case "common.NetIPPrefix":
            prefix = ipaddress.ip_interface(value)
            message.ip, message.prefix_length = prefix.ip.packed, prefix.network.prefixlen
        case "common.URL":
            message.full_path = value
        case "common.PEMEncodedCertificate" | "common.PEMEncodedCertificateAndKey":
            for name, encoded in value.items():
                setattr(message, name, base64.b64decode(encoded))
        case _:
            message.SetInParent()
            _fill(message, value)


def _scalar(field: Any, value: Any) -> Any:
    if isinstance(value, Term):
        return value.number
    if field.name == "sensitivity":
        return {"sensitive": 1}[value]
    if field.type == FieldDescriptor.TYPE_BYTES:
        return bytes.fromhex(value.replace(":", ""))
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Term) else value
