# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Manifests from files and URLs, their images pinned."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.manifests import name_of, pinned, read


def from_nowhere(_url: str) -> bytes:
    raise AssertionError("nothing was to be fetched")


def test_objects_come_in_order_and_lists_are_taken_apart(tmp_path: Path) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(
        "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n---\napiVersion: v1\nkind: List\n"
        "items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: b}}]\n"
    )
    assert [thing["metadata"]["name"] for thing in read(str(file), from_nowhere)] == ["a", "b"]


def test_a_url_is_fetched() -> None:
    assert (
        read("https://x/y", lambda url: f"{{apiVersion: v1, kind: A, url: '{url}'}}".encode())[0]["url"]
        == "https://x/y"
    )


def refuse(_url: str) -> bytes:
    raise TimeoutError("timed out")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a: [", "is not YAML"), ("kind: A\n---\nkind: A\napiVersion: v1\n", "document 1 is not a Kubernetes object")],
)
def test_what_is_no_manifest_is_refused_by_name(tmp_path: Path, text: str, expected: str) -> None:
    file = tmp_path / "m.yaml"
    file.write_text(text)
    with pytest.raises(InvalidInput, match=f"m.yaml: {expected}"):
        read(str(file), from_nowhere)


def test_what_cannot_be_read_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none.yaml: No such file"):
        read(str(tmp_path / "none.yaml"), from_nowhere)
    with pytest.raises(InvalidInput, match="https://x/y: timed out"):
        read("https://x/y", refuse)


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ("nginx", "nginx"),
        ("docker.io/kubeovn/kube-ovn:v1.16.2", "docker.io/kubeovn/kube-ovn"),
        ("registry:5000/a/b:v1@sha256:00", "registry:5000/a/b"),
        ("registry:5000/a/b", "registry:5000/a/b"),
    ],
)
def test_an_image_has_a_name(image: str, name: str) -> None:
    assert name_of(image) == name


def test_images_are_pinned_wherever_they_stand() -> None:
    thing = {
        "spec": {"containers": [{"name": "image", "image": "a/b:v1"}, {"image": "a/bc:v1"}], "image": {"image": "a/b"}}
    }
    by_digest = pinned(thing, {"a/b": "a/b@sha256:1"})
    assert by_digest == {
        "spec": {
            "containers": [{"name": "image", "image": "a/b@sha256:1"}, {"image": "a/bc:v1"}],
            "image": {"image": "a/b@sha256:1"},
        }
    }
