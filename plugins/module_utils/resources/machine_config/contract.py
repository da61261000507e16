# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a version of Talos wants of its configuration: one row a minor version, and nothing else knows about versions.

Source: pkg/machinery/config/contract.go, pkg/machinery/compatibility and CanApplyImmediate of siderolabs/talos.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from ...core.error import InvalidInput, Unsupported
from ...core.path import Path

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

    ``kubernetes`` is the range of minors that this Talos runs; ``live`` are the paths of the main document whose
    changes need no reboot (all other documents apply at once).
    """

    talos: Minor
    kubernetes: tuple[Minor, Minor]
    live: tuple[tuple[str, ...], ...]
    # base64 of 32 random bytes names the cluster: URL alphabet up to 1.13, the standard one from 1.14 on.
    url_safe_cluster_id: bool = True


_LIVE_MACHINE = (
    "ca acceptedCAs time certSANs install network sysfs sysctls logging controlPlane kubelet kernel registries pods "
    "seccompProfiles nodeAnnotations nodeLabels nodeTaints"
)
_LIVE_FEATURES = "kubernetesTalosAPIAccess kubePrism hostDNS imageCache nodeAddressSortAlgorithm"

CONTRACTS: dict[Minor, Contract] = {
    Minor(1, 13): Contract(
        talos=Minor(1, 13),
        kubernetes=(Minor(1, 31), Minor(1, 36)),
        live=(
            ("debug",),
            ("cluster",),
            *(("machine", key) for key in _LIVE_MACHINE.split()),
            *(("machine", "features", key) for key in _LIVE_FEATURES.split()),
        ),
    ),
}


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


def needs_reboot(contract: Contract, path: Path) -> bool:
    """Whether a change at this path of the main document takes effect only after a reboot."""
    return not any(path[: len(live)] == live for live in contract.live)
