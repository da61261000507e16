# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Opens what a Kubernetes module works with: a client for the endpoint, the table of kinds, and the caller's
settings.
"""

from __future__ import annotations

from pathlib import Path

from ..clients.kube.client import KubeClient
from ..clients.kube.cluster import Cluster
from ..clients.kube.config import cluster
from ..clients.kube.request import Request
from ..core.error import Unreachable
from ..core.given import Given
from ..core.mode import Mode
from ..core.path import Json
from ..engine.converge import Kube
from ..engine.settings import FIELD_MANAGER, Settings
from .kinds import REGISTRY

# Seconds for which an API server may be away.
_PATIENCE = 15.0
# A cluster that is to be made may still be one that is there and has missed a single request: seconds for that.
_GLANCE = 2.0


class Nowhere(KubeClient):
    """Stands for a cluster that this very run is still to make: nobody answers."""

    def __init__(self) -> None:
        super().__init__(Cluster(server="https://not-made-yet.invalid"), threads=1, patience=0.0)

    def send(self, request: Request) -> Json:
        """Nobody answers, and nobody need be asked."""
        raise Unreachable("the cluster does not exist yet", object=request.object)


def _reached(given: Given, mode: Mode) -> KubeClient:
    """The client for the endpoint that was given; while the run is pending there may be none yet."""
    if not mode.pending:
        return KubeClient(cluster(given.value), patience=_PATIENCE, progress=mode.progress)
    kubeconfig = given.get("kubeconfig")
    if isinstance(kubeconfig, str) and not Path(kubeconfig).expanduser().exists():
        return Nowhere()
    return KubeClient(cluster(given.value), patience=_GLANCE)


def kube_session(given: Given, mode: Mode) -> Kube:
    """The session for the options that every Kubernetes module has."""
    settings = Settings(
        field_manager=given.text("field_manager", FIELD_MANAGER),
        on_conflict=given.text("on_conflict", "fail"),
        wait=given.flag("wait", True),
        wait_timeout=float(given.get("wait_timeout", 300)),
        verify_unchanged=given.text("verify_unchanged", "ownership"),
        namespace=given.text("namespace", "default"),
        owner=given.text("owner", ""),
        prune=given.flag("prune", False),
    )
    return Kube(_reached(given, mode), REGISTRY, settings)
