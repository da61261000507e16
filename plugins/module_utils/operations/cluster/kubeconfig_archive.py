# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The administrator's kubeconfig as Talos hands it out: a gzipped tar with one file."""

from __future__ import annotations

import gzip
import io
import tarfile
import zlib
from collections.abc import Mapping

from ...core import yaml_text
from ...core.error import Internal
from ...core.path import Json

_NAME = "kubeconfig"


def unpacked(archive: bytes) -> dict[str, Json]:
    """The kubeconfig in the archive. Talos leaves the tar's end marker out, so that only its entries are read."""
    try:
        with tarfile.open(fileobj=io.BytesIO(gzip.decompress(archive)), mode="r:") as tar:
            member = tar.next()
            file = tar.extractfile(member) if member is not None and member.name == _NAME else None
            text = file.read().decode() if file else ""
    except (OSError, EOFError, zlib.error, tarfile.TarError, UnicodeDecodeError) as exc:
        raise Internal("the kubeconfig that the node sent cannot be unpacked") from exc
    found = yaml_text.load(text)
    if not isinstance(found, Mapping):
        raise Internal("the node sent no kubeconfig")
    return dict(found)
