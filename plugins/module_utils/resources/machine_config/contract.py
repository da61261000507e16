# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a version of Talos wants of its configuration: one row a minor version, and nothing else knows about versions.

Source: pkg/machinery/config/{contract.go,generate}, pkg/machinery/compatibility and CanApplyImmediate of
siderolabs/talos, each at its release branch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ...core.error import InvalidInput, Unsupported
from ...core.path import Json, Path, dig

_VERSION = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+))?(?:-[0-9A-Za-z.\-]+)?\Z")


class Minor(NamedTuple):
    """A minor version; compares as one."""

    major: int
    minor: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}"


@dataclass(frozen=True)
class Contract:
    """What one minor version wants.

    ``kubernetes`` is the range of minors that this Talos runs. ``live`` are the paths of the main document whose
    changes need no reboot (all other documents apply at once), ``restarts`` the exceptions: paths that begin with the
    kind.
    """

    talos: Minor
    kubernetes: tuple[Minor, Minor]
    live: tuple[tuple[str, ...], ...]
    restarts: tuple[tuple[str, ...], ...] = ()
    # Kinds whose documents need one when they come with such a path, and when they go.
    come: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    # Base64 of 32 random bytes names the cluster: URL alphabet up to 1.13, the standard one from 1.14 on.
    url_safe_cluster_id: bool = True
    # Up to 1.11 a configuration says what later ones take for granted: RBAC, stable names, the endpoint as a SAN.
    spelled_out: bool = False
    # From 1.12 on: links, names and time are documents, and GRUB starts with the UKI's kernel arguments.
    network_documents: bool = True
    # Up to 1.12 the main document has a machine.network, if an empty one.
    network_section: bool = False
    # From 1.14 on: Kubernetes, discovery and the installation are documents too.
    kubernetes_documents: bool = False
    # From 1.14 on one patch may hold a document twice.
    repeats: bool = False
    installer: str = "ghcr.io/siderolabs/installer:{talos}"


_LIVE_MACHINE = (
    "ca acceptedCAs time certSANs install network sysfs sysctls logging controlPlane kubelet kernel registries pods "
    "seccompProfiles nodeAnnotations nodeLabels nodeTaints"
)
_LIVE_FEATURES = "kubernetesTalosAPIAccess kubePrism hostDNS imageCache nodeAddressSortAlgorithm"
# The same in 1.10 … 1.13 (Runtime.CanApplyImmediate).
_LIVE: tuple[tuple[str, ...], ...] = (
    ("debug",),
    ("cluster",),
    *(("machine", key) for key in _LIVE_MACHINE.split()),
    *(("machine", "features", key) for key in _LIVE_FEATURES.split()),
)
# 1.14 applies everything at once and does not say what takes effect later; its documentation does.
_RESTARTS_1_14: tuple[tuple[str, ...], ...] = (
    ("v1alpha1", "cluster", "etcd"),
    ("v1alpha1", "machine", "env"),
    ("v1alpha1", "machine", "kernel", "modules"),
    ("v1alpha1", "machine", "systemDiskEncryption"),
    ("EnvironmentConfig", "variables"),
    ("KernelModuleConfig", "parameters"),
    *((kind, "encryption") for kind in ("RawVolumeConfig", "SwapVolumeConfig", "UserVolumeConfig", "VolumeConfig")),
)
# The empty schematic's: from 1.14 on there is no other installer.
_FACTORY_INSTALLER = (
    "factory.talos.dev/metal-installer/376567988ad370138ad8b2698212367b8edcb69b5fd68c80be1f2ec7d603b4ba:{talos}"
)


def _old(minor: int, kubernetes: tuple[int, int]) -> Contract:
    oldest, newest = (Minor(1, each) for each in kubernetes)
    return Contract(
        talos=Minor(1, minor),
        kubernetes=(oldest, newest),
        live=_LIVE,
        spelled_out=True,
        network_documents=False,
        network_section=True,
    )


_ROWS = (
    _old(10, (28, 33)),
    _old(11, (29, 34)),
    Contract(talos=Minor(1, 12), kubernetes=(Minor(1, 30), Minor(1, 35)), live=_LIVE, network_section=True),
    Contract(talos=Minor(1, 13), kubernetes=(Minor(1, 31), Minor(1, 36)), live=_LIVE),
    Contract(
        talos=Minor(1, 14),
        kubernetes=(Minor(1, 32), Minor(1, 37)),
        live=((),),
        restarts=_RESTARTS_1_14,
        come=("EnvironmentConfig", "VolumeConfig"),
        go=("EnvironmentConfig", "KernelModuleConfig", "VolumeConfig"),
        url_safe_cluster_id=False,
        kubernetes_documents=True,
        repeats=True,
        installer=_FACTORY_INSTALLER,
    ),
)
CONTRACTS: dict[Minor, Contract] = {row.talos: row for row in _ROWS}


def contract_for(version: str, *, path: Path = ()) -> Contract:
    """The row for a Talos version (``v1.13.0``); raises `Unsupported` for a minor without one."""
    found = CONTRACTS.get(minor(version, path=path))
    if found is None:
        known = ", ".join(str(row) for row in CONTRACTS)
        raise Unsupported(f"Talos {version} is not supported yet", path=path, hint=f"supported: {known}")
    return found


def minor(version: str, *, path: Path = ()) -> Minor:
    """The minor of a version text; raises `InvalidInput` when it is none."""
    matched = _VERSION.match(version)
    if not matched:
        raise InvalidInput(f"{version!r} is not a version", path=path, hint="for example v1.13.0")
    return Minor(int(matched[1]), int(matched[2]))


def runs(contract: Contract, kubernetes: str, *, path: Path = ()) -> None:
    """Refuse a Kubernetes version that this Talos does not run."""
    oldest, newest = contract.kubernetes
    if not oldest <= minor(kubernetes, path=path) <= newest:
        reason = f"Talos {contract.talos} does not run Kubernetes {kubernetes}"
        raise InvalidInput(reason, path=path, hint=f"{oldest} … {newest}")


def needs_reboot(contract: Contract, kind: str, path: Path) -> bool:
    """Whether a change at this path of a document of the kind (``v1alpha1``: the main one) waits for a reboot."""
    if kind == "v1alpha1" and not any(path[: len(live)] == live for live in contract.live):
        return True
    return any((kind, *path)[: len(row)] == row for row in contract.restarts)


def whole_needs_reboot(contract: Contract, kind: str, document: Json, *, gone: bool) -> bool:
    """The same for a document that comes or goes as a whole. A kernel module stays loaded, whatever it was given."""
    if kind not in (contract.go if gone else contract.come):
        return False
    rows = [row[1:] for row in contract.restarts if row[0] == kind]
    return kind == "KernelModuleConfig" or any(dig(document, row) for row in rows)
