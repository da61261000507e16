# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a cluster, a machine and the secrets bundle to the machine's configuration, in the form its contract wants."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding, NfviError, refuse
from . import patch
from .blame import blamed
from .bundle import Bundle
from .check import findings
from .cluster import Cluster, Node
from .disk_selector import wrong
from .documents import Configuration
from .generate_kubernetes import kubernetes_documents, system_documents
from .generate_main import main_document, short_main_document
from .network import network_documents


def generate(cluster: Cluster, node: Node, bundle: Bundle) -> Configuration:
    """The configuration of the machine; raises `InvalidInput` with the place of everything that is wrong: in the patch
    that brought it in, else in the configuration.
    """
    configuration = _generated(cluster, node, bundle)
    for part in (*cluster.patches, *node.patches):
        try:
            configuration = patch.apply(configuration, part, cluster.contract)
        except NfviError as error:
            error.about(f"node {node.name}")
            raise
    refuse(_findings(configuration, cluster, node), object=f"node {node.name}")
    return configuration


def _generated(cluster: Cluster, node: Node, bundle: Bundle) -> Configuration:
    contract = cluster.contract
    if contract.kubernetes_documents:
        refuse(_wrong_selectors(node))
        return Configuration(
            (
                short_main_document(cluster, node, bundle),
                *system_documents(cluster, node, bundle),
                *network_documents(node, contract),
                *kubernetes_documents(cluster, node, bundle),
            )
        )
    if contract.network_documents:
        return Configuration((main_document(cluster, node, bundle), *network_documents(node, contract)))
    return Configuration((main_document(cluster, node, bundle),))


def _findings(configuration: Configuration, cluster: Cluster, node: Node) -> list[Finding]:
    patches = (*cluster.patches, *node.patches)
    return [blamed(found, patches, node.given.path) for found in findings(configuration, cluster.contract)]


def _wrong_selectors(node: Node) -> Iterator[Finding]:
    """From contract 1.14 on a selector has to be made an expression of."""
    for key, value in node.disk_selector.items():
        problem = wrong(key, value)
        if problem:
            yield Finding((*node.given.path, "install_disk_selector", key), problem)
