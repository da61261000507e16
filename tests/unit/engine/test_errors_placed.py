# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a server finds wrong is told at its place in the user's input, each of several at its own."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.errors import Refused
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Finding
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse, render
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.errors import raise_all
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Item
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.place import Place
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.kubevirt.kinds import VM

OPTIONS = {"spec.disks[*].name": "disks[*].name", "spec.volumes[*].name": "disks[*].name", "spec.cores": "cores"}


@pytest.mark.parametrize(
    ("fields", "path", "reason"),
    [
        (["spec.cores"], "vms[0].cores", "no"),
        (["spec.cores", "spec.volumes[1].name"], "vms[0]", "cores: no; disks[1].name: no"),
        (["spec.disks[1].name", "spec.volumes[1].name"], "vms[0].disks[1].name", "no; no"),
        (["spec.cores", "spec.others"], "vms[0]", "cores: no; spec.others: no"),
        (["spec.cores", ""], "vms[0]", "cores: no; no"),
    ],
)
def test_every_finding_has_its_place(fields, path, reason):
    manifest = {"kind": "VirtualMachine", "metadata": {"name": "a", "namespace": "n"}}
    item = Item(VM, manifest, Place(("vms", 0), OPTIONS))
    fault = Refused([Finding(parse(field), "no") for field in fields], object="")
    with pytest.raises(Refused) as told:
        raise_all([(item, fault)])
    assert (render(told.value.path), told.value.reason) == (path, reason)
