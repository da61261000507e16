# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where one machine's programs live and listen, and the form in which they are described."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..config import ServerSpec
from .pki import CertificateRequest

API_PORT = 6443
KUBE_PRISM_PORT = 7445
ETCD_CLIENT_PORT = 2379
ETCD_PEER_PORT = 2380
LOCAL = "localhost"


@dataclass(frozen=True)
class Recipe:
    """How to start ``program``: ``files`` (name to content) and ``certificates`` (name to request; written as
    ``<name>.crt`` and ``<name>.key``) go into ``folder`` first, readable by their owner only. ``image`` is what it
    would be run from; the lab has one program of each kind, which another image starts again."""

    program: str
    folder: Path
    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)
    certificates: Mapping[str, CertificateRequest] = field(default_factory=dict)
    image: str = ""


@dataclass(frozen=True)
class Site:
    """Where one machine's programs live: its hardware and the directory of its Kubernetes state."""

    spec: ServerSpec
    folder: Path

    @property
    def backend(self) -> str:
        """The address the API server really listens on, 127.N.3.k, behind the front that the world talks to."""
        block, _zero, host = self.spec.address.removeprefix("127.").split(".")
        return f"127.{block}.3.{host}"

    @property
    def balancer(self) -> str:
        """The lab's own address in front of all API servers, for the simulated operators: no fault touches it."""
        return f"127.{self.spec.address.split('.')[1]}.0.2"

    @property
    def etcd_data(self) -> Path:
        """etcd's data directory."""
        return self.folder / "etcd-data"

    @property
    def etcd_snapshot(self) -> Path:
        """Where a backup of etcd is put for its recovery (/var/lib/etcd.snapshot)."""
        return self.folder / "etcd.snapshot"

    @property
    def kube_prism(self) -> str:
        """The machine's own balancer over all API servers (KubePrism, port 7445); their name there is ``LOCAL``."""
        return f"https://{self.spec.address}:{KUBE_PRISM_PORT}"

    @property
    def etcd_url(self) -> str:
        """Where this machine's etcd serves clients."""
        return f"https://{self.spec.address}:{ETCD_CLIENT_PORT}"

    @property
    def peer_url(self) -> str:
        """Where this machine's etcd serves its peers."""
        return f"https://{self.spec.address}:{ETCD_PEER_PORT}"
