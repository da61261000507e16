# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""KubeVirt's feature gates by release, and what giving one to a release means. Pure.

virt-operator accepts any text as a gate, and one that means nothing to it does nothing (measured): we know better. The
table is KubeVirt's own of v1.5 to v1.9 (pkg/virt-config/featuregate/active.go and inactive.go of each tag).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from ...core.error import Finding
from ...core.path import Path

ALPHA, BETA, GA, DEPRECATED, GONE = "alpha", "beta", "ga", "deprecated", "gone"
# The releases that the table is about, as minor numbers of v1.
OLDEST, NEWEST = 5, 9
# From this release on a beta gate is on unless it is disabled.
BETA_IS_ON = 9

_VERSION = re.compile(r"v?1\.(\d+)(\.|-|\Z)")

History = tuple[tuple[int, str], ...]


class Told(NamedTuple):
    """What is refused, and what works although it should not be asked for."""

    refused: tuple[Finding, ...]
    warned: tuple[str, ...]


def _since(**states: int) -> History:
    """The states of a gate, each with the minor release from which on it is in it."""
    return tuple(sorted((minor, state) for state, minor in states.items()))


GATES: Mapping[str, History] = {
    "AlignCPUs": _since(alpha=5),
    "AutoResourceLimitsGate": _since(ga=5),
    "BochsDisplayForEFIGuests": _since(ga=5),
    "CPUManager": _since(alpha=5),
    "CPUNodeDiscovery": _since(ga=5),
    "ClusterProfiler": _since(alpha=5, ga=6),
    "CommonInstancetypesDeploymentGate": _since(ga=5),
    "ConfigurableHypervisor": _since(alpha=8),
    "ContainerPathVolumes": _since(alpha=8),
    "CrossArchitectureVirtualization": _since(alpha=9),
    "DecentralizedLiveMigration": _since(alpha=6),
    "DeclarativeHotplugVolumes": _since(alpha=6, beta=9),
    "DisableCustomSELinuxPolicy": _since(ga=5),
    "DisableMDEVConfiguration": _since(alpha=5, deprecated=8),
    "DockerSELinuxMCSWorkaround": _since(deprecated=5),
    "DownwardMetrics": _since(alpha=5),
    "DynamicPodInterfaceNaming": _since(ga=5),
    "EnableVirtioFsConfigVolumes": _since(alpha=5, ga=8),
    "EnableVirtioFsStorageVolumes": _since(alpha=5),
    "ExpandDisks": _since(alpha=5, ga=9),
    "ExperimentalIgnitionSupport": _since(alpha=5),
    "ExperimentalVirtiofsSupport": _since(deprecated=5, gone=8),
    "ExternalNetResourceInjection": _since(beta=8),
    "FirmwareAutoSelection": _since(alpha=9),
    "GPU": _since(ga=5),
    "GPUsWithDRA": _since(alpha=6, beta=9),
    "GraceIOVirtualization": _since(alpha=9),
    "HostDevices": _since(alpha=5),
    "HostDevicesWithDRA": _since(alpha=6, beta=9),
    "HostDisk": _since(alpha=5),
    "HotplugNICs": _since(ga=5),
    "HotplugVolumes": _since(alpha=5, deprecated=9),
    "HypervStrictCheck": _since(alpha=5),
    "IOMMUFD": _since(alpha=9),
    "ImageVolume": _since(alpha=6, beta=7),
    "IncrementalBackup": _since(alpha=7),
    "InstancetypeReferencePolicy": _since(beta=5, ga=6),
    "KubevirtSeccompProfile": _since(alpha=5, beta=7),
    "LibvirtHooksServerAndClient": _since(alpha=8, beta=9),
    "LiveMigration": _since(ga=5),
    "LiveUpdateNADRef": _since(beta=8, ga=9),
    "Macvtap": _since(gone=5),
    "MigrationPriorityQueue": _since(alpha=7, beta=8, ga=9),
    "MigrationStallDetection": _since(alpha=9),
    "MultiArchitecture": _since(alpha=5, deprecated=8),
    "NUMA": _since(ga=5),
    "NetworkBindingPlugins": _since(ga=5),
    "NetworkDevicesWithDRA": _since(alpha=9),
    "NodeRestriction": _since(alpha=5, beta=6),
    "NonRoot": _since(ga=5),
    "OCIExport": _since(alpha=9),
    "ObjectGraph": _since(alpha=6),
    "OptOutRoleAggregation": _since(alpha=8, beta=9),
    "PCINUMAAwareTopology": _since(alpha=8),
    "PSA": _since(ga=5),
    "PanicDevices": _since(alpha=6, beta=7, ga=9),
    "Passt": _since(gone=5),
    "PasstBinding": _since(beta=8),
    "PasstIPStackMigration": _since(alpha=6, gone=8),
    "PersistentReservation": _since(alpha=5, ga=9),
    "Plugins": _since(alpha=9),
    "PodSecondaryInterfaceNamingUpgrade": _since(beta=8),
    "PortRangesSpec": _since(alpha=9),
    "RebootPolicy": _since(alpha=8, beta=9),
    "ReservedOverheadMemlock": _since(alpha=8),
    "Root": _since(alpha=5),
    "SRIOVLiveMigration": _since(ga=5),
    "SecureExecution": _since(alpha=6, beta=7, ga=9),
    "Sidecar": _since(alpha=5),
    "Snapshot": _since(alpha=5, beta=6),
    "Template": _since(alpha=8, beta=9),
    "UtilityVolumes": _since(alpha=8),
    "VGPULiveMigration": _since(alpha=9),
    "VMExport": _since(alpha=5, beta=6, ga=9),
    "VMLiveUpdateFeatures": _since(ga=5),
    "VMPersistentState": _since(alpha=5, ga=6),
    "VMStatsCollector": _since(alpha=9),
    "VSOCK": _since(alpha=5),
    "VideoConfig": _since(alpha=6, beta=7, ga=9),
    "VmiMemoryOverheadReport": _since(alpha=8, beta=9),
    "VolumeMigration": _since(ga=5),
    "VolumesUpdateStrategy": _since(ga=5),
    "WorkloadEncryptionSEV": _since(alpha=5, beta=9),
    "WorkloadEncryptionTDX": _since(alpha=7),
}


def minor_of(version: str) -> int | None:
    """8 for ``v1.8.4``; None where that is no release of KubeVirt's v1."""
    found = _VERSION.match(version)
    return int(found.group(1)) if found else None


def state_of(gate: str, minor: int) -> str | None:
    """The gate's state in that release of v1; None where it does not exist yet, or nobody knows it."""
    reached = [state for since, state in GATES.get(gate, ()) if since <= minor]
    return reached[-1] if reached else None


def is_on(gate: str, minor: int | None, enabled: Sequence[str], disabled: Sequence[str]) -> bool:
    """Whether that feature works (config.isFeatureGateEnabled; a release nobody can tell is taken for an old one)."""
    state = state_of(gate, OLDEST if minor is None else minor)
    if state == GA or gate in enabled:
        return state != GONE
    by_itself = state == BETA and minor is not None and minor >= BETA_IS_ON
    return by_itself and gate not in disabled


def judge(enabled: Sequence[tuple[Path, str]], disabled: Sequence[tuple[Path, str]], version: str) -> Told:
    """What is to be said to gates, each with its place in the user's input, for that release."""
    minor = minor_of(version)
    refused, warned = list(_in_both(enabled, disabled)), []
    for gates, off in ((enabled, False), (disabled, True)):
        for path, gate in gates:
            wrong, doubt = _said(gate, minor, off=off)
            if wrong:
                refused.append(Finding(path, wrong))
            if doubt:
                warned.append(doubt)
    return Told(tuple(refused), tuple(warned))


def _in_both(enabled: Sequence[tuple[Path, str]], disabled: Sequence[tuple[Path, str]]) -> Iterator[Finding]:
    """What virt-operator's webhook refuses (validateFeatureGates)."""
    wanted = {gate for _path, gate in enabled}
    yield from (Finding(path, f"{gate} is enabled and disabled") for path, gate in disabled if gate in wanted)


def _said(gate: str, minor: int | None, *, off: bool) -> tuple[str, str]:
    """Why a gate is refused, or a warning; both empty where all is well."""
    if gate not in GATES:
        return _stranger(gate, minor)
    if minor is None:
        return "", ""
    state = state_of(gate, minor)
    if state is None:
        return f"{gate} comes with KubeVirt v1.{GATES[gate][0][0]}, and this is v1.{minor}", ""
    return _known(gate, state, minor, off=off)


def _known(gate: str, state: str, minor: int, *, off: bool) -> tuple[str, str]:
    since = f"since KubeVirt v1.{_entered(gate, state)}"
    if state == GONE:
        return ("" if off else f"{gate} was removed from KubeVirt: this is v1.{minor}"), ""
    if state == GA:
        always = f"{gate} is always on {since}"
        return (f"{always} and cannot be switched off", "") if off else ("", f"{always}: leave it out")
    if state == DEPRECATED and not off:
        return "", f"{gate} is deprecated {since} and will be removed"
    return "", ""


def _stranger(gate: str, minor: int | None) -> tuple[str, str]:
    """A gate that is in no release we know: a mistake, unless this is a newer one."""
    near = difflib.get_close_matches(gate, GATES, 1, 0.75)
    if minor is not None and minor > NEWEST:
        return "", f"{gate} is no feature gate of KubeVirt v1.{OLDEST} to v1.{NEWEST}; newer ones are not known here"
    hint = f": did you mean {near[0]}?" if near else ", and one that it does not know does nothing"
    return f"{gate!r} is no feature gate of KubeVirt's{hint}", ""


def _entered(gate: str, state: str) -> str:
    since = next(minor for minor, each in GATES[gate] if each == state)
    return f"{since} or before" if since == OLDEST else str(since)
