# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Our module drives a Redfish service that is not ours: the emulator of OpenStack's sushy-tools, with its fake driver.

The emulator is what the lab's BMC is not: basic authentication only, several systems, no entity tags, boot overrides
that are always continuous, transitions that take 1 to 11 seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.interop.sushy_emulator import SYSTEMS, Emulator, running


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


def test_a_server_is_started_from_the_network_and_left_alone_after_that(emulator: Emulator) -> None:
    options = {"state": "on", "boot_source": "pxe"}
    predicted = emulator.power([emulator.entry("one")], check=True, **options)
    assert predicted["actions"] == [
        "update server one: boot.source Hdd → Pxe",
        "update server one: boot.enabled Continuous → Once",
        "power-on server one",
    ]
    assert emulator.power([emulator.entry("one")], check=True, **options) == predicted, "check mode changed something"

    done = emulator.power([emulator.entry("one")], **options)
    assert done["warnings"] == ["server one: the BMC keeps its boot override Continuous, not Once"]
    assert {**done, "warnings": []} == predicted
    assert done["servers"][0]["power"] == "On"
    assert (done["servers"][0]["uuid"], done["servers"][0]["macs"]) == (SYSTEMS["one"]["uuid"], [SYSTEMS["one"]["mac"]])

    again = emulator.power([emulator.entry("one")], **options)
    assert (again["changed"], again["actions"]) == (False, [])
    assert again["servers"][0]["boot"]["source"] == "Pxe"


@pytest.mark.full
def test_a_restart_passes_through_off(emulator: Emulator) -> None:
    done = emulator.power([emulator.entry("two")], state="restarted")
    assert done["actions"] == ["shut-down server two", "power-on server two"]
    assert done["servers"][0]["power"] == "On"
    assert done["impact"] == "node_reboot"


@pytest.mark.full
def test_a_server_is_shut_down(emulator: Emulator) -> None:
    emulator.power([emulator.entry("two")], state="on")
    assert emulator.power([emulator.entry("two")], state="off")["servers"][0]["power"] == "Off"
    assert emulator.power([emulator.entry("two")], state="off")["changed"] is False


def test_of_two_systems_one_must_be_named(emulator: Emulator) -> None:
    failed = emulator.power([emulator.entry("one", url=emulator.url)])
    assert failed["error"]["kind"] == "precondition"
    assert all(system["uuid"] in failed["msg"] for system in SYSTEMS.values())


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        ({"password": "wrong"}, "unauthenticated", "user name and password"),
        ({"ca_cert": None}, "unauthenticated", "certificate is not accepted"),
        ({"macs": ["02:00:00:00:00:07"]}, "precondition", "found 00:5c:52:31:3a:9d"),
        ({"url": "https://127.0.0.1:9"}, "unreachable", "connection refused"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_touched(
    emulator: Emulator, change: dict[str, Any], kind: str, text: str
) -> None:
    before = emulator.power([emulator.entry("one")], check=True, state="cycled")
    failed = emulator.power([emulator.entry("one"), emulator.entry("two", **change)], state="cycled")
    assert (failed["failed"], failed["changed"], failed["error"]["kind"]) == (True, False, kind)
    assert text in failed["msg"]
    assert (failed["error"]["object"], failed["error"]["path"].split(".")[0]) == ("server two", "bmcs[1]")
    assert emulator.power([emulator.entry("one")], check=True, state="cycled") == before
