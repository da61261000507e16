# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Seeds for Talos' platform nocloud: one small ISO image a machine, with a name and a network and no secret."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from ...clients.linux import program
from ...core.error import Internal, refuse
from ...core.given import Given
from ...core.mode import Mode
from ...core.path import Json
from ...core.result import Result
from ...resources.boot import nocloud
from ...resources.boot.machine import Machine, repeated
from . import files

_HINT = "Debian has it in the package xorriso"
# The only date in an image, so that one content makes one image (xorriso takes it from SOURCE_DATE_EPOCH, and dates of
# files from themselves): 1 January 2020.
_EPOCH = 1577836800


def run(given: Given, _session: None, mode: Mode) -> Result:
    """Have each machine's seed in the folder, or have none of these machines there."""
    folder = Path(given.text("folder")).expanduser()
    if not folder.is_absolute():
        given.at("folder").refuse(f"{str(folder)!r} is not an absolute path")
    machines = given.each("machines", Machine.parse)
    refuse(repeated(machines))
    present = given.choice("state", ("present", "absent"), "present") == "present"
    seeds = {machine.name: nocloud.files(machine) if present else {} for machine in machines}
    wanted = dict(_images(folder, seeds))
    found = files.observe({_path(folder, name) for name in seeds})
    plan = files.plan(wanted, found)
    if mode.apply and plan:
        files.apply(wanted, found)
    return Result(plan).named("seeds", [_described(folder, name, content) for name, content in seeds.items()])


def _images(folder: Path, seeds: Mapping[str, Mapping[str, str]]) -> Iterator[tuple[Path, bytes]]:
    for name, content in seeds.items():
        if content:
            yield _path(folder, name), image(content)


def image(content: Mapping[str, str]) -> bytes:
    """An ISO 9660 image with these files, whose bytes depend on nothing else; names by Joliet and Rock Ridge."""
    xorriso = program.find("xorriso", _HINT)
    with tempfile.TemporaryDirectory() as scratch:
        seed, out = Path(scratch, "seed"), Path(scratch, "seed.iso")
        seed.mkdir()
        for name, text in content.items():
            (seed / name).write_text(text)
            os.utime(seed / name, (_EPOCH, _EPOCH))
        os.utime(seed, (_EPOCH, _EPOCH))
        layout = ["-volid", nocloud.LABEL, "-joliet", "-rational-rock", "-o", str(out), str(seed)]
        said = program.run([xorriso, "-as", "mkisofs", *layout], {"SOURCE_DATE_EPOCH": str(_EPOCH)})
        if said.status:
            raise Internal(said.complaint, object="xorriso")
        return out.read_bytes()


def _path(folder: Path, name: str) -> Path:
    return folder / f"{name}.iso"


def _described(folder: Path, name: str, content: Mapping[str, str]) -> Json:
    return {"name": name, "path": str(_path(folder, name)), "files": dict(content)}
