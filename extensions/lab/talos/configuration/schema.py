# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads YAML nodes as typed configuration: what a field may hold, and which keys exist.

Scalars of the tables: ``str`` and ``text`` (any scalar), ``int``, ``bool``, ``duration`` (Go's, e.g. 1h30m, or
nanoseconds), ``url``, ``base64``, ``ip``, ``prefix`` (address/length), ``arg`` (text or a list of texts), ``object``
(any mapping), ``any``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from . import schema_documents, schema_v1alpha1

_DURATION = re.compile(r"[-+]?(\d+(\.\d*)?(ns|us|µs|ms|s|m|h))+|0")
_OCTAL = re.compile(r"0o[0-7]+")
_TAG = "tag:yaml.org,2002:"
_GO_TYPES = {
    "str": "string",
    "text": "string",
    "int": "int",
    "bool": "bool",
    "duration": "time.Duration",
    "url": "string",
    "base64": "string",
    "ip": "netip.Addr",
    "prefix": "netip.Prefix",
}
_GO_STRUCTS = {
    "PEMPair": r'struct { Crt string "yaml:\"crt\""; Key string "yaml:\"key\"" }',
    "PEMCertificate": r'struct { Crt string "yaml:\"crt\"" }',
    "PEMKey": r'struct { Key string "yaml:\"key\"" }',
}


@cache
def fields(type_name: str) -> Mapping[str, str]:
    """Key to type of a type in the tables."""
    for table in (schema_v1alpha1.TYPES, schema_documents.DOCUMENTS, schema_documents.TYPES):
        if type_name in table:
            pairs = (entry.split() for entry in table[type_name].split(", ") if entry)
            return {key: kind for kind, key in pairs}
    raise KeyError(type_name)


@dataclass
class Reading:
    """One document being read: what did not fit (with its line), as Talos' YAML decoder words it."""

    problems: list[str] = field(default_factory=list)

    def value(self, node: yaml.Node, kind: str) -> Any:
        """The node's plain value if it is of type ``kind``; otherwise None, and a problem more."""
        if node.tag == _TAG + "null" or kind == "any":
            return construct(node)
        if kind[0] == "*":
            return self._list(node, kind[1:])
        if kind[0] == "%":
            return self._map(node, kind[1:])
        if kind == "object":
            return (
                construct(node) if isinstance(node, yaml.MappingNode) else self._refuse(node, "v1alpha1.Unstructured")
            )
        if kind == "arg":
            return self._list(node, "str") if isinstance(node, yaml.SequenceNode) else self._scalar(node, "str")
        return self._scalar(node, kind) if kind in _GO_TYPES else self._struct(node, kind)

    def _list(self, node: yaml.Node, kind: str) -> Any:
        if not isinstance(node, yaml.SequenceNode):
            return self._refuse(node, f"[]{_go_type(kind)}")
        return [self.value(item, kind) for item in node.value]

    def _map(self, node: yaml.Node, kind: str) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._refuse(node, f"map[string]{_go_type(kind)}")
        return {key.value: self.value(item, kind) for key, item in node.value}

    def _struct(self, node: yaml.Node, kind: str) -> Any:
        if not isinstance(node, yaml.MappingNode):
            return self._refuse(node, _go_type(kind))
        known = fields(kind)
        return {key.value: self.value(item, known[key.value]) for key, item in node.value if key.value in known}

    def _scalar(self, node: yaml.Node, kind: str) -> Any:
        if not isinstance(node, yaml.ScalarNode):
            return self._refuse(node, _GO_TYPES[kind])
        tag = node.tag.removeprefix(_TAG)
        if kind == "int":
            fits = tag == "int" or _OCTAL.fullmatch(node.value)
            return construct(node) if fits else self._refuse(node, "int")
        if kind == "bool":
            return construct(node) if tag == "bool" else self._refuse(node, "bool")
        if kind == "duration" and not (tag == "int" or _DURATION.fullmatch(node.value)):
            return self._refuse(node, "time.Duration")
        wrong = _PARSERS[kind](node.value) if kind in _PARSERS and node.value else None
        if wrong:
            self.problems.append(f"line {node.start_mark.line + 1}: {wrong}")
        return node.value

    def _refuse(self, node: yaml.Node, go_type: str) -> None:
        tag = "!!" + node.tag.removeprefix(_TAG)
        shown = f" `{node.value}`" if isinstance(node, yaml.ScalarNode) else ""
        self.problems.append(f"line {node.start_mark.line + 1}: cannot construct {tag}{shown} into {go_type}")


def unknown_keys(node: yaml.Node, kind: str) -> yaml.Node | None:
    """The part of a node that the tables do not know, from the document's root down to the unknown keys, or None."""
    if kind[0] == "*" and isinstance(node, yaml.SequenceNode):
        items = [found for item in node.value if (found := unknown_keys(item, kind[1:]))]
        return yaml.SequenceNode(node.tag, items, flow_style=node.flow_style) if items else None
    if not isinstance(node, yaml.MappingNode) or kind in ("object", "any", "arg"):
        return None
    known = dict.fromkeys((key.value for key, _value in node.value), kind[1:]) if kind[0] == "%" else fields(kind)
    pairs = [(key, unknown_keys(item, known[key.value]) if key.value in known else item) for key, item in node.value]
    found_pairs = sorted(((key, item) for key, item in pairs if item), key=lambda pair: str(pair[0].value))
    return yaml.MappingNode(node.tag, found_pairs, flow_style=node.flow_style) if found_pairs else None


def construct(node: yaml.Node) -> Any:
    """A node's value without a schema, as YAML's core types."""
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _wrong_url(text: str) -> str | None:
    first, colon, _rest = text.partition("/")[0].partition(":")
    if colon and not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", first):
        return f'parse "{text}": first path segment in URL cannot contain colon'
    return None


def _wrong_base64(text: str) -> str | None:
    valid = re.match(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", re.sub(r"[\r\n]", "", text))
    end = valid.end() if valid else 0
    return None if end == len(re.sub(r"[\r\n]", "", text)) else f"illegal base64 data at input byte {end}"


def _wrong_address(text: str) -> str | None:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return f'ParseAddr("{text}"): unable to parse IP'
    return None


def _wrong_prefix(text: str) -> str | None:
    address, slash, length = text.partition("/")
    if not slash:
        return f"netip.ParsePrefix(\"{text}\"): no '/'"
    if _wrong_address(address):
        return f'netip.ParsePrefix("{text}"): {_wrong_address(address)}'
    wide = ipaddress.ip_address(address).max_prefixlen
    return (
        None if length.isdigit() and int(length) <= wide else f'netip.ParsePrefix("{text}"): prefix length out of range'
    )


_PARSERS = {"url": _wrong_url, "base64": _wrong_base64, "ip": _wrong_address, "prefix": _wrong_prefix}


def _go_type(kind: str) -> str:
    if kind[0] == "*":
        return "[]" + _go_type(kind[1:])
    if kind in _GO_TYPES or kind in _GO_STRUCTS:
        return _GO_TYPES.get(kind) or _GO_STRUCTS[kind]
    for prefix, package in (("Net", "network"), ("Block", "block"), ("Cri", "cri")):
        if kind in schema_documents.TYPES and kind.startswith(prefix):
            return f"{package}.{kind.removeprefix(prefix)}"
    return f"v1alpha1.{kind}"
