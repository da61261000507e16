# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which disks may be wiped, which are clean already, and which are refused with what reason."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NfviError, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_disk_plan import (
    Disk,
    Wanted,
    chosen,
    disks,
    plan_wipe,
    unconfirmed,
)

NODE = "10.0.0.1"
LINK = "/dev/disk/by-id/nvme-PM9A3_S1"
FOUND: dict[str, Any] = {
    "nvme0n1": {"size": 10},
    "nvme1n1": {"size": 20, "model": "PM9A3", "serial": "S1", "symlinks": [LINK]},
    "sda": {"size": 30},
    "sdb": {"readonly": True},
    "sr0": {"cdrom": True},
    "sdd": {},
    "sde": {},
    "dm-0": {"secondary_disks": ["sdd"]},
}
DISCOVERED: dict[str, Any] = {
    "nvme0n1": {"name": "gpt"},
    "nvme1n1": {"name": "gpt"},
    "nvme1n1p1": {"name": "xfs", "parent": "nvme1n1"},
    "sda": {"name": ""},
    "sde": {"name": "gpt"},
    "sde1": {"name": "xfs", "parent": "sde"},
}
VOLUMES: dict[str, Any] = {
    "EPHEMERAL": {"location": "/dev/nvme0n1p6", "parentLocation": "/dev/nvme0n1"},
    "u-data": {"location": "/dev/sde1"},
    "tmp": {},
}


def seen() -> list[Disk]:
    return disks(FOUND, "nvme0n1", DISCOVERED, VOLUMES)


def wanted(*names: str, method: str = "fast") -> Wanted:
    return Wanted.parse(Given({"disks": list(names), "method": method}))


@pytest.mark.parametrize("name", ["nvme1n1", "/dev/nvme1n1", LINK])
def test_a_disk_has_many_names(name: str) -> None:
    disk = chosen(wanted("sda", name), NODE, seen())[1]
    assert (disk.name, disk.size, disk.serial, disk.clean) == ("nvme1n1", 20, "S1", False)
    assert len(chosen(wanted(name, "nvme1n1"), NODE, seen())) == 1


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("sdz", InvalidInput, "there is no disk sdz"),
        ("nvme1n1p1", InvalidInput, "there is no disk"),
        ("nvme0n1", InvalidInput, "is the system disk"),
        ("sdb", InvalidInput, "is read-only"),
        ("sr0", InvalidInput, "is a CD-ROM"),
        ("sdd", Precondition, "is in use by disk dm-0"),
        ("sde", Precondition, "is in use by volume u-data"),
    ],
)
def test_what_must_not_be_wiped_is_refused_at_its_place(name: str, kind: type[NfviError], said: str) -> None:
    with pytest.raises(kind) as caught:
        chosen(wanted("sda", name), NODE, seen())
    assert said in caught.value.reason
    assert (caught.value.object, caught.value.path) == ("node 10.0.0.1", ("disks", 1))


def test_a_system_disk_that_is_only_seen_by_its_volumes_is_in_use() -> None:
    with pytest.raises(Precondition, match="volume EPHEMERAL"):
        chosen(wanted("nvme0n1"), NODE, disks(FOUND, None, DISCOVERED, VOLUMES))


@pytest.mark.parametrize(
    ("name", "method", "action"),
    [
        ("nvme1n1", "fast", "wipe disk nvme1n1 of node 10.0.0.1: content gpt, nvme1n1p1 → (none)"),
        ("nvme1n1", "zeroes", "overwrite disk nvme1n1 of node 10.0.0.1: content gpt, nvme1n1p1 → (none)"),
        ("sda", "fast", None),
        ("sda", "zeroes", "overwrite disk sda of node 10.0.0.1"),
    ],
)
def test_the_plan(name: str, method: str, action: str | None) -> None:
    asked = wanted(name, method=method)
    plan = Plan.of(plan_wipe(asked, NODE, chosen(asked, NODE, seen())).values())
    assert plan.actions == ([action] if action else [])
    findings = unconfirmed(plan.changes)
    assert [finding.path for finding in findings] == ([("confirm",)] if action else [])


def test_no_disk_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        wanted()
    assert caught.value.path == ("disks",)
