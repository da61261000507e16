# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What images are called, which of them are missing, and how machines before 1.13 are asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from grpclib.const import Status
from grpclib.exceptions import GRPCError

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import wire
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.client import MAINTENANCE, Peer, TalosClient
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.connection import Connection
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos.transport import Target
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_image import Wanted, plan_images
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_image_names import Image

from .server import Node, server_certificate

DIGEST = "sha256:" + "0a" * 32
NODE = "10.0.0.1"


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.29", "docker.io/library/nginx:1.29"),
        ("virt/api:v1", "docker.io/virt/api:v1"),
        ("registry.k8s.io/pause:3.10", "registry.k8s.io/pause:3.10"),
        ("registry.example.net:5000/a/b", "registry.example.net:5000/a/b:latest"),
        ("localhost/a:1", "localhost/a:1"),
        (f"ghcr.io/a/b@{DIGEST}", f"ghcr.io/a/b@{DIGEST}"),
        (f"ghcr.io/a/b:v1@{DIGEST}", f"ghcr.io/a/b@{DIGEST}"),
    ],
)
def test_a_reference_in_full(given: str, full: str) -> None:
    assert str(Image.parse(Given(given))) == full


@pytest.mark.parametrize(
    "given", ["", "a b", "a:1:2", "a@sha256:12", "docker.io/A", "https://a/b", "a/", "a:", f"sha256:@{DIGEST}"]
)
def test_what_is_no_reference_is_refused_at_its_place(given: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted.parse(Given({"images": ["nginx", given]}))
    assert caught.value.path == ("images", 1)


def test_an_image_that_is_named_twice_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted.parse(Given({"images": ["nginx", "docker.io/library/nginx:latest"]}))
    assert caught.value.path == ("images", 1)


def test_only_what_is_missing_is_pulled() -> None:
    wanted = Wanted.parse(Given({"images": ["nginx:1", f"ghcr.io/a/b:v1@{DIGEST}", "nginx:2"]}))
    there = {"docker.io/library/nginx:1": {}, f"ghcr.io/a/b@{DIGEST}": {}, "nginx:2": {}}
    changes = [str(change) for change in plan_images(wanted, NODE, there).values()]
    assert changes == ["pull image docker.io/library/nginx:2 on node 10.0.0.1"]
    assert len(plan_images(wanted, NODE, None)) == 3


def test_a_machine_before_1_13_is_asked_in_the_older_way(tmp_path: Path) -> None:
    asked: list[Any] = []

    def unknown(_request: Any) -> Any:
        raise GRPCError(Status.UNIMPLEMENTED, "unknown service machine.ImageService")

    def listed(request: Any) -> Any:
        asked.append(request.namespace)
        return [wire.message("machine.ImageListResponse")(name="a:1", digest="d", size=7)]

    def pulled(request: Any) -> Any:
        asked.append((request.namespace, request.reference))
        return wire.message("machine.ImagePullResponse")(messages=[{}])

    machine = "machine.MachineService"
    answers = {(machine, "ImageList"): listed, (machine, "ImagePull"): pulled}
    answers |= {("machine.ImageService", name): unknown for name in ("List", "Pull")}
    node = Node(tmp_path, server_certificate(None, MAINTENANCE), None, answers)

    async def both(connection: Connection, _maintenance: bool) -> Any:
        await connection.image_pull("NS_CRI", "a:1", 5.0)
        return await connection.images("NS_SYSTEM")

    try:
        found = TalosClient(None).one(Peer(Target("127.0.0.1", node.port)), both)
    finally:
        node.close()
    assert found == [{"name": "a:1", "digest": "d", "size": 7}]
    assert asked == [(2, "a:1"), 1]
