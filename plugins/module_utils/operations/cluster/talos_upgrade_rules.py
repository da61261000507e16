# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Versions of Talos: their order, from which one to which a machine may go, and how it is brought there."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from ...core.error import InvalidInput, Unsupported
from ...core.path import Path
from ...resources.machine_config.contract import Minor

# The two generations of calls, by the names of the option ``method``.
LIFECYCLE, LEGACY = "lifecycle", "legacy"
# What is only done when it was allowed, by the names of the option ``allow``.
DOWNGRADE, SKIP, KUBERNETES = "downgrade", "minor_skip", "kubernetes"
ALLOWABLE = (DOWNGRADE, SKIP, KUBERNETES)

_VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.\-]+))?\Z")
# An installer takes machines from two minors before its own up to one after it, and runs Kubernetes' minors from
# eighteen to twenty-three above its own (pkg/machinery/compatibility of siderolabs/talos, v1.3 to v1.15).
_OLDER, _NEWER = 2, 1
_KUBERNETES = (18, 23)
# cmd/talosctl/cmd/talos/upgrade.go, v1.13: later versions have LifecycleService, and the older call until 1.18.
_LIFECYCLE_AFTER = "v1.13.0-alpha.2"
_LEGACY_UNTIL = Minor(1, 18)
# hack/release.toml of 1.14: from then on, there are only Image Factories' installers.
_STOCK, _STOCK_UNTIL = "ghcr.io/siderolabs/installer", Minor(1, 14)


@dataclass(frozen=True, order=True)
class Version:
    """A version; compares as semantic versions do (semver.org, 11)."""

    core: tuple[int, int, int]
    rank: tuple[tuple[int, int, str], ...]
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str, *, path: Path = ()) -> Version:
        """Raises `InvalidInput` for what is none."""
        found = _VERSION.match(text)
        if not found:
            raise InvalidInput(f"{text!r} is not a version", path=path, hint="for example v1.13.2")
        parts = found[4].split(".") if found[4] else []
        rank = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
        return cls((int(found[1]), int(found[2]), int(found[3])), rank or ((2, 0, ""),), f"v{text.lstrip('v')}")

    @property
    def minor(self) -> Minor:
        return Minor(*self.core[:2])

    def __str__(self) -> str:
        return self.text


def method(running: str) -> str:
    """The generation of calls with which a machine of this version is upgraded."""
    return LIFECYCLE if Version.parse(running) > Version.parse(_LIFECYCLE_AFTER) else LEGACY


def refuse_method(running: str, chosen: str) -> None:
    """Refuse calls that this version does not have."""
    version = Version.parse(running)
    if chosen == LIFECYCLE and method(running) == LEGACY:
        raise Unsupported(f"Talos {version} has no LifecycleService", path=("method",), hint="method: legacy")
    if chosen == LEGACY and version.minor >= _LEGACY_UNTIL:
        raise Unsupported(f"Talos {version} has no MachineService.Upgrade", path=("method",), hint="method: lifecycle")


def refuse_image(repository: str, wanted: Version) -> None:
    """Refuse an image that is not published."""
    if repository == _STOCK and wanted.minor >= _STOCK_UNTIL:
        hint = "factory.talos.dev/metal-installer/<schematic>:<version>; kubevim.nfvi.talos_schematic names it"
        raise InvalidInput(f"there is no {_STOCK} for Talos {wanted}", path=("image",), hint=hint)


def refuse_way(running: str, wanted: Version, allowed: Collection[str]) -> None:
    """Refuse to go from one version to another as its installer would, or without having been allowed to."""
    here, hint = Version.parse(running), "allow it with allow: [{}]"
    steps = wanted.core[1] - here.core[1] if wanted.core[0] == here.core[0] else 99 * (wanted.core[0] - here.core[0])
    if steps > _OLDER:
        between = f"{here.core[0]}.{here.core[1] + 1}"
        raise Unsupported(f"Talos {wanted} cannot follow {here}", path=("image",), hint=f"upgrade to {between} first")
    if steps < -_NEWER:
        raise Unsupported(f"Talos {here} cannot go back to {wanted}", path=("image",))
    if wanted < here and DOWNGRADE not in allowed:
        raise InvalidInput(f"is a downgrade from {here} to {wanted}", path=("image",), hint=hint.format(DOWNGRADE))
    if steps > 1 and SKIP not in allowed:
        raise InvalidInput(f"leaves out a minor from {here} to {wanted}", path=("image",), hint=hint.format(SKIP))


def refuse_kubernetes(running: str, wanted: Version, allowed: Collection[str]) -> None:
    """Refuse a Talos that does not run this version of Kubernetes."""
    found = _VERSION.match(running)
    if found is None or KUBERNETES in allowed:
        return
    oldest, newest = (Minor(wanted.core[0], wanted.core[1] + step) for step in _KUBERNETES)
    if not oldest <= Minor(int(found[1]), int(found[2])) <= newest:
        reason = f"Talos {wanted} runs Kubernetes {oldest} … {newest}, and this machine's is {running}"
        hint = f"upgrade Kubernetes first, or allow: [{KUBERNETES}]"
        raise InvalidInput(reason, path=("image",), hint=hint)
