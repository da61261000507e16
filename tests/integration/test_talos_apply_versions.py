# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One change, given to machines of versions that differ in what they restart for and in who restarts them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .test_talos import Site, new_site
from .test_talos_upgrade import image

ENV, UDEV = {"machine": {"env": {"A": "b"}}}, {"machine": {"udev": {"rules": ["x"]}}}


def configured(site: Site, version: str) -> None:
    """Bring the machine up with a Talos; its etcd waits for its bootstrap, which does not matter here."""
    site.patches = [{"machine": {"install": {"image": image(version)}}}]
    site.power_on()
    for step in ("talos_secrets", "talos_config", "talos_apply"):
        site.done(step)
    assert site.machine.version == version


def wanted(site: Site, patch: Any) -> None:
    site.patches = [*site.patches, patch]
    site.done("talos_config")


def active(site: Site, key: str) -> Any:
    assert site.machine.active is not None
    return site.machine.active.get(key)


@pytest.mark.parametrize(("version", "refusal"), [("v1.13.0", "invalid_input"), ("v1.14.0", "precondition")])
def test_a_restart_is_told_and_done_whoever_knows_of_it(tmp_path: Path, version: str, refusal: str) -> None:
    with new_site(tmp_path, Site) as site:
        configured(site, version)
        boot, before = site.machine.boot_id, site.machine.persistent
        wanted(site, ENV)
        assert site.refused("talos_apply", mode="no-reboot")["kind"] == refusal
        for check in (True, False):
            error = site.refused("talos_apply", check=check)
            assert (error["kind"], "v1alpha1.machine.env" in error["reason"]) == ("precondition", True)
        assert (site.machine.boot_id, site.machine.persistent) == (boot, before)
        told = site.done("talos_apply", check=True, reboot="allowed")
        done = site.done("talos_apply", reboot="allowed")
        assert (len(told["actions"]), told["impact"]) == (len(done["actions"]), done["impact"])  # values are masked
        assert told["actions"][-1] == done["actions"][-1]
        assert (done["actions"][-1], done["nodes"][0]["applied"]) == (f"reboot node {site.address}", "reboot")
        assert site.machine.boot_id != boot
        assert active(site, "machine.env") == {"A": "b"}
        assert site.done("talos_apply", reboot="allowed")["actions"] == []


@pytest.mark.parametrize("version", ["v1.13.0", "v1.14.0"])
def test_what_one_version_restarts_for_takes_effect_at_once_in_another(tmp_path: Path, version: str) -> None:
    with new_site(tmp_path, Site) as site:
        configured(site, version)
        boot = site.machine.boot_id
        wanted(site, UDEV)
        if version == "v1.13.0":
            assert site.refused("talos_apply")["kind"] == "precondition"
        else:
            assert site.done("talos_apply")["nodes"][0]["applied"] == "live"
            assert active(site, "machine.udev") == {"rules": ["x"]}
        assert site.machine.boot_id == boot


def test_a_run_that_was_stopped_before_its_restart_is_finished_by_the_next(tmp_path: Path) -> None:
    with new_site(tmp_path, Site) as site:
        configured(site, "v1.14.0")
        boot = site.machine.boot_id
        wanted(site, ENV)
        site.done("talos_apply", mode="staged")  # as far as a run comes that is killed there
        waits = site.done("talos_apply")
        assert (waits["actions"], "until its next restart" in waits["warnings"][0]) == ([], True)
        assert site.machine.boot_id == boot
        for check in (True, False):
            done = site.done("talos_apply", reboot="allowed", check=check)
            assert done["actions"] == [f"reboot node {site.address}"]
        assert active(site, "machine.env") == {"A": "b"}
        assert site.done("talos_apply", reboot="allowed")["actions"] == []


def test_maintenance_mode_that_does_not_tell_its_version_is_told_as_such(tmp_path: Path) -> None:
    with new_site(tmp_path, Site, talos_version="v1.12.9") as site:
        site.power_on()
        for step in ("talos_secrets", "talos_config"):
            site.done(step)
        error = site.refused("talos_apply", reach_timeout=0)
        assert (error["kind"], error["reason"]) == ("unsupported", "Talos older than 1.13 in maintenance mode")
        assert site.machine.stage == "maintenance"
