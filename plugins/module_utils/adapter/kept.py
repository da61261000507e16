# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an inventory plugin keeps in Ansible's cache: an answer, with the question that it is the answer to."""

from __future__ import annotations

import hashlib
import json
import pathlib
from collections.abc import Mapping
from typing import Any


def question(asked: Mapping[str, Any]) -> str:
    """The options that decide what is found, as one short text that tells no secret."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()


def answer(cache: Any, key: str, asked: str) -> list[dict[str, Any]] | None:
    """The hosts that the cache has, unless they are an answer to something else."""
    try:
        found = cache[key]
    except KeyError:
        return None
    return list(found["hosts"]) if found.get("asked") == asked else None


def keep(cache: Any, key: str, asked: str, hosts: list[dict[str, Any]]) -> None:
    """Put hosts into the cache, as the answer to that question."""
    cache[key] = {"asked": asked, "hosts": hosts}


def protect(cache: Any) -> None:
    """Ansible's file caches let everybody read their files, whose names it may begin with more than a prefix."""
    file_of = getattr(cache._plugin, "_get_cache_file_name", None)
    if file_of is None:
        return
    for key in cache:
        for file in pathlib.Path(file_of(key)).parent.glob(f"*{key}"):
            file.chmod(0o600)
