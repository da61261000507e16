# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane's static pods as the kubelet shows them to the API: one mirror pod for each.

A static pod that changes is another pod to the kubelet: it deletes the mirror pod and makes one for the new manifest
(kubelet pkg/kubelet/pod/mirror_client.go). Labels and names are Talos' (controllers/k8s/internal/k8stemplates, v1.13).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from urllib.parse import quote

from ..config import ServerSpec
from .client import STRATEGIC_PATCH, Client
from .settings import Json, Settings

NAMESPACE = "kube-system"
PROGRAMS = ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
MIRROR, HASH = "kubernetes.io/config.mirror", "kubernetes.io/config.hash"
#: What Talos runs where the configuration names no image (pkg/images and DefaultKubernetesVersion, v1.13).
DEFAULT_IMAGE = "registry.k8s.io/{program}:v1.36.0"


@dataclass(frozen=True)
class StaticPod:
    """A program of the control plane: the image that its configuration names, and whether it runs and serves."""

    program: str
    image: str
    running: bool
    ready: bool


@dataclass(frozen=True)
class Mirror:
    """Where the kubelet shows its static pods: as its own node's, whose ``uid`` owns them."""

    client: Client
    spec: ServerSpec
    settings: Settings
    uid: str

    async def show(self, pod: StaticPod) -> None:
        """Have the API show this pod as it is now; raises Refused or OSError."""
        wanted = self._manifest(pod)
        path = f"/api/v1/namespaces/{NAMESPACE}/pods"
        own = f"{path}/{wanted['metadata']['name']}"
        found = await self._found(path, wanted["metadata"]["name"])
        if found and found["metadata"].get("annotations", {}).get(HASH) != wanted["metadata"]["annotations"][HASH]:
            await self.client.send("DELETE", own, {"gracePeriodSeconds": 0})
            found = None
        if found is None:
            await self.client.send("POST", path, wanted)
        await self.client.send("PATCH", f"{own}/status", {"status": self._status(pod)}, STRATEGIC_PATCH)

    async def _found(self, path: str, name: str) -> Json:
        """The node authorizer lets a kubelet list its own pods; a pod that is not there it may not even ask for."""
        selector = quote(f"spec.nodeName={self.settings.hostname},metadata.name={name}")
        items = (await self.client.send("GET", f"{path}?fieldSelector={selector}"))["items"]
        return items[0] if items else None

    def _manifest(self, pod: StaticPod) -> Json:
        node = self.settings.hostname
        digest = hashlib.md5(f"{pod.program} {pod.image}".encode(), usedforsecurity=False).hexdigest()
        owner = {"apiVersion": "v1", "kind": "Node", "name": node, "uid": self.uid, "controller": True}
        marks = {HASH: digest, MIRROR: digest, "kubernetes.io/config.source": "file"}
        return {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"{pod.program}-{node}",
                "namespace": NAMESPACE,
                "annotations": marks,
                "labels": {"tier": "control-plane", "k8s-app": pod.program, "component": pod.program},
                "ownerReferences": [owner],
            },
            "spec": {
                "nodeName": node,
                "hostNetwork": True,
                "priorityClassName": "system-cluster-critical",
                "priority": 2000000000,
                "enableServiceLinks": False,
                "tolerations": [{"operator": "Exists", "effect": "NoExecute"}],
                "containers": [{"name": pod.program, "image": pod.image}],
            },
        }

    def _status(self, pod: StaticPod) -> Json:
        value = "True" if pod.ready else "False"
        reason = {} if pod.ready else {"reason": "ContainersNotReady"}
        state: Json = {"running": {}} if pod.running else {"waiting": {"reason": "CrashLoopBackOff"}}
        container = {"name": pod.program, "image": pod.image, "imageID": pod.image, "restartCount": 0}
        return {
            "phase": "Running",
            "hostIP": self.spec.address,
            "podIP": self.spec.address,
            "conditions": [{"type": kind, "status": value, **reason} for kind in ("Ready", "ContainersReady")],
            "containerStatuses": [{**container, "ready": pod.ready, "started": pod.running, "state": state}],
        }
