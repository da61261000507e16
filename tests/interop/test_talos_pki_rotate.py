# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA is replaced while the real talosctl looks on: it gets in all the time, and not with the old CA at the end."""

from __future__ import annotations

import base64
import datetime
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.call import perform
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.modules.talos_pki_rotate import CALL
from tests.integration.test_talos_pki_rotate import Stopped, stop_after
from tests.lab.conftest import CNI, lab_programs, until

from .test_talosctl import Site, new_site

__all__ = ["lab_programs"]

# The file takes minutes, on a cluster of its own.
pytestmark = pytest.mark.full


@pytest.fixture
def site(lab_programs: dict[str, Path], tmp_path: Path) -> Iterator[Site]:
    """A control plane that talosctl made from its own secrets bundle."""
    with new_site(tmp_path) as found:
        found.talosctl("gen", "secrets", "-o", str(tmp_path / "secrets.yaml"))
        generate(found, tmp_path)
        for what in ("endpoint", "node"):
            found.talosctl("config", what, found.address())
        found.power_on()
        found.install()
        found.talosctl("bootstrap")
        until(lambda: found.machine().stage == "running", "a running node")
        yield found


def generate(site: Site, folder: Path) -> Any:
    """What talosctl itself makes of the bundle as it is: the main document of a control plane."""
    secrets = ("--with-secrets", str(site.folder / "secrets.yaml"))
    more = ("--install-disk", "/dev/nvme0n1", "--force", "-o", str(folder))
    site.talosctl("gen", "config", "edge", f"https://{site.address()}:6443", *secrets, *more)
    return next(yaml.safe_load_all((folder / "controlplane.yaml").read_text()))


def rotate(site: Site, due: str) -> dict[str, Any]:
    options = {
        "secrets": str(site.folder / "secrets.yaml"),
        "talosconfig": str(site.folder / "talosconfig"),
        "nodes": [{"address": site.address()}],
        "rotate_before": "0",
        "made_before": due,
        "reach_timeout": 5,
    }
    result = perform(CALL, options, check=False, diff=False, progress=lambda _line: None)
    assert not result.get("failed"), result["msg"]
    return result


def due() -> str:
    """A moment that is later than anything that is there."""
    moment = certificates.now() + datetime.timedelta(seconds=1)
    while certificates.now() <= moment:
        time.sleep(0.1)
    return moment.isoformat()


def test_talosctl_gets_in_at_every_moment_and_the_old_talosconfig_ends(site: Site) -> None:
    old, mixed, moment = site.folder / "old", site.folder / "mixed", due()
    shutil.copy(site.folder / "talosconfig", old)
    before = generate(site, site.folder / "made")["machine"]["ca"]
    # bundle, node; bundle, talosconfig, node; bundle, talosconfig, node; bundle
    for _write in range(8):
        with pytest.MonkeyPatch.context() as patch:
            stop_after(patch, 1)
            with pytest.raises(Stopped):
                rotate(site, moment)
        assert site.machine().version in site.talosctl("version")
        assert generate(site, site.folder / "made")["machine"]["ca"]["key"]
    assert rotate(site, moment)["changed"] is True
    assert rotate(site, moment)["changed"] is False
    assert site.machine().version in site.talosctl("version")
    after = generate(site, site.folder / "made")["machine"]["ca"]
    assert after["crt"] != before["crt"]
    roots = site.resource("osrootsecrets")
    assert (roots["issuingCA"]["crt"], [each["crt"] for each in roots["acceptedCAs"]]) == (after["crt"], [after["crt"]])
    assert "certificate signed by unknown authority" in site.refused("version", talosconfig=old)
    # Its client is not let in either, when it trusts the machine.
    content = yaml.safe_load(old.read_text())
    content["contexts"]["edge"]["ca"] = after["crt"]
    mixed.write_text(yaml.safe_dump(content))
    assert "Tag:         v" not in site.refused("version", talosconfig=mixed).partition("Server:")[2]


def test_talosctl_itself_can_replace_the_ca_of_a_simulated_machine(site: Site) -> None:
    old, new = site.folder / "old", site.folder / "new"
    shutil.copy(site.folder / "talosconfig", old)
    only = ("--dry-run=false", "--kubernetes=false", "--control-plane-nodes", site.address())
    said = site.talosctl("rotate-ca", *only, "-o", str(new))
    assert "new PKI" in said
    assert "certificate signed by unknown authority" in site.refused("version", talosconfig=old)
    done = site.command("-n", site.address(), "version", talosconfig=new)
    assert site.machine().version in done.stdout


def test_talosctl_itself_can_replace_the_ca_of_a_simulated_kubernetes(
    site: Site, lab_programs: dict[str, Path]
) -> None:
    """It waits for a kubelet to go and to come back at each step, and lists nodes with the kubeconfigs of both CAs."""
    before, after = site.folder / "before", site.folder / "after"
    site.talosctl("kubeconfig", str(before))
    apply_network(lab_programs["kubectl"], before)
    until(lambda: site.resource("nodestatus")["nodeReady"], "a ready node")
    only = ("--dry-run=false", "--talos=false", "--control-plane-nodes", site.address())
    said = site.talosctl("rotate-ca", *only)
    assert said.count(f"- {site.address()}: OK") == 3
    assert said.count("OK (1 nodes ready)") == 3
    site.talosctl("kubeconfig", str(after))
    authorities = [certificate(file, "clusters", "certificate-authority-data") for file in (before, after)]
    assert [len(certificates.fingerprints(each)) for each in authorities] == [1, 1]
    assert authorities[0] != authorities[1]
    roots = site.resource("kubernetesrootsecrets")
    assert base64.b64decode(roots["issuingCA"]["crt"]) == authorities[1]
    assert [base64.b64decode(each["crt"]) for each in roots["acceptedCAs"]] == [authorities[1]]
    assert "unknown authority" in kubectl(lab_programs["kubectl"], before).stderr
    assert "node/" in kubectl(lab_programs["kubectl"], after).stdout


def kubectl(program: Path, kubeconfig: Path, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [str(program), f"--kubeconfig={kubeconfig}", *(arguments or ("get", "nodes", "-o", "name"))]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)


def apply_network(program: Path, kubeconfig: Path) -> None:
    """Without it no node is ready, which talosctl insists on."""
    done = kubectl(program, kubeconfig, "apply", "-f", "-", text=CNI)
    assert done.returncode == 0, done.stderr


def certificate(kubeconfig: Path, kind: str, key: str) -> bytes:
    entry = yaml.safe_load(kubeconfig.read_text())[kind][0][kind.removesuffix("s")]
    return base64.b64decode(entry[key])
