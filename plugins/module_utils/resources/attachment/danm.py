# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network of DANM's own API: a DanmNet, as its user sees it."""

from __future__ import annotations

from ...core.given import Given
from ...core.path import Json, prune

# The user's option for each field of the manifest.
OPTIONS = {
    "metadata.name": "name",
    "metadata.namespace": "namespace",
    "spec.NetworkID": "danm.network_id",
    "spec.NetworkType": "danm.network_type",
    "spec.Options.host_device": "danm.host_device",
    "spec.Options.device_pool": "danm.device_pool",
    "spec.Options.vlan": "danm.vlan",
    "spec.Options.vxlan": "danm.vxlan",
    "spec.Options.rt_tables": "danm.rt_tables",
    "spec.Options.cidr": "danm.cidr",
    "spec.Options.net6": "danm.net6",
    "spec.Options.container_prefix": "danm.container_prefix",
    "spec.Options.routes": "danm.routes",
    "spec.Options.allocation_pool": "danm.allocation_pool",
}


def api_version(given: Given) -> str:
    """The group of DANM's API at this site."""
    return f"{given.at('danm').text('api_group', 'danm.io')}/v1"


def spec(given: Given) -> Json:
    """The network; its identifier is its name unless given."""
    own = given.at("danm")
    plain = ("host_device", "device_pool", "vlan", "vxlan", "rt_tables", "cidr", "net6", "container_prefix", "routes")
    pool = own.get("allocation_pool") or {}
    options = prune(**{key: own.get(key) for key in plain}, allocation_pool=prune(**pool))
    return prune(
        NetworkID=own.text("network_id", given.text("name")),
        NetworkType=own.text("network_type", "ipvlan"),
        Options=options,
    )
