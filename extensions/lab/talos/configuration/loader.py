# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads the bytes of a machine configuration into documents, or says what Talos' loader would (config/configloader)."""

from __future__ import annotations

import re
from typing import Any

import yaml

from . import schema, schema_documents
from .errors import ConfigurationError
from .model import Configuration

#: libyaml's parser where PyYAML has it: a configuration takes it milliseconds, in which nothing else on the loop runs.
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LEGACY_KEYS = ("machine", "cluster", "debug", "persist")


def load(data: bytes) -> Configuration:
    """All documents of ``data``; raises ``ConfigurationError``. Validation is another matter (`validation`)."""
    documents: list[dict[str, Any]] = []
    seen: set[tuple[str, str, str]] = set()
    for node in _nodes(data):
        identity = _identity(node)
        label, line = "/".join(identity), node.start_mark.line + 1
        if identity in seen:
            raise ConfigurationError(f"duplicate document {label} is not allowed (line {line})")
        seen.add(identity)
        try:
            documents.append(_document(node))
        except ConfigurationError as problem:
            raise ConfigurationError(f"error decoding document {label} (line {line}): {problem}") from problem
    if not documents:
        raise ConfigurationError("config not found")
    return Configuration(data, tuple(documents))


def _nodes(data: bytes) -> list[yaml.MappingNode]:
    try:
        nodes = [node for node in yaml.compose_all(data, Loader=_LOADER) if not _is_null(node)]
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise ConfigurationError(f"decode error: {_yaml_words(problem)}") from problem
    return [_mapping(node) for node in nodes]


def _mapping(node: yaml.Node) -> yaml.MappingNode:
    if not isinstance(node, yaml.MappingNode):
        raise ConfigurationError(f"expected a YAML document at line {node.start_mark.line + 1}")
    return node


def _is_null(node: yaml.Node | None) -> bool:
    return node is None or node.tag == "tag:yaml.org,2002:null"


def _yaml_words(problem: Exception) -> str:
    """Go's YAML library says what it was doing, the line and the problem; so does PyYAML, less tersely."""
    mark = getattr(problem, "problem_mark", None)
    if mark is None:
        return f"yaml: {problem}"
    doing = getattr(problem, "context", None) or "while parsing"
    found = re.sub(r"character '.*' that", "character that", str(getattr(problem, "problem", "")))
    return f"yaml: {doing} at line {mark.line + 1}: {found}"


def _identity(node: yaml.MappingNode) -> tuple[str, str, str]:
    """apiVersion, kind and name as Talos tells documents apart; the legacy document has kind v1alpha1."""
    values = {key.value: item.value for key, item in node.value if isinstance(item, yaml.ScalarNode)}
    return values.get("apiVersion", ""), values.get("kind") or "v1alpha1", values.get("name", "")


def _document(node: yaml.MappingNode) -> dict[str, Any]:
    kind = _kind(node)
    type_name = "Config" if kind == "v1alpha1" else kind
    head = {} if kind == "v1alpha1" else {"apiVersion": "str", "kind": "str"}
    body = yaml.MappingNode(node.tag, [pair for pair in node.value if pair[0].value not in head], node.start_mark)
    reading = schema.Reading()
    value = reading.value(body, type_name)
    if reading.problems:
        listed = "".join(f"\n  {problem}" for problem in reading.problems)
        shown, go_type = ("", "v1alpha1.Config") if kind == "v1alpha1" else (kind, f"{_package(kind)}.{kind}V1Alpha1")
        raise ConfigurationError(f"error decoding {shown} to *{go_type}: yaml: construct errors:{listed}")
    unknown = schema.unknown_keys(body, type_name)
    if unknown:
        shown = yaml.serialize(unknown, Dumper=yaml.SafeDumper, indent=4)
        raise ConfigurationError(f"unknown keys found during decoding:\n{shown}")
    return {**({} if kind == "v1alpha1" else {"apiVersion": "v1alpha1", "kind": kind}), **value}


def _package(kind: str) -> str:
    """The Go package of a document's type, by the words its fields are made of."""
    if "Volume" in kind or kind.startswith("Zswap"):
        return "block"
    return "cri" if kind.startswith("Registry") else "network"


def _kind(node: yaml.MappingNode) -> str:
    """The document's kind; raises ``ConfigurationError`` for one that contract 1.13 does not have."""
    values = {key.value: schema.construct(item) for key, item in node.value}
    kind, version = values.get("kind") or "", values.get("apiVersion") or ""
    if any(key in values for key in _LEGACY_KEYS):
        version = "v1alpha1"
    if version == "v1alpha1" and not kind:
        return "v1alpha1"
    if not kind:
        raise ConfigurationError("missing kind")
    if not version:
        raise ConfigurationError("missing apiVersion")
    if version != "v1alpha1" or kind not in schema_documents.DOCUMENTS:
        raise ConfigurationError(f'"{kind}" "{version}": not registered')
    return str(kind)
