# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests are dealt out to the processes that run them side by side."""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

# Files that share what takes long to make: the lab with its site, the one run of all cases, a real KubeVirt.
SHARING = {
    **{
        f"tests/integration/test_{name}.py": "site"
        for name in ("demo", "site_control_plane", "site_faults", "site_kill", "site_truth")
    },
    "tests/promises/": "promises",
    "tests/interop/test_kubevirt_": "kubevirt",
}


class Together(LoadScopeScheduling):
    """A file's tests stay together, for they share what they run on."""

    def _split_scope(self, nodeid: str) -> str:
        return _group(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """xdist's own groups (3.8) do not reach the tests of pytest 9.2."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin."""
    items.sort(key=lambda item: _group(item.nodeid) not in SHARING.values())


def _group(nodeid: str) -> str:
    file = nodeid.split("::")[0]
    return next((group for start, group in SHARING.items() if file.startswith(start)), file)
