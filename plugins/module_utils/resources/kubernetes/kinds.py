# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes' own kinds: how each says that it works (kubernetes.io API reference; rollout rules of kubectl)."""

from __future__ import annotations

from ...core.path import Json, dig, parse
from ...core.readiness import Never, NotYet, Readiness, Ready, condition, equals, has_condition, said
from ...engine.kind import CLUSTER, NAMESPACED, Kind


def _observed(live: Json) -> Readiness:
    """The controller has seen the newest spec."""
    seen, newest = dig(live, ("status", "observedGeneration"), 0), dig(live, ("metadata", "generation"), 0)
    return Ready() if seen >= newest else NotYet(f"generation {newest} has not been observed yet")


def _rolled_out(live: Json) -> Readiness:
    """Deployment and StatefulSet: as many updated and available replicas as asked for."""
    wanted = dig(live, ("spec", "replicas"), 1)
    progress = condition(live, "Progressing")
    if progress is not None and progress.get("reason") == "ProgressDeadlineExceeded":
        return Never(said(progress))
    updated = dig(live, ("status", "updatedReplicas"), 0)
    available = dig(live, ("status", "availableReplicas"), 0)
    if min(updated, available) >= wanted:
        return Ready()
    return NotYet(f"{updated} of {wanted} replicas updated, {available} available")


def _on_every_node(live: Json) -> Readiness:
    """DaemonSet: updated and available wherever it is to run."""
    wanted = dig(live, ("status", "desiredNumberScheduled"), 0)
    updated = dig(live, ("status", "updatedNumberScheduled"), 0)
    available = dig(live, ("status", "numberAvailable"), 0)
    if min(updated, available) >= wanted:
        return Ready()
    return NotYet(f"updated on {updated} and available on {available} of {wanted} nodes")


def _pod(live: Json) -> Readiness:
    phase = dig(live, ("status", "phase"), "Pending")
    if phase == "Succeeded":
        return Ready()
    if phase == "Failed":
        return Never(dig(live, ("status", "message")) or "phase Failed")
    return has_condition("Ready")(live)


def _job(live: Json) -> Readiness:
    failed = condition(live, "Failed")
    if failed is not None and failed.get("status") == "True":
        return Never(said(failed))
    return has_condition("Complete")(live)


def _crd(live: Json) -> Readiness:
    names = condition(live, "NamesAccepted")
    if names is not None and names.get("status") == "False":
        return Never(said(names))
    return has_condition("Established")(live)


CRD = Kind(
    "apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", CLUSTER,
    ready=(_crd,), gate=True, rank=1,
)  # fmt: skip
NAMESPACE = Kind("v1", "Namespace", "namespaces", CLUSTER, ready=(equals("status.phase", "Active"),), gate=True, rank=0)
NODE = Kind("v1", "Node", "nodes", CLUSTER, ready=(has_condition("Ready"),))
SECRET = Kind("v1", "Secret", "secrets", NAMESPACED, sensitive=(parse("data[*]"), parse("stringData[*]")), rank=2)

KINDS = (
    CRD,
    NAMESPACE,
    NODE,
    SECRET,
    Kind("v1", "ConfigMap", "configmaps", NAMESPACED, rank=2),
    Kind("v1", "ServiceAccount", "serviceaccounts", NAMESPACED, rank=2),
    Kind("v1", "Service", "services", NAMESPACED),
    Kind("v1", "Pod", "pods", NAMESPACED, ready=(_pod,)),
    Kind("v1", "PersistentVolumeClaim", "persistentvolumeclaims", NAMESPACED),
    Kind("v1", "PersistentVolume", "persistentvolumes", CLUSTER),
    Kind("v1", "ResourceQuota", "resourcequotas", NAMESPACED, rank=2),
    Kind("v1", "LimitRange", "limitranges", NAMESPACED, rank=2),
    Kind("apps/v1", "Deployment", "deployments", NAMESPACED, ready=(_observed, _rolled_out)),
    Kind("apps/v1", "StatefulSet", "statefulsets", NAMESPACED, ready=(_observed, _rolled_out)),
    Kind("apps/v1", "DaemonSet", "daemonsets", NAMESPACED, ready=(_observed, _on_every_node)),
    Kind("batch/v1", "Job", "jobs", NAMESPACED, ready=(_job,)),
    Kind("batch/v1", "CronJob", "cronjobs", NAMESPACED),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets", NAMESPACED),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", NAMESPACED, rank=2),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", CLUSTER, rank=2),
    Kind("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", CLUSTER, rank=2),
    Kind("rbac.authorization.k8s.io/v1", "Role", "roles", NAMESPACED, rank=2),
    Kind("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings", NAMESPACED, rank=2),
    Kind("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", CLUSTER, rank=2),
    Kind("storage.k8s.io/v1", "StorageClass", "storageclasses", CLUSTER, rank=2),
    Kind("apiregistration.k8s.io/v1", "APIService", "apiservices", CLUSTER, ready=(has_condition("Available"),)),
    Kind(
        "admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", CLUSTER
    ),
    Kind("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", CLUSTER),
)
