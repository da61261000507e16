# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VNF package on disk: a folder with ``descriptor.yml`` and the files it names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path as FilePath

from ...core import yaml_text
from ...core.error import InvalidInput, NfviError
from ...core.given import Given
from ...core.path import Path
from .vnfd import Vnfd

DESCRIPTOR = "descriptor.yml"


@dataclass(frozen=True)
class Package:
    """A folder and what its descriptor says."""

    folder: FilePath
    vnfd: Vnfd

    def read(self, name: str) -> str:
        """A text file of the package; empty when none is named."""
        return _read(self.folder / name, ()) if name else ""


def load(given: Given) -> Package:
    """The package at the path that was given; what is wrong with it is told with the descriptor's own path."""
    folder = FilePath(str(given.value)).expanduser()
    file = folder / DESCRIPTOR
    text = _read(file, given.path)
    try:
        vnfd = Vnfd.parse(Given(yaml_text.load(text)))
    except NfviError as exc:
        exc.about(str(file))
        raise
    return Package(folder, vnfd)


def _read(file: FilePath, path: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as exc:
        raise InvalidInput(f"{file}: {exc.strerror}", path=path) from exc
    except UnicodeDecodeError as exc:
        raise InvalidInput(f"{file} is not UTF-8 text", path=path) from exc
