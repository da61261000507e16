# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pods as a drain sees them: who stays, who is gone for good, who takes data along (kubectl's pkg/drain/filters.go)."""

from __future__ import annotations

from ...core.path import Json, dig

# How the kubelet marks what it shows of a static pod (k8s.io/api core/v1 MirrorPodAnnotationKey).
_MIRROR = ("metadata", "annotations", "kubernetes.io/config.mirror")


def label(pod: Json) -> str:
    """``Pod upf/web-0``"""
    return f"Pod {path(pod)}"


def path(thing: Json) -> str:
    """``upf/web-0``"""
    return f"{thing['metadata']['namespace']}/{thing['metadata']['name']}"


def controller(thing: Json) -> Json:
    """The owner that makes it anew; None when there is none."""
    return next((each for each in dig(thing, ("metadata", "ownerReferences")) or [] if each.get("controller")), None)


def stays(pod: Json) -> bool:
    """Static pods, which no API removes, and those of DaemonSets, which would be there again at once."""
    owner = controller(pod)
    return dig(pod, _MIRROR) is not None or (owner is not None and owner["kind"] == "DaemonSet")


def finished(pod: Json) -> bool:
    """Nothing of it runs any more, so that nothing is lost with it."""
    return dig(pod, ("status", "phase")) in ("Succeeded", "Failed")


def leaving(pod: Json) -> bool:
    """Somebody has asked for it to go already."""
    return dig(pod, ("metadata", "deletionTimestamp")) is not None


def has_scratch(pod: Json) -> bool:
    """It keeps data in an emptyDir, which ends with the pod."""
    return any("emptyDir" in volume for volume in dig(pod, ("spec", "volumes")) or [])
