# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Command lines in the ledger hold no secret."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.sites.command import printable


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("ansible-playbook site -i inventories/lab --check", "ansible-playbook site -i inventories/lab --check"),
        ("ansible-playbook -e pw=hunter2 site", "ansible-playbook -e '***' site"),
        ("ansible-playbook -epw=hunter2 site", "ansible-playbook '-e***' site"),
        ("ansible-playbook -Cve pw=hunter2 site", "ansible-playbook -Cve '***' site"),
        ("ansible-playbook --extra-vars pw=hunter2 site", "ansible-playbook --extra-vars '***' site"),
        ("ansible-playbook --extra-vars=pw=hunter2 site", "ansible-playbook '--extra-vars=***' site"),
        ("ansible-playbook --extra pw=hunter2 site", "ansible-playbook --extra '***' site"),
        ("ansible-playbook -e @vars.yml --tags network", "ansible-playbook -e @vars.yml --tags network"),
        ("ansible-playbook site -e", "ansible-playbook site -e"),
    ],
)
def test_extra_variables_are_hidden(given: str, kept: str) -> None:
    assert printable(given.split()) == kept
