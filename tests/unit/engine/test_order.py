# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is referred to comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Item
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.kind import CLUSTER, Kind, ref
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.order import levels
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY


def item(api_version, kind, name, namespace="", **fields):
    row = REGISTRY.find(api_version, kind)
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return Item(row, {"apiVersion": api_version, "kind": kind, "metadata": meta, **fields})


NAMESPACE = item("v1", "Namespace", "upf")
VPC = item("kubeovn.io/v1", "Vpc", "ran", spec={"namespaces": ["upf"]})
SUBNET = item("kubeovn.io/v1", "Subnet", "n3", spec={"vpc": "ran"})
SECRET = item("v1", "Secret", "ci", "upf")
CRD = item("apiextensions.k8s.io/v1", "CustomResourceDefinition", "vpcs.kubeovn.io")
VM = item(
    "kubevirt.io/v1", "VirtualMachine", "vm", "upf",
    spec={"template": {
        "metadata": {"annotations": {"ovn.kubernetes.io/logical_switch": "n3"}},
        "spec": {"volumes": [{"name": "c", "cloudInitNoCloud": {"secretRef": {"name": "ci"}}}]},
    }},
)  # fmt: skip
ALL = [NAMESPACE, CRD, SECRET, VPC, SUBNET, VM]


@given(st.permutations(ALL))
def test_the_order_given_does_not_matter(shuffled):
    where = {i.label: number for number, level in enumerate(levels(shuffled)) for i in level}
    expected = [NAMESPACE, CRD, SECRET, VPC, SUBNET, VM]
    assert [where[i.label] for i in expected] == list(range(6))


def test_what_is_independent_shares_a_level():
    other = item("kubeovn.io/v1", "Vpc", "core", spec={})
    assert [sorted(i.name for i in level) for level in levels([VPC, other, SUBNET])] == [["core", "ran"], ["n3"]]


def test_a_circle_is_refused_by_name():
    needs = Kind("example.org/v1", "Part", "parts", CLUSTER, refers_to=(ref("Part", "spec.needs"),))
    one, two = (Item(needs, {"metadata": {"name": a}, "spec": {"needs": b}}) for a, b in ("lr", "rl"))
    with pytest.raises(InvalidInput, match="Part l, Part r"):
        levels([one, two])


def test_what_may_name_one_another_shares_a_level():
    one = item("kubeovn.io/v1", "Vpc", "one", spec={"vpcPeerings": [{"remoteVpc": "two"}]})
    two = item("kubeovn.io/v1", "Vpc", "two", spec={"vpcPeerings": [{"remoteVpc": "one"}]})
    assert levels([one, two]) == [[one, two]]
