# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What virt-api writes into the lists of a guest when it is made: buses, when images are pulled, a disk a volume.

Lists are applied whole, so that the very same manifest would take it away again, and virt-api refuses any change of a
guest's spec: "update of VMI object is restricted" (measured).
"""

from __future__ import annotations

from collections.abc import Mapping

from ...core.path import Json, dig, parse, put

_LISTS = tuple(
    parse(f"spec.{path}") for path in ("domain.devices.disks", "domain.devices.interfaces", "networks", "volumes")
)


def with_defaults(vmi: Json, live: Json | None) -> Json:
    """The guest as it is sent to where ``live`` is: what its lists leave open stays as it is."""
    for path in _LISTS:
        wanted, found = dig(vmi, path), dig(live, path)
        if isinstance(wanted, list) and isinstance(found, list):
            vmi = put(vmi, path, _items(wanted, found))
    return vmi


def _items(wanted: Json, found: Json) -> Json:
    """Each wanted item over the one that is there by its name, and behind them those that nobody has asked for."""
    there = {item.get("name"): item for item in found}
    named = {item.get("name") for item in wanted}
    return [_over(there.get(item.get("name"), {}), item) for item in wanted] + [
        item for item in found if item.get("name") not in named
    ]


def _over(found: Json, wanted: Json) -> Json:
    if not (isinstance(found, Mapping) and isinstance(wanted, Mapping)):
        return wanted
    return {**found, **{key: _over(found.get(key), value) for key, value in wanted.items()}}
