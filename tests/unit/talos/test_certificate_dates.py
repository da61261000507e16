# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates of a configuration are found, under which names, and how many days they have left."""

from __future__ import annotations

import base64
import datetime

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_certificates import (
    entry,
    in_configuration,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.documents import Configuration

from .conftest import START, Generate

AUTHORITIES = {
    "v1alpha1.machine.ca.crt",
    "v1alpha1.cluster.ca.crt",
    "v1alpha1.cluster.aggregatorCA.crt",
    "v1alpha1.cluster.etcd.ca.crt",
}


@pytest.mark.parametrize(
    ("role", "names"),
    [("controlplane", AUTHORITIES), ("worker", {"v1alpha1.machine.ca.crt", "v1alpha1.cluster.ca.crt"})],
)
def test_every_certificate_of_a_configuration_is_named_by_its_place(made: Generate, role: str, names: set[str]) -> None:
    found = {render(path): facts for path, facts in in_configuration(made(role=role))}
    assert set(found) == names
    assert {facts.not_before for facts in found.values()} == {START}


def test_a_bundle_and_what_is_none(bundle: Bundle) -> None:
    pem = certificates.make_authority("ed25519", "a", START).certificate.decode()
    documents = (
        {"kind": "TrustedRootsConfig", "name": "corp", "certificates": f"# ours\n{pem}\n{pem}"},
        {"list": [base64.b64encode(pem.encode()).decode()], "no": "LS0tLS1CRUdJTi!", "key": "-----BEGIN X-----"},
    )
    found = [render(path) for path, _facts in in_configuration(Configuration(documents))]
    assert found == ["TrustedRootsConfig.corp.certificates"] * 2 + ["v1alpha1.list[0]"]


@pytest.mark.parametrize(("hours", "left"), [(-1, 3650), (0, 3650), (1, 3649), (87600, 0), (87601, -1)])
def test_days_left_are_whole_ones(hours: int, left: int) -> None:
    facts = certificates.facts(certificates.make_authority("ed25519", "talos", START).certificate)
    told = entry("n", facts, START + datetime.timedelta(hours=hours))
    assert (told["days_left"], told["not_before"]) == (left, START.isoformat())
    assert told["organizations"] == ["talos"]
