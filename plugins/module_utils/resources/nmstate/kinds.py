# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubernetes NMState (v0.86): what nodes' networks are to be, and are (api/shared conditions.go)."""

from __future__ import annotations

from ...core.readiness import has_condition, never_when
from ...engine.kind import CLUSTER, Kind

LOOK = "kubectl get nodenetworkconfigurationenactments"


POLICY = Kind(
    "nmstate.io/v1", "NodeNetworkConfigurationPolicy", "nodenetworkconfigurationpolicies", CLUSTER,
    ready=(never_when("Degraded"), has_condition("Available")), look=LOOK, versions=("v1beta1",),
)  # fmt: skip
ENACTMENT = Kind(
    "nmstate.io/v1beta1", "NodeNetworkConfigurationEnactment", "nodenetworkconfigurationenactments", CLUSTER,
    ready=(never_when("Failing"), never_when("Aborted"), has_condition("Available")), look=LOOK,
)  # fmt: skip

KINDS = (
    POLICY,
    ENACTMENT,
    Kind("nmstate.io/v1", "NMState", "nmstates", CLUSTER, versions=("v1beta1",)),
    Kind("nmstate.io/v1beta1", "NodeNetworkState", "nodenetworkstates", CLUSTER),
)
