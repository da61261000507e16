# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder with a right site, which tests spoil in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.load import load

SITE = """\
site: {name: edge-1, tier: edge, zone: de-be}
network: {mgmt: 10.20.30.0/24, gateway: 10.20.30.1, dns: [10.1.1.53], ntp: [time.example.org]}
hardware: box
release: r1
nodes:
  - name: e1
    address: 10.20.30.11
    mac: "AA:bb:cc:dd:ee:01"
    bmc: {url: "https://10.20.31.1", username: admin, password: {env: BMC_PASSWORD}, ca: bmc-ca.pem}
networks:
  - vpc: ran-up
    subnets: [{name: n3, cidr: 10.60.0.0/24}]
vnfs: [{name: fw-1, package: fw, connection_points: {n3: n3}}]
"""
HARDWARE = "nics: [{name: eno1, plane: management}, {name: eno2, plane: user}]\ninstall_disk: /dev/nvme0n1\n"
RELEASE = """\
talos: {version: v1.13.0, installer: "example.org/installer:v1.13.0"}
kubernetes: {version: v1.36.3}
kube_ovn: {version: v1.16.2, manifests: [kube-ovn.yaml]}
kubevirt: {version: v1.8.4, manifests: ["https://example.org/kubevirt.yaml"]}
"""
DESCRIPTOR = """\
vnfd: {id: fw, version: "1.0", provider: me}
vdus: [{name: vm, vcpu: 1, memory: 1Gi, image: {container_disk: "example.org/disk:v1"}}]
connection_points: [{name: n3, vdu: vm}]
flavours: [{name: default, vdus: {vm: {instances: 1}}}]
"""
FILES = {
    "site.yml": SITE,
    "hardware_types/box.yml": HARDWARE,
    "releases/r1.yml": RELEASE,
    "releases/kube-ovn.yaml": "",
    "packages/fw/descriptor.yml": DESCRIPTOR,
}

Spoil = Callable[[Any], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The site and all that it points to."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.fixture
def expanded(folder: Path) -> Callable[..., dict[str, Any]]:
    """Loads the site after one of its files was changed by a function of its content."""

    def change(spoil: Spoil | None = None, file: str = "site.yml") -> dict[str, Any]:
        if spoil is not None:
            content = yaml.safe_load((folder / file).read_text())
            spoil(content)
            (folder / file).write_text(yaml.safe_dump(content, sort_keys=False))
        return load(folder / "site.yml")

    return change
