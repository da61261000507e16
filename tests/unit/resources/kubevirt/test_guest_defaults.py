# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A guest is not taken the defaults of its lists: virt-api refuses any change of its spec."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.kinds import VMI


def vmi(volumes, disks=None, **domain):
    devices = {} if disks is None else {"disks": disks}
    return {"spec": {"volumes": volumes, "domain": {"devices": devices, **domain}}}


ROOT = {"name": "root", "containerDisk": {"image": "a:1"}}
OTHER = {"name": "root", "containerDisk": {"image": "b:1"}}
CHANGED = {"name": "root", "containerDisk": {"image": "b:1", "imagePullPolicy": "IfNotPresent"}}
PULLED = {"name": "root", "containerDisk": {"image": "a:1", "imagePullPolicy": "IfNotPresent"}}


@pytest.mark.parametrize(
    ("wanted", "live", "sent"),
    [
        (vmi([ROOT]), None, vmi([ROOT])),
        (vmi([ROOT]), vmi([PULLED], [{"name": "root"}]), vmi([PULLED])),
        (
            vmi([ROOT], [{"name": "root"}]),
            vmi([PULLED], [{"name": "root", "disk": {"bus": "sata"}}]),
            vmi([PULLED], [{"name": "root", "disk": {"bus": "sata"}}]),
        ),
        (vmi([ROOT], []), vmi([ROOT], [{"name": "root"}]), vmi([ROOT], [{"name": "root"}])),
        (vmi([OTHER]), vmi([PULLED]), vmi([CHANGED])),
        (vmi([ROOT], cpu={"cores": 2}), vmi([ROOT], cpu={"cores": 1, "model": "x"}), vmi([ROOT], cpu={"cores": 2})),
    ],
    ids=["new", "in an item", "in a disk", "another item", "what is wanted wins", "lists only"],
)  # fmt: skip
def test_defaults_in_lists_stay(wanted, live, sent):
    before = str(wanted)
    assert VMI.normalise(wanted, live) == sent
    assert str(wanted) == before
