# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One site for all promises, and all cases played there once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import programs
from tests.interop.tools import HELM

from . import site as sites
from .case import cases
from .play import Played, Player

HERE = Path(__file__).parent
# The first test plays all cases: seconds for that.
PLAYED_WITHIN = 1500
PROGRAMS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok", "kubectl")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A hook of every conftest is asked about all tests."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(PLAYED_WITHIN))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sites.Site]:
    """A cluster with Kube-OVN and KubeVirt at work."""
    programs.ensure(PROGRAMS)
    with sites.site(tmp_path_factory.mktemp("promises")) as running:
        yield running


@pytest.fixture(scope="session")
def played(site: sites.Site, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """What became of every case; helm is the one of tests/interop."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(HELM.built().parent), prepend=os.pathsep)
        return _played(site, tmp_path_factory)


def _played(site: sites.Site, tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Player(site, cases(), tmp_path_factory.mktemp("cases")).play()
