# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Talos' own generator says about Kubernetes without being asked, in every contract."""

from __future__ import annotations

from ...core.path import Json

# A label of control-plane nodes: no load balancer outside sends them traffic.
EXCLUDED_FROM_BALANCERS = "node.kubernetes.io/exclude-from-external-load-balancers"
AUDIT_POLICY: dict[str, Json] = {
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "rules": [{"level": "Metadata"}],
}


def pod_security() -> dict[str, Json]:
    """The configuration of the PodSecurity admission plugin."""
    levels = {"audit": "restricted", "enforce": "baseline", "warn": "restricted"}
    defaults: dict[str, Json] = {}
    for mode, level in levels.items():
        defaults.update({mode: level, f"{mode}-version": "latest"})
    return {
        "apiVersion": "pod-security.admission.config.k8s.io/v1alpha1",
        "defaults": defaults,
        "exemptions": {"namespaces": ["kube-system"], "runtimeClasses": [], "usernames": []},
        "kind": "PodSecurityConfiguration",
    }
