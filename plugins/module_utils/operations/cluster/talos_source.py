# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machine configurations of a cluster are generated from: its secrets, what all have in common, its nodes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...clients.talos import certificates
from ...core.error import Finding, NotFound, refuse
from ...core.given import Given
from ...resources.machine_config import bundle
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.cluster import Cluster, Node
from ...resources.machine_config.contract import Contract
from ...resources.machine_config.documents import Configuration
from ...resources.machine_config.generate import generate
from . import talos_files as files


@dataclass(frozen=True)
class Source:
    """One cluster's source. ``known`` is False when its secrets are not there yet and others stand for them."""

    cluster: Cluster
    nodes: tuple[Node, ...]
    secrets: Bundle
    known: bool
    folder: Path

    @classmethod
    def parse(cls, given: Given, *, invent: bool) -> Source:
        """From ``secrets``, ``cluster``, ``nodes`` and ``config_dir``; missing secrets are an error unless it may
        ``invent`` some.
        """
        cluster = Cluster.parse(given.at("cluster"))
        nodes = given.each("nodes", Node.parse)
        refuse(_same_names(nodes))
        secrets, known = _secrets(given, cluster.contract, invent=invent)
        return cls(cluster, nodes, secrets, known, Path(given.text("config_dir")).expanduser())

    def configurations(self) -> Iterator[tuple[Node, Path, Configuration]]:
        """Every node with its configuration and the file that holds it."""
        for node in self.nodes:
            yield node, self.folder / f"{node.name}.yaml", generate(self.cluster, node, self.secrets)


def _secrets(given: Given, contract: Contract, *, invent: bool) -> tuple[Bundle, bool]:
    path = Path(given.text("secrets")).expanduser()
    data = files.read(path)
    if data is not None:
        return bundle.parse(data.decode(), object=f"secrets bundle {path}"), True
    if not invent:
        hint = "kubevim.nfvi.talos_secrets makes it"
        raise NotFound("is not there", object=f"secrets bundle {path}", path=given.at("secrets").path, hint=hint)
    return bundle.generate(contract, certificates.now()), False


def _same_names(nodes: tuple[Node, ...]) -> Iterator[Finding]:
    seen: set[str] = set()
    for node in nodes:
        if node.name in seen:
            yield Finding((*node.given.path, "name"), f"there are two nodes named {node.name}")
        seen.add(node.name)
