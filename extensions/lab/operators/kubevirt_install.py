# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virt-operator installs: CRDs, virt-api, virt-controller, virt-handler (kubevirt
pkg/virt-operator/resource/generate/components). Pure."""

from __future__ import annotations

import functools
from pathlib import Path

import yaml

from .client import Obj

CRDS = Path(__file__).parent.parent / "manifests" / "kubevirt-crds.yaml"
MANAGED = {"app.kubernetes.io/managed-by": "virt-operator"}

_LAUNCHER = "--launcher-image"
_CONTROL_PLANE = [
    {"matchExpressions": [{"key": f"node-role.kubernetes.io/{role}", "operator": "Exists"}]}
    for role in ("control-plane", "master")
]
_TOLERATIONS = [
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    *(
        {"key": f"node-role.kubernetes.io/{role}", "operator": "Exists", "effect": "NoSchedule"}
        for role in ("control-plane", "master")
    ),
]


@functools.cache
def crds() -> list[Obj]:
    """The CustomResourceDefinitions of VMs, which exist only after a KubeVirt object was made."""
    found: list[Obj] = yaml.load(CRDS.read_text(), Loader=yaml.CSafeLoader)["crds"]
    return found


def deployments(namespace: str, images: dict[str, str], version: str, replicas: int) -> list[Obj]:
    """virt-api and virt-controller; they demand a control-plane node, or stay Pending."""
    made = [_deployment(name, namespace, images[name], version, replicas) for name in ("virt-api", "virt-controller")]
    made[1]["spec"]["template"]["spec"]["containers"][0]["args"] = [_LAUNCHER, images["virt-launcher"]]
    return made


def launcher_image(deployment: Obj) -> str:
    """The image of virt-launcher pods: an argument of virt-controller."""
    arguments = deployment["spec"]["template"]["spec"]["containers"][0].get("args", [])
    return str(arguments[arguments.index(_LAUNCHER) + 1])


def handler(namespace: str, images: dict[str, str], version: str) -> Obj:
    """virt-handler, on every node."""
    pod = _pod("virt-handler", images["virt-handler"], version)
    pod["spec"] |= {
        "hostPID": True,
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}, *_TOLERATIONS[1:]],
    }
    return {
        "metadata": _meta("virt-handler", namespace),
        "spec": {
            "selector": {"matchLabels": {"kubevirt.io": "virt-handler"}},
            "template": pod,
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        },
    }


def _deployment(name: str, namespace: str, image: str, version: str, replicas: int) -> Obj:
    pod = _pod(name, image, version)
    pod["spec"] |= {
        "tolerations": _TOLERATIONS,
        "affinity": {
            "nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": _CONTROL_PLANE}},
        },
    }
    return {
        "metadata": _meta(name, namespace),
        "spec": {"replicas": replicas, "selector": {"matchLabels": {"kubevirt.io": name}}, "template": pod},
    }


def _pod(name: str, image: str, version: str) -> Obj:
    return {
        "metadata": {"labels": {"kubevirt.io": name, "app.kubernetes.io/version": version, **MANAGED}},
        "spec": {
            "priorityClassName": "kubevirt-cluster-critical",
            "nodeSelector": {"kubernetes.io/os": "linux"},
            "serviceAccountName": "kubevirt-operator",
            "containers": [
                {
                    "name": name,
                    "image": image,
                    "imagePullPolicy": "IfNotPresent",
                    "resources": {"requests": {"cpu": "5m", "memory": "150Mi"}},
                }
            ],
        },
    }


def _meta(name: str, namespace: str) -> Obj:
    return {"name": name, "namespace": namespace, "labels": {"kubevirt.io": name, **MANAGED}}
