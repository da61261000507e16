# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the Talos side share: a secrets bundle, a cluster and machines."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.cluster import Cluster, Node
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import Configuration
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.generate import generate

START = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
CLUSTER: dict[str, Any] = {
    "name": "edge",
    "endpoint": "https://10.20.30.10:6443",
    "talos_version": "v1.13.0",
    "kubernetes_version": "v1.36.0",
}
NODE: dict[str, Any] = {"name": "e1", "install_disk": "/dev/nvme0n1"}

Generate = Callable[..., Configuration]


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    return bundles.generate(contract_for("v1.13.0"), START)


def cluster(**changes: Any) -> Cluster:
    return Cluster.parse(Given({**CLUSTER, **changes}, ("cluster",)))


def node(**changes: Any) -> Node:
    return Node.parse(Given({**NODE, **changes}, ("nodes", 0)))


@pytest.fixture
def made(bundle: Bundle) -> Generate:
    """A configuration of a machine with the given options over the usual ones; a copy that may be spoilt."""

    def make(of_cluster: dict[str, Any] | None = None, **of_node: Any) -> Configuration:
        return copy.deepcopy(generate(cluster(**(of_cluster or {})), node(**of_node), bundle))

    return make
