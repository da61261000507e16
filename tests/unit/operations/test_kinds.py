# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of kinds against upstream's own CRDs: every kind has a row, and no row speaks of what is not there."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY

UPSTREAM = Path(os.environ.get("NFVI_UPSTREAM_CRDS", Path(__file__).parents[4] / "shared" / "crds"))
# What every object has, whatever its schema says.
ALWAYS = {"apiVersion": {}, "kind": {}, "metadata": {}}


@functools.cache
def crds() -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """The CRDs of each group and kind: one for every release that is at hand."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for file in sorted(UPSTREAM.glob("*/**/*.yaml")):
        for each in yaml.load_all(file.read_text(), Loader=yaml.CSafeLoader):
            if each and each.get("kind") == "CustomResourceDefinition":
                found.setdefault((each["spec"]["group"], each["spec"]["names"]["kind"]), []).append(each)
    return found


def served(crd: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (version for version in crd["spec"]["versions"] if version["served"])


def schemas(group: str, kind: str) -> list[dict[str, Any]]:
    return [version["schema"]["openAPIV3Schema"] for crd in crds()[group, kind] for version in served(crd)]


KINDS = sorted(crds()) if UPSTREAM.is_dir() else []
ROWS = [row for row in REGISTRY.all() if (row.group, row.kind) in KINDS]


def named(value: Any) -> str:
    return value.kind if hasattr(value, "kind") else " ".join(value)


@pytest.mark.parametrize("known", KINDS, ids=named)
def test_every_kind_of_upstream_has_a_row_in_every_version_that_is_served(known: tuple[str, str]) -> None:
    group, kind = known
    for crd in crds()[known]:
        for version in served(crd):
            row = REGISTRY.find(f"{group}/{version['name']}", kind)
            assert row is not None, f"{kind} in {group}/{version['name']} is in no table"
            assert (row.plural, row.namespaced) == (
                crd["spec"]["names"]["plural"],
                crd["spec"]["scope"] == "Namespaced",
            )


def declared(schema: dict[str, Any], path: tuple[Any, ...]) -> bool:
    """Whether the schema has that field; below what it leaves open, everything is there."""
    for number, step in enumerate(path):
        if schema.get("x-kubernetes-preserve-unknown-fields") or (number and path[0] == "metadata"):
            return True
        fields = {**schema.get("properties", {}), **(ALWAYS if not number else {})}
        if schema.get("type") == "array":
            schema = schema["items"]
        elif step in fields:
            schema = fields[step]
        elif isinstance(schema.get("additionalProperties"), dict):
            schema = schema["additionalProperties"]
        else:
            return step == "*" and "additionalProperties" in schema
        if schema.get("type") == "object" and not schema.get("properties") and "additionalProperties" not in schema:
            return True
    return True


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_no_row_names_a_path_that_no_schema_has(row: Any) -> None:
    paths = [each.path for each in (*row.refers_to, *row.immutable)] + list(row.sensitive)
    known = schemas(row.group, row.kind)
    assert [render(path) for path in paths if not any(declared(schema, path) for schema in known)] == []


class Watched(dict[str, Any]):
    """A part of an object that notes what is looked for in it."""

    def __init__(self, content: Mapping[str, Any], at: tuple[Any, ...], seen: set[tuple[Any, ...]]) -> None:
        super().__init__({key: watched(value, (*at, key), seen) for key, value in content.items()})
        self._at, self._seen = at, seen

    def __contains__(self, key: object) -> bool:
        self._seen.add((*self._at, key))
        return super().__contains__(key)

    def __getitem__(self, key: str) -> Any:
        self._seen.add((*self._at, key))
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        self._seen.add((*self._at, key))
        return super().get(key, default)


def watched(value: Any, at: tuple[Any, ...], seen: set[tuple[Any, ...]]) -> Any:
    if isinstance(value, Mapping):
        return Watched(value, at, seen)
    return [watched(each, (*at, "*"), seen) for each in value] if isinstance(value, list) else value


def example(schema: dict[str, Any], truth: bool, depth: int = 9) -> Any:
    """An object with everything in it that the schema has: flags are ``truth``, texts and numbers say little."""
    kind = schema.get("type")
    if depth and kind == "array":
        return [example(schema["items"], truth, depth - 1)]
    if depth and (kind == "object" or "properties" in schema):
        return {name: example(each, truth, depth - 1) for name, each in schema.get("properties", {}).items()}
    plain = {"boolean": truth, "integer": int(truth), "number": int(truth), "array": [], "object": {}}
    return plain.get(str(kind), schema.get("enum", ["1" if truth else ""])[0])


def looked_for(row: Any, live: Mapping[str, Any]) -> set[tuple[Any, ...]]:
    """The fields that the row's rules look for in an object."""
    seen: set[tuple[Any, ...]] = set()
    found = Watched({**live, "metadata": {"name": "n", "namespace": "s", "generation": 1}}, (), seen)
    for judge in row.ready:
        judge(found)
    for check in row.checks:
        list(check(found))
    for reference in row.refers_to:
        list(reference.names(found))
    return seen


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_no_rule_looks_for_a_field_that_no_schema_has(row: Any) -> None:
    known = schemas(row.group, row.kind)
    examples = [example(schema, truth) for schema in known for truth in (True, False)]
    looked = set().union(*(looked_for(row, each) for each in examples))
    unknown = [path for path in looked if not any(declared(schema, path) for schema in known)]
    assert sorted(map(render, unknown)) == []


def test_what_another_version_is_called_has_the_same_row() -> None:
    older, row = (
        REGISTRY.find("kubevirt.io/v1alpha3", "VirtualMachine"),
        REGISTRY.find("kubevirt.io/v1", "VirtualMachine"),
    )
    assert older is not None
    assert row is not None
    assert (older.api_version, older.ready) == ("kubevirt.io/v1alpha3", row.ready)
    assert older not in list(REGISTRY.all())
