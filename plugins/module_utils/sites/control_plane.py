# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes form the control plane."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..core.error import Finding


def roles(given: Sequence[str | None]) -> list[str]:
    """The role of each node, of which ``given`` holds what its user said.

    Nodes named control plane are it; else it is the first three, or the first one, of those not named worker.
    """
    candidates = [index for index, role in enumerate(given) if role != "worker"]
    named = [index for index in candidates if given[index] == "controlplane"]
    chosen = named or candidates[: 3 if len(candidates) >= 3 else 1]
    return ["controlplane" if index in chosen else "worker" for index in range(len(given))]


def findings(given: Sequence[str | None], vip: str | None) -> Iterator[Finding]:
    """An even number of etcd members tolerates no more failures than one less; several members need one address."""
    count = roles(given).count("controlplane")
    if given and count == 0:
        yield Finding(("nodes",), "every node is a worker: one or three must be control plane")
    elif count and count % 2 == 0:
        yield Finding(("nodes",), f"{count} control-plane nodes: etcd needs an odd number, one or three")
    elif count > 1 and not vip:
        yield Finding(("network", "vip"), f"is required with {count} control-plane nodes")
