# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Strategic merge, case by case; tests/interop/test_talos_config.py asks talosctl for the same."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import patch
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import Configuration

LINK = {"apiVersion": "v1alpha1", "kind": "LinkConfig", "name": "eth0", "mtu": 1500}


def _patched(base: dict[str, Any], part: dict[str, Any]) -> Any:
    return patch.apply(Configuration((base,)), [part]).documents


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
    ("part", "path"),
    [
        ({"machine": {"sysctls": {"nope": {"$patch": "delete"}}}}, r"\[0\].machine.sysctls.nope"),
        ({"machine": {"certSANs": {"a": "b"}}}, r"\[0\].machine.certSANs"),
        ({"kind": "FooConfig", "apiVersion": "v1alpha1"}, "FooConfig"),
        ({"$patch": "delete"}, "main document"),
    ],
)
def test_what_cannot_be_done_is_refused_with_its_place(part: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput, match=path):
        _patched({"machine": {"sysctls": {"a": "1"}, "certSANs": ["a"]}}, part)
