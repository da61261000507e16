# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options are refused with their place before any BMC is asked."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.given import Given
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.session import connect
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.bmc.wanted import Bmc, Wanted, parse_bmcs

GOOD = {"name": "s1", "url": "https://10.0.0.1", "username": "admin", "password": "secret"}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "S 1"}, "bmcs[0].name"),
        ({"url": "http://10.0.0.1"}, "bmcs[0].url"),
        ({"url": "10.0.0.1"}, "bmcs[0].url"),
        ({"url": "https://admin:secret@10.0.0.1"}, "bmcs[0].url"),
        ({"url": "https://10.0.0.1/index.html"}, "bmcs[0].url"),
        ({"macs": ["02:00:00:00:00:01", "02:00"]}, "bmcs[0].macs[1]"),
        ({"password": None}, "bmcs[0].password"),
    ],
)
def test_a_wrong_entry_is_refused_at_its_place(change: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_bmcs(Given({"bmcs": [{**GOOD, **change}]}))
    assert render(caught.value.path) == path
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("other", "key"), [({"url": "https://10.0.0.2"}, "name"), ({"name": "s2"}, "url")])
def test_one_server_twice_is_refused(other: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidInput, match="is already that of server s1") as caught:
        parse_bmcs(Given({"bmcs": [GOOD, {**GOOD, **other}]}))
    assert render(caught.value.path) == f"bmcs[1].{key}"


def test_no_server_is_refused() -> None:
    with pytest.raises(InvalidInput, match="no server is given"):
        parse_bmcs(Given({"bmcs": []}))


def test_two_systems_of_one_bmc_are_two_servers() -> None:
    urls = [f"https://10.0.0.1/redfish/v1/Systems/{number}" for number in (1, 2)]
    bmcs = parse_bmcs(Given({"bmcs": [{**GOOD, "name": f"s{n}", "url": url} for n, url in enumerate(urls)]}))
    assert [bmc.system for bmc in bmcs] == ["/redfish/v1/Systems/1", "/redfish/v1/Systems/2"]
    assert {bmc.url for bmc in bmcs} == {"https://10.0.0.1"}


def test_macs_are_compared_by_meaning() -> None:
    (bmc,) = parse_bmcs(Given({"bmcs": [{**GOOD, "macs": ["AA-BB-CC-DD-EE-01"]}]}))
    assert bmc.macs == ("aa:bb:cc:dd:ee:01",)


def test_a_password_does_not_show() -> None:
    assert "secret" not in repr(Bmc.parse(Given(GOOD)))


def test_boot_source_without_a_start_is_refused() -> None:
    with pytest.raises(InvalidInput) as caught:
        Wanted.parse(Given({"state": "off", "boot_source": "pxe"}))
    assert caught.value.path == ("boot_source",)


@pytest.mark.parametrize(
    ("options", "enabled"),
    [
        ({"boot_source": "pxe"}, "Once"),
        ({"boot_source": "pxe", "boot_once": False}, "Continuous"),
        ({"boot_source": "none"}, "Disabled"),
    ],
)
def test_enabled_follows_from_source_and_once(options: dict[str, Any], enabled: str) -> None:
    assert Wanted.parse(Given(options)).enabled == enabled


@pytest.mark.parametrize(("content", "reason"), [(None, "No such file"), ("no PEM", "no certificate in PEM form")])
def test_a_ca_file_that_cannot_be_used_is_refused(tmp_path: Any, content: str | None, reason: str) -> None:
    file = tmp_path / "ca.pem"
    if content:
        file.write_text(content)
    (bmc,) = parse_bmcs(Given({"bmcs": [{**GOOD, "ca_cert": str(file)}]}))
    with pytest.raises(InvalidInput, match=reason) as caught:
        connect(bmc)
    assert render(caught.value.path) == "bmcs[0].ca_cert"
