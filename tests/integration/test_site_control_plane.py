# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane is the machine configuration's, through Talos: seen with OpenSSL, kubectl and in /proc."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest
import yaml

from .conftest import Way
from .site_lab import HALF, SiteLab, until

SUBNET = "10.111.0.0/16"
FLAG = "--max-requests-inflight=321"
PATCHED = """
- hosts: nfvi_sites
  gather_facts: false
  tasks:
    - ansible.builtin.import_role:
        name: kubevim.nfvi.config
      vars:
        config_secrets: "{{ nfvi_state_dir }}/secrets.yaml"
        config_talosconfig: "{{ nfvi_state_dir }}/talosconfig"
        config_directory: "{{ nfvi_state_dir }}/config"
        config_cluster: "{{ nfvi_site.talos.cluster | combine({'patches': patches}) }}"
        config_endpoints: "{{ nfvi_site.talos.endpoints }}"
        config_machines: "{{ nfvi_site.talos.machines }}"
        config_nodes: "{{ nfvi_site.talos.nodes }}"
        patches: [{cluster: {apiServer: {extraArgs: {max-requests-inflight: "321"}}}}]
"""


@pytest.mark.full
def test_ca_subnet_and_flags_are_the_configurations(way: Way, tmp_path: Path) -> None:
    strangers = authority(way.at("half"))
    lab = way.at("empty")
    with lab.changed_site("network: {", f"network: {{service_subnets: [{SUBNET}], "):
        lab.run("--tags", ",".join(HALF)).succeeded()

    assert verified(lab, authority(lab), tmp_path)
    assert not verified(lab, strangers, tmp_path)
    until(lambda: service_address(lab) == "10.111.0.1", "the API's own service, in the subnet")
    for program in ("kube-apiserver", "kube-controller-manager"):
        assert f"--service-cluster-ip-range={SUBNET}" in arguments(lab, program)

    assert FLAG not in arguments(lab, "kube-apiserver")
    playbook = tmp_path / "patched.yml"
    playbook.write_text(PATCHED)
    with lab.changed_site("network: {", f"network: {{service_subnets: [{SUBNET}], "):
        told = lab.run("--check", playbook=playbook).succeeded().actions
        done = lab.run(playbook=playbook).succeeded().actions
    assert any('apiServer.extraArgs (none) → {"max-requests-inflight": "321"}' in action for action in done), done
    assert told == done
    until(lambda: FLAG in arguments(lab, "kube-apiserver"), "the API server with its new flag")


def authority(lab: SiteLab) -> bytes:
    """The certificate (PEM) of the Kubernetes CA in the site's secrets bundle."""
    bundle = yaml.safe_load((lab.state / "secrets.yaml").read_text())
    return base64.b64decode(bundle["certs"]["k8s"]["crt"])


def verified(lab: SiteLab, ca: bytes, folder: Path) -> bool:
    """Whether OpenSSL trusts the API server's certificate when it knows this CA alone."""
    (folder / "ca.pem").write_bytes(ca)
    command = ["openssl", "s_client", "-connect", f"127.{lab.block}.1.1:6443", "-CAfile", folder / "ca.pem"]
    said = subprocess.run(command, input="", capture_output=True, text=True, timeout=20, check=False).stdout
    assert "Verify return code" in said
    return "Verify return code: 0 (ok)" in said


def service_address(lab: SiteLab) -> str:
    """The address of the service `kubernetes`, which an API server makes some time after it is ready; or nothing."""
    return lab.kubectl("get", "service", "kubernetes", "--ignore-not-found", "-o", "jsonpath={.spec.clusterIP}")


def arguments(lab: SiteLab, program: str) -> list[str]:
    """The command line of a program of the control plane, from the kernel."""
    pid = lab.server["pids"].get(program)
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0") if pid else []
