# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images in pods, wherever these are; replaced, and demanded by digest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.images import (
    Replacements,
    images,
    repository,
    unpinned,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.placed import Placed

DIGEST = "@sha256:" + "a" * 64
POD = {
    "initContainers": [{"name": "i", "image": "busybox"}],
    "containers": [{"name": "a", "image": "quay.io/x/a:v1", "env": [{"name": "B", "value": "quay.io/x/a:v1"}]}],
    "ephemeralContainers": [{"name": "e", "image": "quay.io/x/e" + DIGEST}],
    "volumes": [{"name": "v", "image": {"reference": "quay.io/x/v:1"}}, {"name": "w", "emptyDir": {}}],
}


def placed(manifest: dict[str, Any]) -> Placed:
    return Placed(("manifests", 0), {"apiVersion": "x/v1", "metadata": {"name": "n"}, **manifest})


DEPLOYMENT = placed({"kind": "Deployment", "spec": {"template": {"spec": POD}}})
CRON_JOB = placed({"kind": "CronJob", "spec": {"jobTemplate": {"spec": {"template": {"spec": POD}}}}})
CUSTOM = placed({"kind": "Fleet", "spec": {"members": [{"podTemplate": {"spec": POD}}]}})


@pytest.mark.parametrize("thing", [DEPLOYMENT, CRON_JOB, CUSTOM, placed({"kind": "Pod", "spec": POD})])
def test_every_image_that_a_kubelet_would_pull_is_found(thing: Placed) -> None:
    found = [reference for _path, reference in images(thing)]
    assert found == ["busybox", "quay.io/x/a:v1", "quay.io/x/e" + DIGEST, "quay.io/x/v:1"]


def test_a_schema_that_describes_containers_has_no_images() -> None:
    schema = {"properties": {"containers": {"type": "array", "items": {"properties": {"image": {"type": "string"}}}}}}
    assert not list(images(placed({"kind": "CustomResourceDefinition", "spec": {"schema": schema}})))


@pytest.mark.parametrize(
    ("reference", "name"),
    [
        ("busybox", "docker.io/library/busybox"),
        ("busybox:1.36", "docker.io/library/busybox"),
        ("kubeovn/kube-ovn:v1", "docker.io/kubeovn/kube-ovn"),
        ("index.docker.io/kubeovn/kube-ovn", "docker.io/kubeovn/kube-ovn"),
        ("quay.io/kubevirt/virt-api:v1@sha256:0", "quay.io/kubevirt/virt-api"),
        ("mirror:5000/a/b:v1", "mirror:5000/a/b"),
        ("mirror:5000/a", "mirror:5000/a"),
        ("localhost/a", "localhost/a"),
    ],
)
def test_repositories_are_compared_in_full(reference: str, name: str) -> None:
    assert repository(reference) == name


@given(
    st.from_regex(r"\A([a-z]{2,5}(\.[a-z]{2,3}|:[0-9]{2,4})/)?[a-z]{1,5}(/[a-z]{1,5})?\Z"),
    st.from_regex(r"\A[a-z0-9]{1,9}\Z"),
)
def test_tags_and_digests_make_no_difference(name: str, tag: str) -> None:
    assert len({repository(name + suffix) for suffix in ("", f":{tag}", DIGEST, f":{tag}{DIGEST}")}) == 1


def test_images_are_replaced_and_nothing_else_is() -> None:
    new = "mirror.example.net/a" + DIGEST
    changed = Replacements(Given({"quay.io/x/a": new})).apply(DEPLOYMENT).manifest["spec"]["template"]["spec"]
    assert changed == {**POD, "containers": [{**POD["containers"][0], "image": new}]}
    assert POD["containers"][0]["image"] == "quay.io/x/a:v1"


def test_a_short_name_replaces_the_images_of_the_long_one() -> None:
    replaced = Replacements(Given({"busybox": "b" + DIGEST})).apply(
        placed({"kind": "Pod", "spec": {"containers": [{"image": "docker.io/library/busybox:1"}]}})
    )
    assert [reference for _path, reference in images(replaced)] == ["b" + DIGEST]


@pytest.mark.parametrize("reference", ["quay.io/x/a:v2", "quay.io/x/a@sha256:abc", "a b" + DIGEST, ""])
def test_a_replacement_without_a_digest_is_refused(reference: str) -> None:
    with pytest.raises(InvalidInput, match="names no image by digest") as caught:
        Replacements(Given({"quay.io/x/a": reference}, ("images",)))
    assert render(caught.value.path) == 'images["quay.io/x/a"]'


def test_a_replacement_of_nothing_is_found() -> None:
    (finding,) = Replacements(Given({"quay.io/y": "y" + DIGEST, "busybox": "b" + DIGEST})).unused([DEPLOYMENT])
    assert finding.path == ("images", "quay.io/y")
    assert "there are docker.io/library/busybox, quay.io/x/a, quay.io/x/e, quay.io/x/v" in finding.reason


def test_images_without_a_digest_are_found_by_name_and_place() -> None:
    found = {render(finding.path): finding.reason for finding in unpinned([DEPLOYMENT])}
    assert list(found) == [
        "manifests[0].spec.template.spec.initContainers[0].image",
        "manifests[0].spec.template.spec.containers[0].image",
        "manifests[0].spec.template.spec.volumes[0].image.reference",
    ]
    assert "Deployment/n: image quay.io/x/a:v1 has no digest" in found[list(found)[1]]
