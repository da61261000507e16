# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Node feature discovery (v0.19): rules are there as soon as they are accepted, the rest is written by its programs."""

from __future__ import annotations

from ...engine.kind import CLUSTER, NAMESPACED, Kind

_API = "nfd.k8s-sigs.io/v1alpha1"

KINDS = (
    Kind(_API, "NodeFeatureRule", "nodefeaturerules", CLUSTER),
    Kind(_API, "NodeFeatureGroup", "nodefeaturegroups", NAMESPACED, controllers=("nfd-master",)),
    Kind(_API, "NodeFeature", "nodefeatures", NAMESPACED, controllers=("nfd-worker",)),
    Kind(
        "topology.node.k8s.io/v1alpha2",
        "NodeResourceTopology",
        "noderesourcetopologies",
        CLUSTER,
        controllers=("nfd-topology-updater",),
        versions=("v1alpha1",),
    ),
)
