# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""talos_client_config by `ansible-playbook`, and what it writes against a machine of the lab."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.promises import playbook
from tests.promises.documented import undocumented

from .test_talos import STEPS, Site, lab_programs, site

__all__ = ["lab_programs", "site"]

MODULE = "kubevim.nfvi.talos_client_config"


@pytest.fixture
def configured(site: Site) -> Site:
    """A machine that has its configuration."""
    site.power_on()
    for step in STEPS[:3]:
        site.done(step)
    return site


def test_by_playbook_results_are_as_documented_and_keys_stay_hidden(site: Site, tmp_path: Path) -> None:
    site.done("talos_secrets")
    reader = site.options("talos_client_config")
    tasks = [
        {"name": "made", MODULE: reader},
        {"name": "again", MODULE: reader},
        {"name": "changed", MODULE: {**reader, "roles": ["os:operator"], "lifetime": "12h"}},
        {"name": "second", MODULE: {**reader, "context": "other"}},
        {"name": "refused", MODULE: {**reader, "path": reader["secrets"]}, "ignore_errors": True},
    ]
    told = playbook.run(tmp_path / "check", tasks[:1], "--check", "--diff")
    assert not (site.folder / "noc").exists()
    done = playbook.run(tmp_path / "play", tasks, "--diff")
    assert told["made"]["actions"] == done["made"]["actions"]
    assert told["made"]["talosconfig"]["fingerprint"] == ""
    assert [done[task]["changed"] for task in ("made", "again", "changed", "second")] == [True, False, True, True]
    assert done["made"]["talosconfig"] == done["again"]["talosconfig"]
    for task in ("made", "again", "changed", "second", "refused"):
        assert list(undocumented("talos_client_config", {"failed": False, **done[task]})) == []
    contexts = yaml.safe_load((site.folder / "noc").read_text())["contexts"]
    bundle = yaml.safe_load((site.folder / "secrets.yaml").read_text())
    secrets = [*(each["key"] for each in contexts.values()), *(each["key"] for each in bundle["certs"].values())]
    assert not [secret for secret in secrets if secret in done.output + told.output]


def test_the_machine_knows_the_client_by_its_roles(configured: Site) -> None:
    file = configured.done("talos_client_config")["talosconfig"]["path"]
    info = configured.done("talos_info", talosconfig=file, gather=["version"])
    assert info["nodes"][0]["version"]["tag"] == "v1.13.0"
    assert configured.refused("talos_apply", talosconfig=file)["kind"] == "forbidden"
    told = configured.done("talos_client_config", roles=["os:admin"])["actions"]
    assert told == [f'update talosconfig {file}: roles ["os:reader"] → ["os:admin"]']
    assert configured.done("talos_apply", talosconfig=file)["changed"] is False


def test_another_clusters_context_is_not_overwritten(configured: Site, tmp_path: Path) -> None:
    stranger = Site(configured.simulator, configured.loop, tmp_path / "stranger")
    stranger.done("talos_secrets")
    stranger.done("talos_client_config")
    foreign = configured.refused("talos_client_config", path=str(stranger.folder / "noc"))
    assert (foreign["kind"], "another cluster" in foreign["reason"]) == ("conflict", True)
