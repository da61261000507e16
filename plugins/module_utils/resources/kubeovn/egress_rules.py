# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold between an egress gateway and its VPC (kube-ovn pkg/controller/vpc_egress_gateway.go)."""

from __future__ import annotations

from collections.abc import Iterator

from ...core.error import Finding
from ...core.path import dig
from .egress_kinds import VPC_EGRESS_GATEWAY
from .scene import Scene, at
from .subnet import DEFAULT_VPC


def findings(seen: Scene) -> Iterator[Finding]:
    """Who watches the replicas is the router, by a port that it has to have."""
    for gateway in seen.each(VPC_EGRESS_GATEWAY):
        name = gateway.get("vpc") or DEFAULT_VPC
        vpc = seen.spec("Vpc", name)
        watched = dig(gateway.spec, ("bfd", "enabled")) is True
        if watched and vpc is not None and dig(vpc, ("bfdPort", "enabled")) is not True:
            yield at(gateway, "bfd.enabled", f"Vpc {name} has no BFD port: its bfd_port is not enabled")
