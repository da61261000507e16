# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The manifests of a component: read from files and URLs, their images pinned by the release."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ..core import yaml_text
from ..core.error import InvalidInput
from ..core.path import Json

Fetch = Callable[[str], bytes]


def read(place: str, fetch: Fetch) -> list[Json]:
    """Every object of a manifest file, or of what ``fetch`` gets for an https URL; Lists are taken apart.

    Raises `InvalidInput` naming the place when it cannot be read, is not YAML or holds something that is no object.
    """
    try:
        raw = fetch(place) if "://" in place else pathlib.Path(place).read_bytes()
        documents = [found for found in yaml_text.load_all(raw.decode(), object=place) if found is not None]
    except OSError as exc:
        raise InvalidInput(f"{place}: {exc.strerror or exc}") from exc
    return [
        thing for number, found in enumerate(documents) for thing in _objects(found, f"{place}: document {number + 1}")
    ]


def pinned(thing: Json, images: Mapping[str, str]) -> Json:
    """The object with every container image replaced whose name (without tag and digest) is a key of ``images``."""
    if isinstance(thing, Mapping):
        return {key: _image(item, images) if key == "image" else pinned(item, images) for key, item in thing.items()}
    if isinstance(thing, list):
        return [pinned(item, images) for item in thing]
    return thing


def name_of(image: str) -> str:
    """``registry:5000/a/b:v1@sha256:…`` → ``registry:5000/a/b``."""
    name = image.partition("@")[0]
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(":")[0]


def _image(value: Json, images: Mapping[str, str]) -> Any:
    return images.get(name_of(value), value) if isinstance(value, str) else pinned(value, images)


def _objects(found: Json, where: str) -> Iterator[Json]:
    if not isinstance(found, Mapping) or not found.get("kind") or not found.get("apiVersion"):
        raise InvalidInput(f"{where} is not a Kubernetes object: it has no apiVersion and kind")
    if str(found["kind"]).endswith("List") and "items" in found:
        for item in found["items"]:
            yield from _objects(item, where)
    else:
        yield found
