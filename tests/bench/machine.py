# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was measured with: versions of everything, and the machine. No names, no paths."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

import yaml

from lab import programs

from .cluster import Cluster
from .workplace import ROOT

PACKAGES = ("ansible-core", "urllib3", "kubernetes", "PyYAML")


def machine() -> str:
    """``2 × Intel Xeon …, 24 GiB, Linux 6.1, load 0.4 when it began``"""
    known = dict(
        re.findall(r"^(model name|MemTotal)\s*: *(.+)$", _text("/proc/cpuinfo") + _text("/proc/meminfo"), re.M)
    )
    memory = int(known.get("MemTotal", "0 kB").split()[0]) / 1024**2
    model = known.get("model name", platform.machine())
    return f"{os.cpu_count()} × {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def versions(cluster: Cluster, crds: str, peers: Path) -> list[tuple[str, str]]:
    """Name and version of everything that took part."""
    packages = [(name, importlib.metadata.version(name)) for name in PACKAGES]
    manifest = yaml.safe_load((peers / "ansible_collections/kubernetes/core/MANIFEST.json").read_text())
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    return [
        ("kubevim.nfvi", f"{galaxy['version']} ({_commit()})"),
        ("Python", platform.python_version()),
        *packages,
        ("kubernetes.core", manifest["collection_info"]["version"]),
        ("kube-apiserver", cluster.server_version),
        ("kubectl", _said("kubectl", r"Client Version: (\S+)")),
        ("talosctl", _said("talosctl", r"Tag: +(\S+)")),
        ("CustomResourceDefinitions", crds),
    ]


def load() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def _said(program: str, version: str) -> str:
    """What a program says of itself."""
    told = subprocess.run([programs.path(program), "version", "--client"], capture_output=True, text=True, check=False)
    found = re.search(version, told.stdout)
    return found[1] if found else "unknown"


def _commit() -> str:
    told = subprocess.run(
        ["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return told.stdout.strip() or "no git"


def _text(path: str) -> str:
    file = Path(path)
    return file.read_text() if file.exists() else ""
