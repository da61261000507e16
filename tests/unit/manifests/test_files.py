# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives of manifests."""

from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests import files
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.files import File, unpack


def tar(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def test_a_plain_file_is_itself() -> None:
    assert unpack("a.yaml", b"a: 1") == [File("a.yaml", b"a: 1")]


def test_a_gzipped_file_is_expanded() -> None:
    assert unpack("a", gzip.compress(b"a: 1")) == [File("a", b"a: 1")]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_manifests_are_taken_out_of_an_archive_by_name(pack: type[bytes]) -> None:
    archive = tar(**{"./b.yaml": b"b", "c/a.json": b"a", "README.md": b"-", "a.yml": b"c"})
    assert [(file.name, file.content) for file in unpack("x.tgz", pack(archive))] == [
        ("a.yml", b"c"),
        ("b.yaml", b"b"),
        ("c/a.json", b"a"),
    ]


@pytest.mark.parametrize(
    "cut", [gzip.compress(b"a" * 900, mtime=0)[:20], gzip.compress(b"a", mtime=0)[:-8] + b"\0" * 8]
)
def test_a_damaged_archive_is_told(cut: bytes) -> None:
    with pytest.raises(InvalidInput, match=r"x\.tgz: a damaged archive"):
        unpack("x.tgz", cut)


def test_an_archive_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "LARGEST", 1 << 20)
    with pytest.raises(InvalidInput, match="expands to more than 1 MiB"):
        unpack("x.gz", gzip.compress(bytes((1 << 20) + 1)))
