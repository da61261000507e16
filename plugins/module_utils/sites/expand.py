# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows from a site, its hardware types and its release: everything the phases need, spelled out.

The result is plain data: it becomes the inventory variable ``nfvi_site``. Secrets stay references in it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from ..core.path import prune
from . import control_plane, state, talos
from .hardware import HardwareType
from .model import Bmc, Node, Site
from .release import Release

Absolute = Callable[[str], str]


def expand(
    site: Site, hardware: Sequence[HardwareType], release: Release, packages: Sequence[str], absolute: Absolute
) -> dict[str, Any]:
    """The expanded site. ``hardware`` and ``packages`` go with the site's nodes and VNFs, one by one."""
    roles = control_plane.roles([node.role for node in site.nodes])
    everyone = list(zip(site.nodes, roles, hardware, strict=True))
    site, roles, hardware = _present(site, everyone)
    state_dir = absolute(site.state_dir) if site.state_dir else state.default_directory(site.name)
    whole = {
        **{key: getattr(site, key) for key in ("name", "tier", "zone", "hub")},
        "state_dir": state_dir,
        "network": asdict(site.network),
        "release": {"name": site.release, **asdict(release)},
        "nodes": [_node(*each) for each in zip(site.nodes, roles, hardware, strict=True)],
        "absent": [_absent(*each, absolute) for each in everyone if each[0].absent],
        "bmcs": [_bmc(node.name, node.mac, node.bmc, absolute) for node in site.nodes if node.bmc],
        "talos": {
            "cluster": talos.cluster(site, roles, release),
            "endpoints": talos.control_plane(site, roles),
            "machines": [talos.machine(site, *each) for each in zip(site.nodes, roles, hardware, strict=True)],
            "nodes": [talos.node(node, state_dir) for node in site.nodes],
        },
        "vpcs": [{"name": vpc.name, **vpc.options} for vpc in site.vpcs],
        "subnets": [{**subnet, "vpc": vpc.name} for vpc in site.vpcs for subnet in vpc.subnets],
        "vnfs": [{**asdict(vnf), "package": package} for vnf, package in zip(site.vnfs, packages, strict=True)],
    }
    plain: dict[str, Any] = json.loads(json.dumps(whole))
    return plain


def _present(
    site: Site, everyone: Sequence[tuple[Node, str, HardwareType]]
) -> tuple[Site, list[str], list[HardwareType]]:
    """The site of the nodes that are to be there, with the role and the hardware type of each."""
    here = [each for each in everyone if not each[0].absent]
    nodes = tuple(node for node, _role, _type in here)
    return replace(site, nodes=nodes), [role for _node, role, _type in here], [kind for _node, _role, kind in here]


def _absent(node: Node, role: str, hardware: HardwareType, absolute: Absolute) -> dict[str, Any]:
    """A node that is to leave, or has left, with its BMC; in no other list of the site."""
    bmcs = [_bmc(node.name, node.mac, node.bmc, absolute)] if node.bmc else []
    return {**_node(node, role, hardware), "bmcs": bmcs}


def _node(node: Node, role: str, hardware: HardwareType) -> dict[str, Any]:
    """A node as people, and later phases, look at it."""
    nics = [asdict(nic) for nic in hardware.nics]
    return {"name": node.name, "role": role, "address": node.address, "mac": node.mac, "nics": nics}


def _bmc(node: str, mac: str, bmc: Bmc, absolute: Absolute) -> dict[str, Any]:
    """One entry of kubevim.nfvi.bmc_power's ``bmcs``, its password still a reference."""
    return prune(
        name=node,
        url=bmc.url,
        username=bmc.username,
        password=bmc.password.reference(absolute),
        ca_cert=absolute(bmc.ca) if bmc.ca else None,
        macs=[mac],
    )
