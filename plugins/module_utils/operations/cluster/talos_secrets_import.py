# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bundle that is not made but taken over from a cluster that is there: from which files, and what they give."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from pathlib import Path

from ...core.error import NotFound
from ...core.given import Given
from ...resources.machine_config import bundle_import
from ...resources.machine_config.bundle import Bundle
from ...resources.machine_config.contract import Contract
from . import talos_files as files


@dataclass(frozen=True)
class Imported:
    """The bundle and where it is from; ``whole`` unless a part of it was made anew."""

    bundle: Bundle
    origin: str
    whole: bool


def imported(given: Given, contract: Contract, now: datetime.datetime) -> Imported:
    """Read what ``import_from`` names; raises `NotFound` or `InvalidInput` with the place in the user's files."""
    if given.has("machine_config"):
        path = Path(given.text("machine_config")).expanduser()
        origin = f"machine configuration {path}"
        text = _content(path, given.at("machine_config")).decode(errors="replace")
        return Imported(bundle_import.from_configuration(text, object=origin), origin, whole=True)
    folder = Path(given.text("kubernetes_pki")).expanduser()
    origin = f"Kubernetes PKI {folder}"
    content = {name: _content(folder / name, given.at("kubernetes_pki")) for name in bundle_import.PKI_FILES}
    token = given.text("bootstrap_token", "")
    return Imported(bundle_import.from_pki(content, contract, now, token, object=origin), origin, whole=False)


def _content(path: Path, option: Given) -> bytes:
    data = files.read(path)
    if data is None:
        raise NotFound("there is no such file", object=str(path), path=option.path)
    return data
