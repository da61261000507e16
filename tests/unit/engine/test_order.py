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


def peer(name, *others):
    return item("kubeovn.io/v1", "Vpc", name, spec={"vpcPeerings": [{"remoteVpc": other} for other in others]})


def test_those_of_one_kind_may_need_one_another():
    """None of two VPCs that are peers is first; what needs one of them still comes after it."""
    one, two, third = peer("one", "two"), peer("two", "one"), peer("third", "one")
    subnet = item("kubeovn.io/v1", "Subnet", "n3", spec={"vpc": "two"})
    assert [[i.name for i in level] for level in levels([subnet, third, one, two])] == [["third", "one", "two"], ["n3"]]


def test_a_circle_of_kinds_is_refused_by_name():
    chicken = Kind("x/v1", "Chicken", "chickens", CLUSTER, refers_to=(ref("Egg", "spec.from"),))
    egg = Kind("x/v1", "Egg", "eggs", CLUSTER, refers_to=(ref("Chicken", "spec.from"),))
    circle = [Item(kind, {"metadata": {"name": "a"}, "spec": {"from": "a"}}) for kind in (chicken, egg)]
    needs_it = Item(chicken, {"metadata": {"name": "b"}, "spec": {"from": "a"}})
    with pytest.raises(InvalidInput, match="Chicken a, Egg a"):
        levels([*circle, needs_it])
