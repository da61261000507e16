# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategic merge, case by case; tests/interop/test_talos_config.py asks talosctl for the same."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import patch
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import Configuration
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.patch_given import Patch

LINK = {"apiVersion": "v1alpha1", "kind": "LinkConfig", "name": "eth0", "mtu": 1500}


def _patched(base: dict[str, Any], part: Any, version: str = "v1.13.0") -> Any:
    given = Patch.parse(Given(part, ("patches", 0)))
    return patch.apply(Configuration((base,)), given, contract_for(version)).documents


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        pytest.param({"type": "worker"}, {"type": "controlplane"}, {"type": "controlplane"}, id="the right text wins"),
        pytest.param({"type": "worker"}, {"type": ""}, {"type": "worker"}, id="an empty text says nothing"),
        pytest.param({"certSANs": ["a"]}, {"certSANs": ["b"]}, {"certSANs": ["a", "b"]}, id="lists are appended"),
        pytest.param(
            {"features": {"diskQuotaSupport": True}},
            {"features": {"diskQuotaSupport": False}},
            {"features": {"diskQuotaSupport": False}},
            id="false is a value",
        ),
        pytest.param(
            {"sysctls": {"a": "1", "b": "2"}},
            {"sysctls": {"b": "3"}},
            {"sysctls": {"a": "1", "b": "3"}},
            id="maps by key",
        ),
        pytest.param(
            {"kubelet": {"extraArgs": {"v": "1", "w": "2"}}},
            {"kubelet": {"extraArgs": {"v": ""}}},
            {"kubelet": {"extraArgs": {"v": "", "w": "2"}}},
            id="an argument is replaced whole",
        ),
        pytest.param(
            {"kubelet": {"extraConfig": {"a": {"b": [1]}, "c": 1}}},
            {"kubelet": {"extraConfig": {"a": {"b": [2]}}}},
            {"kubelet": {"extraConfig": {"a": {"b": [1, 2]}, "c": 1}}},
            id="free values merge deeply",
        ),
        pytest.param(
            {"network": {"interfaces": [{"interface": "eth0", "mtu": 1500}]}},
            {"network": {"interfaces": [{"interface": "eth0", "dhcp": True}, {"interface": "eth1"}]}},
            {"network": {"interfaces": [{"interface": "eth0", "mtu": 1500, "dhcp": True}, {"interface": "eth1"}]}},
            id="interfaces are told apart by name",
        ),
        pytest.param(
            {"sysctls": {"a": "1"}}, {"sysctls": {"a": {"$patch": "delete"}}}, {"sysctls": {}}, id="delete a key"
        ),
        pytest.param(
            {"network": {"interfaces": [{"interface": "eth0"}, {"interface": "eth1"}]}},
            {"network": {"interfaces": [{"interface": "eth0", "$patch": "delete"}]}},
            {"network": {"interfaces": [{"interface": "eth1"}]}},
            id="delete an item",
        ),
        pytest.param(
            {"sysctls": {"a": "1"}},
            {"sysctls": {"a": {"$patch": "delete"}, "b": "2"}},
            {"sysctls": {"b": "2"}},
            id="delete and merge",
        ),
    ],
)
def test_rules(left: dict[str, Any], right: dict[str, Any], expected: dict[str, Any]) -> None:
    assert _patched({"machine": left}, {"machine": right}) == ({"machine": expected},)


def test_subnets_are_replaced() -> None:
    base = {"cluster": {"network": {"podSubnets": ["10.244.0.0/16"]}}}
    part = {"cluster": {"network": {"podSubnets": ["10.16.0.0/16"]}}}
    assert _patched(base, part) == (part,)


def test_an_admission_plugin_is_merged_by_name_and_an_audit_policy_replaced() -> None:
    base = {"admissionControl": [{"name": "A", "configuration": {"x": 1}}], "auditPolicy": {"a": 1}}
    part = {"admissionControl": [{"name": "A", "configuration": {"y": 2}}], "auditPolicy": {"b": 2}}
    expected = {"admissionControl": [{"name": "A", "configuration": {"x": 1, "y": 2}}], "auditPolicy": {"b": 2}}
    found = _patched({"cluster": {"apiServer": base}}, {"cluster": {"apiServer": part}})
    assert found == ({"cluster": {"apiServer": expected}},)


def test_documents_match_by_kind_and_name_and_are_added_when_missing() -> None:
    found = _patched(LINK, {**LINK, "mtu": 9000})
    assert found == ({**LINK, "mtu": 9000},)
    other = {**LINK, "name": "eth1"}
    assert _patched(LINK, other) == (LINK, other)


def test_a_whole_document_can_be_deleted_and_a_missing_one_is_not_missed() -> None:
    head = {"apiVersion": "v1alpha1", "kind": "LinkConfig", "$patch": "delete"}
    assert _patched(LINK, {**head, "name": "eth0"}) == ()
    assert _patched(LINK, {**head, "name": "eth9"}) == (LINK,)


def test_the_base_is_not_changed() -> None:
    base = {"machine": {"sysctls": {"a": "1"}, "certSANs": ["a"]}}
    _patched(base, {"machine": {"sysctls": {"a": {"$patch": "delete"}}, "certSANs": ["b"]}})
    assert base == {"machine": {"sysctls": {"a": "1"}, "certSANs": ["a"]}}


@pytest.mark.parametrize(
    ("part", "left"),
    [
        pytest.param({"install": {"disk": {"$patch": "delete"}}}, {"install": {}}, id="a known key that is not set"),
        pytest.param({"registries": {"mirrors": {"$patch": "delete"}}}, {"install": {}}, id="in what is always there"),
        pytest.param({"install": None}, {"install": {}}, id="null says nothing"),
    ],
)
def test_what_says_nothing_changes_nothing(part: dict[str, Any], left: dict[str, Any]) -> None:
    assert _patched({"machine": {"install": {}}}, {"machine": part}) == ({"machine": left},)


def test_an_empty_list_replaces_where_lists_are_replaced() -> None:
    base = {"cluster": {"network": {"podSubnets": ["10.244.0.0/16"]}}}
    part: dict[str, Any] = {"cluster": {"network": {"podSubnets": []}}}
    assert _patched(base, part) == (part,)


def test_sizes_may_be_texts_or_numbers() -> None:
    volume = {"apiVersion": "v1alpha1", "kind": "VolumeConfig", "name": "EPHEMERAL"}
    found = _patched({**volume, "provisioning": {"minSize": "10GB"}}, {**volume, "provisioning": {"minSize": 1024}})
    assert found[0]["provisioning"] == {"minSize": 1024}


def test_a_document_may_stand_twice_in_a_patch_of_the_newest_contract_only() -> None:
    link = "apiVersion: v1alpha1\nkind: LinkConfig\nname: eth0\n"
    text = f"{link}mtu: 9000\n---\n{link}up: true\n"
    assert _patched(LINK, text, "v1.14.0") == ({**LINK, "mtu": 9000, "up": True},)
    with pytest.raises(InvalidInput, match=r"patches\[0\]\[1\]"):
        _patched(LINK, text)


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([{"op": "add", "path": "/a/-", "value": 3}], {"a": [1, 2, 3], "b/c": {"d": "e"}}),
        ([{"op": "add", "path": "/a/0", "value": 0}], {"a": [0, 1, 2], "b/c": {"d": "e"}}),
        ([{"op": "remove", "path": "/a/-1"}], {"a": [1], "b/c": {"d": "e"}}),
        ([{"op": "replace", "path": "/b~1c/d", "value": "f"}], {"a": [1, 2], "b/c": {"d": "f"}}),
        ([{"op": "replace", "path": "/new", "value": 1}], {"a": [1, 2], "b/c": {"d": "e"}, "new": 1}),
        ([{"op": "move", "from": "/a", "path": "/b~1c/a"}], {"b/c": {"d": "e", "a": [1, 2]}}),
        ([{"op": "copy", "from": "/a/0", "path": "/a/-"}], {"a": [1, 2, 1], "b/c": {"d": "e"}}),
        ([{"op": "test", "path": "/a", "value": [1, 2]}], {"a": [1, 2], "b/c": {"d": "e"}}),
        ([{"op": "replace", "path": "", "value": {"x": 1}}], {"x": 1}),
    ],
)
def test_operations_of_a_json_patch(operations: list[dict[str, Any]], expected: dict[str, Any]) -> None:
    base = {"a": [1, 2], "b/c": {"d": "e"}}
    assert _patched(base, operations) == (expected,)
    assert base == {"a": [1, 2], "b/c": {"d": "e"}}


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ({"op": "add", "path": "/x/y", "value": 1}, "path"),
        ({"op": "add", "path": "/a/3", "value": 1}, "path"),
        ({"op": "add", "path": "/a/x", "value": 1}, "path"),
        ({"op": "add", "path": "/t/x", "value": 1}, "path"),
        ({"op": "add", "path": "", "value": {}}, "path"),
        ({"op": "remove", "path": "/x"}, "path"),
        ({"op": "replace", "path": "/a/2", "value": 1}, "path"),
        ({"op": "move", "from": "/x", "path": "/y"}, "from"),
        ({"op": "copy", "from": "/x", "path": "/y"}, "from"),
        ({"op": "test", "path": "/t", "value": "u"}, "value"),
        ({"op": "test", "path": "/a", "value": [True, 2]}, "value"),
    ],
)
def test_an_operation_that_does_not_apply_is_refused_with_its_place(operation: dict[str, Any], path: str) -> None:
    good = {"op": "add", "path": "/z", "value": 1}
    with pytest.raises(InvalidInput) as caught:
        _patched({"a": [1, 2], "t": "text"}, [good, operation])
    assert caught.value.as_result()["path"] == f"patches[0][1].{path}"


def test_a_json_patch_needs_a_configuration_of_one_document() -> None:
    given = Patch.parse(Given([{"op": "add", "path": "/machine", "value": {}}], ("patches", 0)))
    with pytest.raises(InvalidInput, match="this one has v1alpha1, LinkConfig/eth0") as caught:
        patch.apply(Configuration(({"machine": {}}, LINK)), given, contract_for("v1.13.0"))
    assert caught.value.as_result()["path"] == "patches[0]"


@pytest.mark.parametrize(
    ("part", "path"),
    [
        ({"machine": {"sysctls": {"nope": {"$patch": "delete"}}}}, r"patches\[0\].machine.sysctls.nope"),
        ({"machine": {"certSANs": {"a": "b"}}}, r"patches\[0\].machine.certSANs"),
        ({"kind": "FooConfig", "apiVersion": "v1alpha1"}, "FooConfig"),
        ({"$patch": "delete"}, "main document"),
        (
            {"machine": {"network": {"hostname": {"$patch": "delete"}}}},
            "patches\\[0\\].machine.network: there is nothing",
        ),
        ({"machine": {"sysctls": {"$patch": "replace"}}}, r"machine.sysctls\["),
        ({"machine": {"udev": {"unicorn": {"$patch": "delete"}}}}, "machine.udev: there is nothing"),
        ({"machine": {"pods": [{"a": "b", "$patch": "delete"}]}}, r"machine.pods\[0\].a: Talos does not tell items"),
        ({"machine": {"pods": [{"a": {"b": {"$patch": "delete"}}}]}}, r"machine.pods\[0\]: nothing inside an item"),
        ({"machine": {"acceptedCAs": [{"$patch": "delete"}]}}, r"machine.acceptedCAs\[0\]: needs a field"),
        (
            {"machine": {"acceptedCAs": [{"crt": "x", "$patch": "delete"}]}},
            r"machine.acceptedCAs\[0\]: there is nothing",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(part: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput, match=path):
        _patched({"machine": {"sysctls": {"a": "1"}, "certSANs": ["a"]}}, part)
