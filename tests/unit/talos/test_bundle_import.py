# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle taken over: nothing of it is lost in any contract; what a file lacks is told by its own names."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, NfviError
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import dig
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.result import Result
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_secrets
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle_import import (
    PKI_FILES,
    from_configuration,
)

from .conftest import Generate

VERSIONS = {
    "v1.10.0": "v1.33.0",
    "v1.11.0": "v1.34.0",
    "v1.12.0": "v1.35.0",
    "v1.13.0": "v1.36.0",
    "v1.14.0": "v1.36.0",
}


def run(folder: Path, mode: Mode, **source: str) -> Result:
    talosconfig = {"path": str(folder / "talosconfig"), "context": "edge"}
    options = {"path": str(folder / "secrets.yaml"), "talos_version": "v1.13.0", "talosconfig": talosconfig}
    return talos_secrets.run(Given({**options, "import_from": source}), None, mode)


@pytest.fixture
def pki(tmp_path: Path, bundle: Bundle) -> Path:
    """kubeadm's folder."""
    folder = tmp_path / "pki"
    (folder / "etcd").mkdir(parents=True)
    for name, place in PKI_FILES.items():
        (folder / name).write_bytes(base64.b64decode(dig(bundle.content, place)))
    return folder


@pytest.mark.parametrize("version", VERSIONS)
def test_a_configuration_gives_the_bundle_that_it_was_made_of(made: Generate, bundle: Bundle, version: str) -> None:
    configuration = made({"talos_version": version, "kubernetes_version": VERSIONS[version]})
    assert from_configuration(configuration.text(), object="it") == bundle


def test_a_bundle_with_an_old_key_of_etcd_is_taken_over_as_well(made: Generate, bundle: Bundle) -> None:
    text = made({"talos_version": "v1.14.0"}).text()
    found = from_configuration(text.replace("secretbox:", "aescbc:"), object="it")
    assert found.get("secrets", "aescbcencryptionsecret") == bundle.get("secrets", "secretboxencryptionsecret")
    assert found.get("secrets", "secretboxencryptionsecret") == ""


@pytest.mark.parametrize(
    ("version", "lost", "told"),
    [
        ("v1.13.0", ("machine", "token"), "v1alpha1.machine.token: is not a token"),
        ("v1.13.0", ("machine", "ca"), "v1alpha1.machine.ca.crt: is missing"),
        ("v1.13.0", ("cluster", "ca", "key"), "v1alpha1.cluster.ca.key: is missing"),
        ("v1.13.0", ("cluster", "serviceAccount"), "v1alpha1.cluster.serviceAccount.key: is missing"),
        ("v1.13.0", ("cluster", "secretboxEncryptionSecret"), "v1alpha1.cluster.secretboxEncryptionSecret: one of"),
    ],
)
def test_what_a_configuration_lacks_is_told_by_its_own_names(
    made: Generate, version: str, lost: tuple[str, ...], told: str
) -> None:
    configuration = made({"talos_version": version})
    del dig(configuration.main, lost[:-1])[lost[-1]]
    with pytest.raises(InvalidInput) as caught:
        from_configuration(configuration.text(), object="machine configuration cp.yaml")
    assert told in str(caught.value)
    assert "cp.yaml" in str(caught.value)


def test_what_a_document_lacks_is_told_by_the_documents_names(made: Generate) -> None:
    configuration = made({"talos_version": "v1.14.0"})
    [document] = [each for each in configuration.documents if each.get("kind") == "KubeAPIServerCAConfig"]
    del document["issuingCA"]["key"]
    with pytest.raises(InvalidInput, match=r"KubeAPIServerCAConfig\.issuingCA\.key: is missing"):
        from_configuration(configuration.text(), object="it")


def test_a_worker_has_no_bundle(made: Generate) -> None:
    with pytest.raises(InvalidInput, match=r"machine\.type.*worker is not controlplane"):
        from_configuration(made(role="worker").text(), object="it")


def test_check_mode_tells_what_is_taken_over_and_a_second_run_needs_no_source(
    made: Generate, bundle: Bundle, tmp_path: Path
) -> None:
    source = tmp_path / "cp.yaml"
    source.write_text(made().text())
    told = run(tmp_path, Mode(apply=False), machine_config=str(source))
    done = run(tmp_path, Mode(), machine_config=str(source))
    kept = tmp_path / "secrets.yaml"
    assert told.plan.actions == done.plan.actions
    assert told.plan.actions[0] == f"create secrets bundle {kept} from machine configuration {source}"
    assert told.things["secrets"] == done.things["secrets"]
    assert bundles.parse(kept.read_text()) == bundle
    source.unlink()
    assert not run(tmp_path, Mode(), machine_config=str(source)).plan


def test_kubeadms_authorities_are_kept_and_the_rest_is_new(pki: Path, bundle: Bundle, tmp_path: Path) -> None:
    told = run(tmp_path, Mode(apply=False), kubernetes_pki=str(pki), bootstrap_token="abcdef.0123456789abcdef")
    done = run(tmp_path, Mode(), kubernetes_pki=str(pki), bootstrap_token="abcdef.0123456789abcdef")
    assert told.plan.actions == done.plan.actions
    assert told.things["secrets"]["authorities"] == {}  # Talos' own is made by the run itself
    found = bundles.parse((tmp_path / "secrets.yaml").read_text())
    for name in ("etcd", "k8s", "k8saggregator", "k8sserviceaccount"):
        assert found.content["certs"][name] == bundle.content["certs"][name]
    assert found.pair("os") != bundle.pair("os")
    assert found.get("secrets", "bootstraptoken") == "abcdef.0123456789abcdef"


@pytest.mark.parametrize(
    ("spoil", "kind", "told"),
    [
        ({"sa.key": None}, "not_found", "sa.key"),
        ({"etcd/ca.key": b"no key"}, "invalid_input", "etcd/ca.key"),
        ({"front-proxy-ca.crt": b""}, "invalid_input", "front-proxy-ca.crt"),
    ],
)
def test_a_pki_that_is_not_whole_leaves_nothing_behind(
    pki: Path, tmp_path: Path, spoil: dict[str, Any], kind: str, told: str
) -> None:
    for name, content in spoil.items():
        (pki / name).unlink()
        if content is not None:
            (pki / name).write_bytes(content)
    with pytest.raises(NfviError) as caught:
        run(tmp_path, Mode(), kubernetes_pki=str(pki))
    assert caught.value.kind == kind
    assert told in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["pki"]


def test_a_wrong_token_is_told_by_its_option(pki: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"bootstrap_token: is not a token") as caught:
        run(tmp_path, Mode(), kubernetes_pki=str(pki), bootstrap_token="hunter2")
    assert "hunter2" not in str(caught.value)
