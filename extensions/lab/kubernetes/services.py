# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two Talos services that belong to Kubernetes, in the states Talos' ServiceList would show them."""

from __future__ import annotations

from dataclasses import dataclass

from .control_plane import ControlPlane
from .kubelet import Kubelet

HEALTHY = "Health check successful"
# A kubelet opens its health port only once it has a certificate.
KUBELET_DOWN = 'Get "http://127.0.0.1:10248/healthz": dial tcp 127.0.0.1:10248: connect: connection refused'


@dataclass(frozen=True)
class Service:
    """``state`` (Waiting, Preparing, Running, Finished, Failed), health (None: unknown) and the last message."""

    state: str
    healthy: bool | None
    message: str


def etcd_service(control_plane: ControlPlane) -> Service:
    """etcd: preparing until there is a bootstrap, data or a cluster to join; failed when a recovery did."""
    process = control_plane.processes.get("etcd")
    if control_plane.failure:
        return Service("Failed", None, f"Failed to run pre stage: {control_plane.failure}")
    if process is None:
        return Service("Preparing", None, "Running pre state")
    if control_plane.etcd_healthy:
        return Service("Running", True, HEALTHY)
    return Service("Running", control_plane.etcd_healthy, f"Started task etcd (PID {process.pid}) for container etcd")


def kubelet_service(kubelet: Kubelet | None, registers: bool) -> Service:
    """kubelet: healthy once its node is registered."""
    if kubelet is None and registers:
        return Service("Stopping", None, "Sending SIGTERM to task kubelet")
    if kubelet is None:
        return Service("Waiting", None, "node registration is skipped by the configuration")
    return Service("Running", kubelet.registered, HEALTHY if kubelet.registered else KUBELET_DOWN)
