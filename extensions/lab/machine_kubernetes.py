# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine needs of the Kubernetes that runs on it: the part of `lab.kubernetes` that machines use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from .config import ServerSpec
from .kubernetes import EtcdMember, Service
from .kubernetes.client import Client
from .kubernetes.etcd_recovery import Recovery


class KubernetesOnMachines(Protocol):
    """See `lab.kubernetes.Kubernetes`, which is one."""

    async def configure(
        self,
        spec: ServerSpec,
        documents: list[dict[str, Any]],
        talos_version: str,
        stopping: Callable[[], None] = ...,
    ) -> None:
        """Run what these documents ask for, on this version of Talos; ``stopping`` is called when the kubelet ends."""

    async def bootstrap(self, spec: ServerSpec, recovery: Recovery | None = None) -> None:
        """Begin a new cluster, or one from a backup; raises EtcdDataExists, or LookupError where there is no control
        plane.
        """

    def etcd_snapshot(self, spec: ServerSpec) -> Path:
        """Where a backup is put for its recovery; raises LookupError on anything but a control plane."""

    async def halt(self, spec: ServerSpec) -> None:
        """Stop all that runs on the machine."""

    async def leave_etcd(self, spec: ServerSpec) -> None:
        """Take the machine's member out of etcd."""

    async def wipe(self, spec: ServerSpec) -> None:
        """Stop, and forget etcd's data and the node's identity."""

    async def stop_kubelet(self, spec: ServerSpec) -> None:
        """Stop the machine's kubelet alone, if it has one."""

    async def start_kubelet(self, spec: ServerSpec) -> None:
        """Start it again."""

    def services(self, spec: ServerSpec) -> Mapping[str, Service]:
        """kubelet, and etcd on control planes."""

    def node_ready(self, spec: ServerSpec) -> bool | None:
        """Whether the machine's node is ready; None while there is none."""

    def etcd_members(self, spec: ServerSpec) -> Sequence[EtcdMember]:
        """What the machine's own etcd says."""

    def etcd_client(self, spec: ServerSpec) -> Client:
        """A client of the machine's own etcd; raises LookupError on anything but a control plane."""

    def kubeconfig(self, spec: ServerSpec) -> str:
        """A new admin kubeconfig; raises LookupError on anything but a control plane."""
