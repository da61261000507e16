# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How tests are dealt out to the processes that run them side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

# Files that share a lab which takes long to make.
SHARING = {"test_site_": "site", "test_demo": "site"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together, for they share what they run on. The longest begin."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: _group(item) not in SHARING.values())


def _group(item: pytest.Item) -> str:
    path = Path(item.nodeid.split("::")[0])
    return next((group for start, group in SHARING.items() if path.name.startswith(start)), str(path))
