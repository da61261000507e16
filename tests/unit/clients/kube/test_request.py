# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as they go over the wire."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube import request as ask
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.request import Request, Resource

SUBNET = Resource("kubeovn.io/v1", "Subnet", "subnets", False)
MAP = Resource("v1", "ConfigMap", "configmaps", True)
VM = Resource("subresources.kubevirt.io/v1", "VirtualMachine", "virtualmachines", True)
CM = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "namespace": "ns"}}


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        (ask.get(SUBNET, "ran-up"), "GET /apis/kubeovn.io/v1/subnets/ran-up"),
        (ask.get(MAP, "a", "ns"), "GET /api/v1/namespaces/ns/configmaps/a"),
        (ask.get(SUBNET, "a/../b"), "GET /apis/kubeovn.io/v1/subnets/a%2F..%2Fb"),
        (ask.page(MAP), "GET /api/v1/configmaps"),
        (
            ask.page(MAP, "ns", label_selector="a=b,c", limit=5, continue_="x="),
            "GET /api/v1/namespaces/ns/configmaps?labelSelector=a%3Db%2Cc&limit=5&continue=x%3D",
        ),
        (
            ask.watch(SUBNET, resource_version="7", timeout_seconds=9),
            "GET /apis/kubeovn.io/v1/subnets?watch=1&allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=9",
        ),
        (
            ask.apply(MAP, CM, field_manager="m", force=True, dry_run=True),
            "PATCH /api/v1/namespaces/ns/configmaps/a?fieldManager=m&fieldValidation=Strict&force=true&dryRun=All",
        ),
        (
            ask.create(MAP, CM, field_manager="m"),
            "POST /api/v1/namespaces/ns/configmaps?fieldManager=m&fieldValidation=Strict",
        ),
        (
            ask.replace(MAP, CM, field_manager="m", subresource="status"),
            "PUT /api/v1/namespaces/ns/configmaps/a/status?fieldManager=m&fieldValidation=Strict",
        ),
        (
            ask.call(VM, "vm", "ns", "start", {"paused": True}),
            "PUT /apis/subresources.kubevirt.io/v1/namespaces/ns/virtualmachines/vm/start",
        ),
        (
            ask.logs("p", "ns", container="c", tail_lines=3),
            "GET /api/v1/namespaces/ns/pods/p/log?container=c&tailLines=3",
        ),
    ],
)
def test_request_line(request_: Request, line: str) -> None:
    assert f"{request_.method} {request_.target}" == line


def test_apply_is_sent_as_such_and_named_for_people() -> None:
    request = ask.apply(MAP, CM, field_manager="m", dry_run=True)
    assert (request.content_type, request.body) == ("application/apply-patch+yaml", CM)
    assert (request.doing, request.object) == ("apply (dry run)", "ConfigMap ns/a")


def test_a_verb_takes_any_answer() -> None:
    """virt-api answers 406 to who accepts JSON only: its routes do not say what they produce."""
    assert ask.call(VM, "vm", "ns", "start", {}).accept.split(", ") == ["application/json", "*/*"]
    assert ask.get(MAP, "a", "ns").accept == "application/json"


def test_delete_says_its_conditions_in_the_body() -> None:
    request = ask.delete(SUBNET, "a", uid="u", propagation="Foreground", dry_run=True)
    assert request.body == {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": "Foreground",
        "preconditions": {"uid": "u"},
        "dryRun": ["All"],
    }


def test_only_a_real_post_may_not_be_repeated() -> None:
    assert not ask.create(MAP, CM, field_manager="m").repeatable
    assert ask.create(MAP, CM, field_manager="m", dry_run=True).repeatable
    assert ask.apply(MAP, CM, field_manager="m").repeatable


def test_a_write_of_one_version_is_conditional() -> None:
    bound = {**CM, "metadata": {**CM["metadata"], "resourceVersion": "1"}}  # type: ignore[dict-item]
    assert ask.replace(MAP, bound, field_manager="m").conditional
    assert ask.delete(SUBNET, "a", uid="u").conditional
    assert not ask.apply(MAP, CM, field_manager="m").conditional
