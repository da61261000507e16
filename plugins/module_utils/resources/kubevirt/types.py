# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virtual machines are made after, and how they are moved: there as soon as it is accepted."""

from __future__ import annotations

from ...engine.kind import CLUSTER, NAMESPACED, Kind

_TYPES = "instancetype.kubevirt.io/v1beta1"

KINDS = (
    Kind(_TYPES, "VirtualMachineInstancetype", "virtualmachineinstancetypes", NAMESPACED, rank=2),
    Kind(_TYPES, "VirtualMachineClusterInstancetype", "virtualmachineclusterinstancetypes", CLUSTER, rank=2),
    Kind(_TYPES, "VirtualMachinePreference", "virtualmachinepreferences", NAMESPACED, rank=2),
    Kind(_TYPES, "VirtualMachineClusterPreference", "virtualmachineclusterpreferences", CLUSTER, rank=2),
    Kind(
        "kubevirt.io/v1",
        "VirtualMachineInstancePreset",
        "virtualmachineinstancepresets",
        NAMESPACED,
        rank=2,
        versions=("v1alpha3",),
    ),
    Kind("migrations.kubevirt.io/v1alpha1", "MigrationPolicy", "migrationpolicies", CLUSTER, rank=2),
    Kind("plugin.kubevirt.io/v1alpha1", "Plugin", "plugins", CLUSTER, rank=2),
)
