# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What interop tests share with the lab's own, real talosctl, and a bundle for it to work with."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config import bundle as bundles
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.bundle import Bundle
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.machine_config.contract import contract_for
from lab import programs
from tests.lab.conftest import lab_programs

if TYPE_CHECKING:
    from .kubevirt_control_plane import Site

__all__ = ["lab_programs"]

Talosctl = Callable[..., str]


class Refused(Exception):
    """talosctl says no."""


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    return bundles.generate(contract_for("v1.13.0"), certificates.now())


@pytest.fixture(scope="session")
def talosctl() -> Talosctl:
    """Runs it; what it says, or `Refused`."""
    program = programs.ensure(["talosctl"])["talosctl"]

    def run(*arguments: str) -> str:
        done = subprocess.run([str(program), *arguments], capture_output=True, text=True, timeout=60, check=False)
        if done.returncode:
            raise Refused(done.stderr)
        return done.stdout

    return run


@pytest.fixture(scope="session")
def kubevirt(tmp_path_factory: pytest.TempPathFactory, lab_programs: object) -> Iterator[Site]:
    """KubeVirt's real control plane, with a namespace t1."""
    from .kubevirt_control_plane import control_plane

    with control_plane(tmp_path_factory.mktemp("kubevirt")) as running:
        running.cluster.kubectl("create", "namespace", "t1")
        (running.server.folder / "digest-key").write_text("a site's own key")
        yield running
