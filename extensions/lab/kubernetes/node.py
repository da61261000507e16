# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Node object a kubelet on Talos registers, and the labels and taints Talos itself puts on it afterwards."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from ..config import ServerSpec
from .capacity import allocatable, capacity
from .settings import Json, Settings

CONTROL_PLANE = "node-role.kubernetes.io/control-plane"
OWNED_LABELS = "talos.dev/owned-labels"
OWNED_ANNOTATIONS = "talos.dev/owned-annotations"
CNI_MISSING = (
    "container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady "
    "message:Network plugin returns error: cni plugin not initialized"
)
HEALTHY = {  # kubelet pkg/kubelet/nodestatus/setters.go
    "MemoryPressure": ("KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    "DiskPressure": ("KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    "PIDPressure": ("KubeletHasSufficientPID", "kubelet has sufficient PID available"),
}


def now() -> str:
    """The time as Kubernetes writes it, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def registration(spec: ServerSpec, settings: Settings) -> Json:
    """What the kubelet creates; only labels that NodeRestriction lets a kubelet set."""
    platform = {"arch": "amd64", "os": "linux"}
    labels = {f"{prefix}kubernetes.io/{key}": value for prefix in ("", "beta.") for key, value in platform.items()}
    metadata = {
        "name": settings.hostname,
        "labels": {**labels, "kubernetes.io/hostname": settings.hostname},
        "annotations": {"volumes.kubernetes.io/controller-managed-attach-detach": "true"},
    }
    return {"apiVersion": "v1", "kind": "Node", "metadata": metadata, "spec": {"taints": taints(settings)}}


def taints(settings: Settings) -> list[Json]:
    """The taints a node registers with: the control plane's own unless it takes workloads, and the configured ones."""
    out = [_taint(key, value) for key, value in settings.kubelet.taints.items()]
    if settings.control_plane and not settings.workloads_on_control_plane:
        out.insert(0, {"key": CONTROL_PLANE, "effect": "NoSchedule"})
    return out


def owned_metadata(settings: Settings, observed: Json) -> Json:
    """A merge patch of ``metadata`` that sets Talos' labels and annotations, and removes those it set before."""
    own = {CONTROL_PLANE: ""} if settings.control_plane else {}
    labels = {**own, **settings.kubelet.labels}
    annotations = dict(settings.kubelet.annotations)
    before = observed["metadata"].get("annotations", {})
    marks = {OWNED_LABELS: _mark(labels), OWNED_ANNOTATIONS: _mark(annotations)}
    return {
        "metadata": {
            "labels": {**_dropped(before.get(OWNED_LABELS), labels), **labels},
            "annotations": {**_dropped(before.get(OWNED_ANNOTATIONS), annotations), **annotations, **marks},
        }
    }


def status(spec: ServerSpec, settings: Settings, talos_version: str, network_ready: bool) -> Json:
    """The node's whole status as the kubelet reports it at its start."""
    return {
        "capacity": capacity(spec, settings),
        "allocatable": allocatable(spec, settings),
        "addresses": [
            {"type": "InternalIP", "address": spec.address},
            {"type": "Hostname", "address": settings.hostname},
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
        "nodeInfo": _node_info(spec, settings, talos_version),
        "conditions": [*_pressure(), ready(network_ready)],
    }


def ready(network_ready: bool) -> Json:
    """The Ready condition: true once the CNI is there."""
    reason, message = (
        ("KubeletReady", "kubelet is posting ready status") if network_ready else ("KubeletNotReady", CNI_MISSING)
    )
    return _condition("Ready", "True" if network_ready else "False", reason, message)


def lease(settings: Settings, uid: str) -> Json:
    """The node's heartbeat: what the node lifecycle controller looks at (kube-node-lease)."""
    owner = {"apiVersion": "v1", "kind": "Node", "name": settings.hostname, "uid": uid}
    renewed = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": settings.hostname, "namespace": "kube-node-lease", "ownerReferences": [owner]},
        "spec": {"holderIdentity": settings.hostname, "leaseDurationSeconds": 40, "renewTime": renewed},
    }


def is_running_cni(pod: Json) -> bool:
    """Whether a pod is the CNI's (DaemonSet ``kube-ovn-cni``) and ready: then it has written its configuration."""
    owners = pod["metadata"].get("ownerReferences", [])
    conditions = pod.get("status", {}).get("conditions", [])
    return any(owner["kind"] == "DaemonSet" and owner["name"] == "kube-ovn-cni" for owner in owners) and any(
        condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions
    )


def _node_info(spec: ServerSpec, settings: Settings, talos_version: str) -> Json:
    return {
        "architecture": "amd64",
        "bootID": str(uuid.uuid4()),
        "containerRuntimeVersion": "containerd://2.2.2",
        "kernelVersion": "6.18.24-talos",
        "kubeProxyVersion": "",
        "kubeletVersion": settings.kubelet.version,
        "machineID": uuid.UUID(spec.uuid).hex,
        "operatingSystem": "linux",
        "osImage": f"Talos ({talos_version})",
        "systemUUID": spec.uuid,
    }


def _pressure() -> list[Json]:
    return [_condition(kind, "False", reason, message) for kind, (reason, message) in HEALTHY.items()]


def _condition(kind: str, value: str, reason: str, message: str) -> Json:
    moment = now()
    times = {"lastHeartbeatTime": moment, "lastTransitionTime": moment}
    return {"type": kind, "status": value, "reason": reason, "message": message, **times}


def _taint(key: str, value: str) -> Json:
    """``machine.nodeTaints`` has ``key: value:Effect`` or ``key: Effect``."""
    text, _colon, effect = value.rpartition(":")
    return {"key": key, "effect": effect, **({"value": text} if text else {})}


def _mark(owned: Mapping[str, str]) -> str:
    return json.dumps(sorted(owned))


def _dropped(mark: str | None, wanted: Mapping[str, str]) -> dict[str, None]:
    return {key: None for key in json.loads(mark or "[]") if key not in wanted}
