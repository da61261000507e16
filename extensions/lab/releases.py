# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between versions of Talos, as far as the lab imitates it: a table, one row a minor version.

Sources: pkg/machinery/compatibility/talos*/ (who may come from where), internal/app/lifecycle and cmd/talosctl's own
gate ``>1.13.0-alpha.2`` (the newer services), hack/release.toml of 1.14 (the installer image that is not published any
more), ApplyConfiguration in internal/app/machined/internal/server/v1alpha1/v1alpha1_server.go of 1.11.6, 1.12.11,
1.13.0 and 1.14.0-rc.1, and internal/app/maintenance/server.go of 1.11.6 and 1.12.11 (maintenance mode, which 1.13 gave
to the usual server with the role os:reader).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

Minor = tuple[int, int]

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-(?P<pre>[0-9A-Za-z.]+))?\Z")
_STOCK = "ghcr.io/siderolabs/installer"


@dataclass(frozen=True)
class Release:
    """One minor version.

    ``services``: those that older versions do not have. ``from_`` and ``below``: the oldest version that can be
    upgraded to this one, and the first that is too new to go back to it. ``stock_installer``: whether there is an
    image outside of Image Factories.

    ``apply_reboots``: applying a configuration tells whether it takes a reboot, refuses what may not, and does it; a
    later version takes everything at once, and no request to reboot. ``maintenance``: the only calls that a machine
    without a configuration serves, where that has a server of its own, and ``maintenance_modes`` the only modes of
    ApplyConfiguration there; None where roles alone decide.
    """

    from_: Minor
    below: Minor
    services: tuple[str, ...] = ()
    stock_installer: bool = True
    apply_reboots: bool = True
    maintenance: frozenset[str] | None = None
    maintenance_modes: tuple[str, ...] | None = None


_NEWER = ("machine.LifecycleService", "machine.ImageService", "machine.DebugService")
#: Every service that some version in the table does not have.
VERSIONED = frozenset(_NEWER)

_OWN_SERVER = frozenset(
    (
        "/machine.MachineService/ApplyConfiguration",
        "/storage.StorageService/Disks",
        "/storage.StorageService/BlockDeviceWipe",
        "/cosi.resource.State/Get",
        "/cosi.resource.State/List",
        "/cosi.resource.State/Watch",
    )
)
_OWN_MODES = ("REBOOT", "AUTO", "TRY")

RELEASES: dict[Minor, Release] = {
    (1, 11): Release((1, 9), (1, 13), maintenance=_OWN_SERVER, maintenance_modes=_OWN_MODES),
    (1, 12): Release((1, 10), (1, 14), maintenance=_OWN_SERVER, maintenance_modes=_OWN_MODES),
    (1, 13): Release((1, 11), (1, 15), _NEWER),
    (1, 14): Release((1, 12), (1, 16), _NEWER, stock_installer=False, apply_reboots=False),
}


def minor(version: str) -> Minor:
    """The minor version of ``v1.13.0``; raises ``ValueError``."""
    found = _VERSION.match(version)
    if not found:
        raise ValueError(f"{version!r} is no version of Talos")
    return int(found[1]), int(found[2])


def row(version: str) -> Release:
    """The row of a version; one that is newer than the table is as the newest in it."""
    return RELEASES.get(minor(version), RELEASES[max(RELEASES)])


def serves_in_maintenance(version: str, path: str) -> bool:
    """Whether a machine without a configuration has the method at ``path``."""
    served = row(version).maintenance
    return served is None or path in served


def serves(version: str, service: str) -> bool:
    """Whether this Talos has the service ``machine.LifecycleService``."""
    return service not in VERSIONED or service in row(version).services


def is_published(reference: str, version: str) -> bool:
    """Whether there is such an installer image of a version."""
    known = RELEASES.get(minor(version))
    return known is not None and (known.stock_installer or not reference.startswith(f"{_STOCK}:"))


def refusal(host: str, wanted: str) -> str:
    """Why the installer of ``wanted`` does not run on ``host``, in its words; empty when it does."""
    there, here = RELEASES[minor(wanted)], minor(host)
    numbers = host.removeprefix("v"), wanted.removeprefix("v")
    if here < there.from_:
        return f"host version {numbers[0]} is too old to upgrade to Talos {numbers[1]}"
    if here >= there.below:
        return f"host version {numbers[0]} is too new to downgrade to Talos {numbers[1]}"
    return ""
