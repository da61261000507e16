# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a manifest down."""

from __future__ import annotations

from collections.abc import Mapping

from ..core.path import Json, prune
from .kind import Kind


def manifest(
    kind: Kind,
    name: str,
    *,
    namespace: str = "",
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    **fields: Json,
) -> Json:
    """The object as it is sent: ``fields`` are its top-level parts (spec, data …)."""
    meta = prune(name=name, namespace=namespace, labels=dict(labels or {}), annotations=dict(annotations or {}))
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": meta, **fields}
