# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a component may come from, as its user writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.http.cache import Cache, sha256
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.http.reference import Reference
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.http.session import Session
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.component.reader import Reader, chart_file
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.component.source import Source

A, B = "a" * 64, "b" * 64


def parse(value: Any) -> Source:
    return Source.parse(Given(value, ("manifests", 0)))


@pytest.mark.parametrize(
    ("value", "place", "digest"),
    [
        ("kube-ovn.yaml", "kube-ovn.yaml", ""),
        ({"source": "/a/b", "sha256": A}, "/a/b", A),
        ({"source": "/a/b", "sha256": None}, "/a/b", ""),
        ("https://mirror.example.net/a.yaml", "https://mirror.example.net/a.yaml", ""),
        (f"oci://mirror.example.net/a/b@sha256:{A}", f"oci://mirror.example.net/a/b@sha256:{A}", A),
        ({"source": "oci://mirror.example.net/a/b:v1", "sha256": B}, "oci://mirror.example.net/a/b:v1", B),
    ],
)
def test_sources(value: Any, place: str, digest: str) -> None:
    assert parse(value) == Source(place, digest, ("manifests", 0))


@pytest.mark.parametrize(
    ("value", "where", "told"),
    [
        ("http://mirror.example.net/a.yaml", "manifests[0]", "neither a path nor an https URL"),
        ({"source": "ftp://mirror.example.net/a.yaml"}, "manifests[0].source", "neither a path nor an https URL"),
        ("https:///a.yaml", "manifests[0]", "neither a path nor an https URL"),
        ("https://me:hunter2@mirror.example.net/a", "manifests[0]", "no user name and password in a URL"),
        ({"source": "a", "sha256": "abc"}, "manifests[0].sha256", "is not 64 hexadecimal digits"),
        ({"source": "a", "sha265": A}, "manifests[0].sha265", "unknown key"),
        ({"sha256": A}, "manifests[0].source", "is required"),
        (3, "manifests[0]", "a mapping is expected"),
        ("oci://mirror.example.net/A/b", "manifests[0]", "is no reference"),
        ({"source": "oci://mirror.example.net", "sha256": A}, "manifests[0].source", "is no reference"),
    ],
)
def test_sources_that_are_none(value: Any, where: str, told: str) -> None:
    with pytest.raises(InvalidInput, match=told) as caught:
        parse(value)
    assert render(caught.value.path) == where
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("oci://quay.io/a/b:v1", "https://quay.io/v2/a/b/manifests/v1"),
        ("oci://quay.io/a", "https://quay.io/v2/a/manifests/latest"),
        ("oci://docker.io/a/b:v1", "https://registry-1.docker.io/v2/a/b/manifests/v1"),
        ("oci://127.0.0.9:5000/a:v1", "http://127.0.0.9:5000/v2/a/manifests/v1"),
        ("oci://[::1]:5000/a:v1", "http://[::1]:5000/v2/a/manifests/v1"),
        ("oci://localhost/a:v1", "http://localhost/v2/a/manifests/v1"),
        ("oci://127.example.net/a:v1", "https://127.example.net/v2/a/manifests/v1"),
    ],
)
def test_tls_is_left_out_on_this_machine_only(text: str, url: str) -> None:
    reference = Reference.parse(text)
    assert reference.url("manifests", reference.tag) == url


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    return Reader(Session(), lambda _line: None, Cache(tmp_path / "cache"))


def refused(reader: Reader, source: Source) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        reader.manifests(source)
    return caught.value


def test_a_folder_is_its_manifests_and_not_those_below(tmp_path: Path, reader: Reader) -> None:
    folder = tmp_path / "m"
    (folder / "below.yaml").mkdir(parents=True)
    for name in ("b.yaml", "a.yml", "c.json", "d.txt"):
        (folder / name).write_text(name)
    files, digest = reader.manifests(Source(str(folder)))
    assert ([file.name for file in files], digest) == (["a.yml", "b.yaml", "c.json"], "")
    assert "a folder has no SHA-256" in str(refused(reader, Source(str(folder), A)))


def test_a_file_that_is_not_there_is_told_with_its_place(reader: Reader) -> None:
    error = refused(reader, Source("/nowhere/a.yaml", path=("manifests", 0)))
    assert str(error) == "/nowhere/a.yaml: manifests[0]: No such file or directory"


def test_another_digest_is_refused(tmp_path: Path, reader: Reader) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\n")
    right = sha256(b"a: 1\n")
    assert reader.manifests(Source(str(tmp_path / "a.yaml"), right))[1] == right
    assert f"its SHA-256 is {right}, not {A}" in str(refused(reader, Source(str(tmp_path / "a.yaml"), A)))


def test_a_folder_is_no_archive_of_a_chart(tmp_path: Path, reader: Reader) -> None:
    with pytest.raises(InvalidInput, match="is not a chart"):
        chart_file(reader.read(Source(str(tmp_path))))
