# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A virtual machine as a host: its name, its groups, its address, and what is known of it. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from ...core.path import Json, dig
from .lifecycle import Seen
from .summary import details

FAMILIES = {"ipv4": 4, "ipv6": 6}
ANNOTATIONS = ("metadata", "annotations")
# Written by servers and tools for themselves.
_NOISE = ("kubectl.kubernetes.io/", "kubevirt.io/latest-observed-api", "kubevirt.io/storage-observed-api")


@dataclass(frozen=True)
class Reach:
    """How a guest is reached: by its interface of that name (any when empty), at an address of that family (any)."""

    interface: str = ""
    family: str = ""


@dataclass(frozen=True)
class Host:
    """``address`` is empty where the guest has none that is wanted."""

    name: str
    namespace: str
    address: str
    facts: Json

    def as_json(self) -> Json:
        """What a cache keeps of it."""
        return asdict(self)

    @property
    def groups(self) -> list[str]:
        """Before characters that a group must not have are replaced."""
        found = ["kubevirt", f"namespace_{self.namespace}", f"status_{self.facts['status'].lower()}"]
        found += [f"node_{self.facts['node']}"] if self.facts["node"] else []
        found += [f"instancetype_{self.facts['instancetype']}"] if self.facts["instancetype"] else []
        return found + [_group(key, value) for key, value in sorted(self.facts["labels"].items())]


def _group(key: str, value: str) -> str:
    return f"label_{key}_{value}" if value else f"label_{key}"


def remembered(entry: Json) -> Host:
    """A host that a cache had."""
    return Host(entry["name"], entry["namespace"], entry["address"], entry["facts"])


def host(seen: Seen, reach: Reach) -> Host:
    """The machine as a host."""
    found, meta = details(seen), seen.vm["metadata"]
    facts = {key: value for key, value in found.items() if key not in ("name", "namespace")}
    notes = {key: str(value) for key, value in (dig(seen.vm, ANNOTATIONS) or {}).items()}
    told = {
        **facts,
        "instancetype": str(dig(seen.vm, ("spec", "instancetype", "name")) or ""),
        "preference": str(dig(seen.vm, ("spec", "preference", "name")) or ""),
        "annotations": {key: value for key, value in notes.items() if not key.startswith(_NOISE)},
        "os": str(found["guest_os"].get("id") or ""),
    }
    return Host(meta["name"], meta["namespace"], next(_addresses(found["interfaces"], reach), ""), told)


def _addresses(interfaces: Sequence[Json], reach: Reach) -> Iterator[str]:
    """Those that can be dialled from elsewhere, in the guest's own order."""
    for interface in interfaces:
        if reach.interface in ("", interface["name"]):
            yield from (text for text in interface["addresses"] if _dialled(text, reach.family))


def _dialled(text: str, family: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return (
        not (address.is_link_local or address.is_loopback) and FAMILIES.get(family, address.version) == address.version
    )


def named(hosts: Sequence[Host], pattern: str) -> list[tuple[str, Host]]:
    """Every host with its inventory name; ``name`` alone only where no other namespace has a machine of that name."""
    if pattern != "name":
        return [(f"{each.name}.{each.namespace}", each) for each in hosts]
    often = {each.name for each in hosts if sum(other.name == each.name for other in hosts) > 1}
    return [(f"{each.name}.{each.namespace}" if each.name in often else each.name, each) for each in hosts]
