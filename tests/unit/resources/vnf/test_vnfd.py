# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plain descriptor: what it says, and what is refused with its place in the file."""

from __future__ import annotations

import copy

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.vnf.package import load
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.vnf.vnfd import Vnfd

GOOD = {
    "vnfd": {"id": "fw", "version": "1.0"},
    "vdus": [{"name": "fw", "vcpu": 2, "memory": "2Gi", "image": {"container_disk": "x"}}],
    "connection_points": [{"name": "n3", "vdu": "fw"}],
    "flavours": [{"name": "default", "vdus": {"fw": {"instances": 2}}}],
}


def refused(change):
    descriptor = copy.deepcopy(GOOD)
    change(descriptor)
    with pytest.raises(InvalidInput) as caught:
        Vnfd.parse(Given(descriptor))
    return render(caught.value.path)


def test_what_it_says():
    found = Vnfd.parse(Given(GOOD))
    assert (found.id, found.version) == ("fw", "1.0")
    assert found.flavours[0].instances == {"fw": 2}
    assert [cp.name for cp in found.points("fw")] == ["n3"]
    assert found.points("other") == []


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda d: d["vnfd"].pop("version"), "vnfd.version"),
        (lambda d: d.update(vdus=[]), ""),
        (lambda d: d["vdus"].append(d["vdus"][0]), "vdus[1].name"),
        (lambda d: d["vdus"][0].update(vcpu=0), "vdus[0].vcpu"),
        (lambda d: d["vdus"][0].update(vcpus=1), "vdus[0].vcpus"),
        (lambda d: d["vdus"][0].update(cloud_init={"user_data_file": "../x"}), "vdus[0].cloud_init.user_data_file"),
        (lambda d: d["connection_points"][0].update(vdu="other"), "connection_points[0].vdu"),
        (lambda d: d["connection_points"][0].update(plane="n3"), "connection_points[0].plane"),
        (lambda d: d["flavours"][0]["vdus"].update(other={"instances": 1}), "flavours[0].vdus.other"),
        (lambda d: d.update(flavours=[]), "flavours"),
    ],
)
def test_refusals_name_the_place(change, place):
    assert refused(change) == place


@pytest.mark.parametrize(
    ("text", "told"),
    [(None, "No such file"), ("a: [", "not YAML"), ("- 1", "a mapping is expected"), ("vnfd: {id: x}", "is required")],
)
def test_a_package_that_cannot_be_read(tmp_path, text, told):
    if text is not None:
        (tmp_path / "descriptor.yml").write_text(text)
    with pytest.raises(InvalidInput, match=told) as caught:
        load(Given(str(tmp_path), ("package",)))
    assert str(tmp_path) in str(caught.value)
