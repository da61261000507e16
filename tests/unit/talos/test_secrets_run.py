# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""talos_secrets and talos_config as they run: files, truth of check mode, renewal, silence about secrets."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates, talosconfig
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Conflict, InvalidInput, NfviError, NotFound
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.result import Result
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster import talos_config, talos_secrets
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle

from .conftest import CLUSTER, NODE

APPLY, CHECK = Mode(), Mode(apply=False)


def _secrets(folder: Path, mode: Mode, **changes: Any) -> Result:
    wanted = {"path": str(folder / "talosconfig"), "context": "edge", "endpoints": ["10.20.30.11"], **changes}
    options = {"path": str(folder / "secrets.yaml"), "talos_version": "v1.13.0", "talosconfig": wanted}
    return talos_secrets.run(Given(options), None, mode)


def _config(folder: Path, mode: Mode, **changes: Any) -> Result:
    options = {"secrets": str(folder / "secrets.yaml"), "config_dir": str(folder / "config"), "cluster": CLUSTER}
    return talos_config.run(Given({**options, "nodes": [{**NODE, **changes}]}), None, mode)


@pytest.fixture
def site(tmp_path: Path, bundle: Bundle) -> Path:
    """A folder with a bundle in it."""
    (tmp_path / "secrets.yaml").write_text(bundle.text())
    (tmp_path / "secrets.yaml").chmod(0o600)
    return tmp_path


def test_check_mode_predicts_and_writes_nothing(tmp_path: Path) -> None:
    predicted = _secrets(tmp_path, CHECK)
    assert list(tmp_path.iterdir()) == []
    done = _secrets(tmp_path, APPLY)
    assert predicted.plan.actions == done.plan.actions
    assert predicted.things.keys() == done.things.keys()
    assert not _secrets(tmp_path, APPLY).plan
    assert not _secrets(tmp_path, CHECK).plan


def test_a_bundle_is_never_made_twice(site: Path, bundle: Bundle) -> None:
    _secrets(site, APPLY)
    assert bundles.parse((site / "secrets.yaml").read_text()) == bundle


def test_a_broken_bundle_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.yaml").write_text("cluster: {id: x}\n")
    with pytest.raises(InvalidInput):
        _secrets(tmp_path, APPLY)
    assert (tmp_path / "secrets.yaml").read_text() == "cluster: {id: x}\n"


def test_the_talosconfig_is_the_bundles(site: Path, bundle: Bundle) -> None:
    _secrets(site, APPLY)
    context = talosconfig.read(site / "talosconfig")
    assert (context.name, context.endpoints) == ("edge", ("10.20.30.11",))
    assert context.identity.authority == bundle.pair("os").certificate
    assert certificates.issued_by(context.identity.client.certificate, bundle.pair("os").certificate)


def test_a_certificate_is_kept_while_it_is_good_and_renewed_in_time(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _secrets(site, APPLY)
    first = (site / "talosconfig").read_text()
    assert _secrets(site, APPLY, endpoints=["10.20.30.12"]).plan.actions == [
        f'update talosconfig {site}/talosconfig: endpoints ["10.20.30.11"] → ["10.20.30.12"]'
    ]
    kept = talosconfig.read(site / "talosconfig").identity
    assert kept == talosconfig.parse(first).identity
    later = certificates.now() + datetime.timedelta(days=340)
    monkeypatch.setattr(certificates, "now", lambda: later)
    renewal = _secrets(site, APPLY, endpoints=["10.20.30.12"])
    assert [change.path for change in renewal.plan] == [("not_after",)]
    assert talosconfig.read(site / "talosconfig").identity.client != kept.client
    assert not _secrets(site, APPLY, endpoints=["10.20.30.12"]).plan


def test_another_clusters_talosconfig_is_not_overwritten(site: Path, tmp_path: Path) -> None:
    _secrets(site, APPLY)
    before = (site / "talosconfig").read_text()
    (site / "secrets.yaml").unlink()
    for mode in (CHECK, APPLY):
        with pytest.raises(Conflict, match="another cluster"):
            _secrets(site, mode)
    assert (site / "talosconfig").read_text() == before
    assert not (site / "secrets.yaml").exists()


def test_files_that_others_may_read_are_taken_from_them(site: Path) -> None:
    _secrets(site, APPLY)
    (site / "secrets.yaml").chmod(0o644)
    assert _secrets(site, APPLY).plan.actions == [f"update secrets bundle {site}/secrets.yaml: mode 0644 → 0600"]
    assert not _secrets(site, APPLY).plan


def test_configurations_are_written_once_and_left_alone_when_they_say_the_same(site: Path) -> None:
    assert _config(site, CHECK).plan.actions == _config(site, APPLY).plan.actions == ["create configuration of e1"]
    file = site / "config" / "e1.yaml"
    file.write_text("# by hand\n" + file.read_text())
    assert not _config(site, APPLY).plan
    assert file.read_text().startswith("# by hand")
    changed = _config(site, APPLY, labels={"zone": "a"})
    assert changed.plan.actions == ["update configuration of e1: v1alpha1.machine.nodeLabels.zone (none) → a"]
    assert not _config(site, CHECK, labels={"zone": "a"}).plan


def test_a_half_written_configuration_is_replaced(site: Path) -> None:
    _config(site, APPLY)
    file = site / "config" / "e1.yaml"
    file.write_text("machine: {type: [\n")
    assert _config(site, APPLY).plan.actions == ["replace configuration of e1"]
    assert not _config(site, APPLY).plan


def test_without_a_bundle_check_mode_still_plans_and_apply_says_what_is_missing(tmp_path: Path) -> None:
    predicted = _config(tmp_path, CHECK)
    assert (predicted.plan.actions, predicted.verified) == (["create configuration of e1"], False)
    with pytest.raises(NotFound, match="talos_secrets"):
        _config(tmp_path, APPLY)
    assert list(tmp_path.iterdir()) == []


def test_one_wrong_machine_keeps_every_file_from_being_written(site: Path) -> None:
    options = {"secrets": str(site / "secrets.yaml"), "config_dir": str(site / "config"), "cluster": CLUSTER}
    nodes = [NODE, {**NODE, "name": "e2", "patches": [{"machine": {"nope": 1}}]}]
    with pytest.raises(NfviError, match=r"nodes\[1\].patches\[0\].machine.nope"):
        talos_config.run(Given({**options, "nodes": nodes}), None, APPLY)
    with pytest.raises(InvalidInput, match="two nodes named e1"):
        talos_config.run(Given({**options, "nodes": [NODE, NODE]}), None, APPLY)
    assert not (site / "config").exists()


def test_no_result_holds_a_secret(site: Path, bundle: Bundle) -> None:
    results = [_secrets(site, APPLY), _config(site, APPLY), _config(site, APPLY, labels={"a": "b"})]
    (site / "config" / "e1.yaml").write_text((site / "config" / "e1.yaml").read_text().replace("token: ", "token: x"))
    results.append(_config(site, CHECK))
    shown = json.dumps([result.as_result(diff=True) for result in results])
    texts = (("trustdinfo", "token"), ("cluster", "secret"), ("secrets", "bootstraptoken"), ("certs", "os", "key"))
    assert not [path for path in texts if bundle.get(*path) in shown]
