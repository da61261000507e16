# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment's proxy, by kubectl's rules."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.proxy import from_environment


@pytest.mark.parametrize(
    ("server", "no_proxy", "used"),
    [
        ("https://10.20.30.10:6443", "", True),
        ("https://10.20.30.10:6443", "10.0.0.0/8", False),
        ("https://10.20.30.10:6443", "10.20.30.10", False),
        ("https://10.20.30.10:6443", "10.20.30.10:443", True),
        ("https://10.20.30.10:6443", "192.168.0.0/16, *", False),
        ("https://api.site.example:6443", "site.example", False),
        ("https://api.site.example:6443", ".site.example", False),
        ("https://api.site.example:6443", "*.site.example", False),
        ("https://site.example:6443", ".site.example", True),
        ("https://notsite.example:6443", "site.example", True),
        ("https://api.site.example:6443", "api.site.example:6443", False),
        ("https://api.site.example:6443", "api.site.example:443", True),
        ("https://127.55.0.2:6443", "", False),
        ("https://localhost:6443", "", False),
        ("http://10.20.30.10:8080", "", False),
    ],
)
def test_proxy(monkeypatch: pytest.MonkeyPatch, server: str, no_proxy: str, *, used: bool) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert from_environment(server) == ("http://proxy.example:3128" if used else None)
