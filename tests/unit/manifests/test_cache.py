# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was downloaded before."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.http.cache import Cache, sha256

URL = "https://mirror.example.net/a.yaml"


def test_what_was_kept_is_found_by_its_digest_and_read_by_its_owner_only(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "a" / "b")
    cache.keep(b"one")
    assert cache.find(sha256(b"one")) == b"one"
    assert cache.find(sha256(b"two")) is None
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "a" / "b").iterdir()} == {0o600}


def test_what_was_damaged_is_not_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.keep(b"one")
    cache.tag(URL, '"1"', b"one")
    next(tmp_path.glob("sha256-*")).write_bytes(b"two")
    assert cache.find(sha256(b"one")) is None
    assert cache.tagged(URL) is None


def test_an_entity_tag_leads_to_what_it_stands_for(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    assert cache.tagged(URL) is None
    cache.keep(b"one")
    cache.tag(URL, "", b"one")
    assert cache.tagged(URL) is None
    cache.tag(URL, '"1"', b"one")
    assert cache.tagged(URL) == ('"1"', b"one")


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"etag": 1}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, content: bytes) -> None:
    cache = Cache(tmp_path)
    cache.tag(URL, '"1"', b"one")
    next(tmp_path.glob("url-*")).write_bytes(content)
    assert cache.tagged(URL) is None


def test_a_cache_that_cannot_be_written_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "below")
    cache.keep(b"one")
    assert cache.find(sha256(b"one")) is None
