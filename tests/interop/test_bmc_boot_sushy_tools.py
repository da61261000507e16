# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""bmc_boot and bmc_info drive a Redfish service that is not ours: the emulator of OpenStack's sushy-tools.

It reads the image when it is inserted, so there is a web server that has one. With its fake driver it has no BIOS.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from ansible_collections.kubevim.nfvi.plugins.modules import bmc_boot, bmc_info
from tests.interop.sushy_emulator import SYSTEMS, Emulator, running


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with running(tmp_path_factory.mktemp("emulator")) as emulator:
        yield emulator


class Quiet(SimpleHTTPRequestHandler):
    """Files of a folder."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a web server that has ``talos.iso``."""
    folder: Path = tmp_path_factory.mktemp("images")
    (folder / "talos.iso").write_bytes(b"an image")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_an_image_is_inserted_booted_and_ejected(emulator: Emulator, images: str) -> None:
    entries, image = [emulator.entry("one")], f"{images}/talos.iso"
    predicted = emulator.run(bmc_boot.CALL, entries, check=True, media={"image": image})
    assert predicted["actions"] == [
        f"update server one: media.Cd (none) → {image}",
        "update server one: boot.source Hdd → Cd",
        "update server one: boot.enabled Continuous → Once",
    ]
    done = emulator.run(bmc_boot.CALL, entries, media={"image": image})
    assert done["warnings"] == ["server one: the BMC keeps its boot override Continuous, not Once"]
    assert {**done, "warnings": []} == predicted
    (server,) = emulator.run(bmc_info.CALL, entries, gather=["media"])["servers"]
    assert server["media"] == [{"id": "Cd", "image": image, "inserted": True}]
    assert server["boot"]["source"] == "Cd"
    assert emulator.run(bmc_boot.CALL, entries, media={"image": image})["changed"] is False

    out = emulator.run(bmc_boot.CALL, entries, media={"state": "ejected"})
    assert out["actions"] == [f"update server one: media.Cd {image} → (none)"]
    assert emulator.run(bmc_boot.CALL, entries, media={"state": "ejected"})["changed"] is False


def test_an_image_that_is_not_there_is_the_emulators_own_refusal(emulator: Emulator, images: str) -> None:
    failed = emulator.run(bmc_boot.CALL, [emulator.entry("two")], media={"image": f"{images}/other.iso"})
    assert (failed["failed"], failed["changed"], failed["error"]["object"]) == (True, False, "server two")
    assert "Cannot download virtual media" in failed["msg"]


def test_without_a_bios_that_is_said(emulator: Emulator) -> None:
    failed = emulator.run(bmc_boot.CALL, [emulator.entry("one")], bios={"ProcTurboMode": "Enabled"})
    assert (failed["error"]["kind"], failed["error"]["path"]) == ("unsupported", "bios")


def test_the_hardware_is_read_as_far_as_there_is_some(emulator: Emulator) -> None:
    done = emulator.run(bmc_info.CALL, [emulator.entry("one")], gather=["processors", "nics"])
    assert done["changed"] is False
    (server,) = done["servers"]
    assert (server["uuid"], server["nics"][0]["mac"]) == (SYSTEMS["one"]["uuid"], SYSTEMS["one"]["mac"])
