# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Differences between configurations: by meaning, with paths, without secrets."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core import yaml_text
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.change import Impact
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import parse as path_of
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import put
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.plan import Plan
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.compare import changes
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import (
    Configuration,
    parse,
)

from .conftest import Generate

CONTRACT = contract_for("v1.13.0")


def _plan(before: Configuration, after: Configuration) -> Plan:
    return Plan.of(changes("node e1", before, after, CONTRACT, Masker(b"key")))


def _changed(configuration: Configuration, path: str, value: Any) -> Configuration:
    main, *others = copy.deepcopy(configuration.documents)
    return Configuration((put(main, path_of(path), value), *others))


def test_order_comments_and_empty_values_are_no_difference(made: Generate) -> None:
    after = made()
    main, *others = copy.deepcopy(after.documents)
    shuffled = dict(reversed(list(main.items())))
    shuffled["machine"]["pods"] = []
    shuffled["machine"]["network"] = {}
    before = parse("# a comment\n" + yaml_text.dump_all([*others, shuffled]))
    assert not _plan(before, after)


def test_a_change_has_its_document_and_path(made: Generate) -> None:
    plan = _plan(made(), _changed(made(), "cluster.clusterName", "fog"))
    assert plan.actions == ["update node e1: v1alpha1.cluster.clusterName edge → fog"]


@pytest.mark.parametrize(
    ("path", "value", "impact"),
    [
        ("machine.sysctls", {"a": "1"}, Impact.NONE),
        ("machine.kubelet.image", "x:v1.36.1", Impact.NONE),
        ("cluster.clusterName", "other", Impact.NONE),
        ("machine.features.kubePrism.port", 7446, Impact.NONE),
        ("machine.udev", {"rules": ["x"]}, Impact.NODE_REBOOT),
        ("machine.features.diskQuotaSupport", False, Impact.NODE_REBOOT),
        ("machine.files", [{"path": "/var/x", "content": "y"}], Impact.NODE_REBOOT),
    ],
)
def test_which_changes_need_a_reboot(made: Generate, path: str, value: Any, impact: Impact) -> None:
    assert _plan(made(), _changed(made(), path, value)).impact == impact


def test_documents_that_come_and_go_are_one_change_each(made: Generate) -> None:
    link = {"apiVersion": "v1alpha1", "kind": "LinkConfig", "name": "eth0", "mtu": 9000}
    plan = _plan(made(), Configuration((made().main, link)))
    assert [(change.path, change.before is None, change.after is None) for change in plan] == [
        (("LinkConfig", "eth0"), True, False),
        (("HostnameConfig",), False, True),
    ]


def test_no_secret_of_the_bundle_is_in_a_plan(made: Generate, bundle: Bundle) -> None:
    after = made()
    other = _changed(_changed(after, "machine.token", "aaaaaa.bbbbbbbbbbbbbbbb"), "cluster.secret", "c2VjcmV0c2VjcmV0")
    shown = f"{_plan(Configuration(()), after).diff()} {_plan(other, after).diff()} {_plan(other, after).actions}"
    secrets = [
        bundle.get(*path) for path in (("trustdinfo", "token"), ("cluster", "secret"), ("secrets", "bootstraptoken"))
    ]
    keys = [bundle.get("certs", name, "key") for name in ("os", "k8s", "etcd", "k8saggregator", "k8sserviceaccount")]
    for secret in (*secrets, *keys, bundle.get("secrets", "secretboxencryptionsecret"), "aaaaaa.bbbbbbbbbbbbbbbb"):
        assert secret not in shown
    assert "v1alpha1.machine.token" in shown  # the change itself is told


def test_a_document_of_an_unknown_kind_is_masked_whole() -> None:
    document = {"apiVersion": "v1alpha1", "kind": "NewConfig", "name": "x", "password": "hunter2"}
    shown = Configuration((document,)).masked(Masker()).documents[0]
    assert shown["name"] == "x"
    assert "hunter2" not in str(shown)
