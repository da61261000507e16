# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A machine configuration that Talos accepted: its bytes, kept as they came, and its documents."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Configuration:
    """``text`` exactly as it was submitted, ``documents`` as plain values in their order."""

    text: bytes
    documents: tuple[Document, ...]

    @property
    def v1alpha1(self) -> Document | None:
        """The document without a kind, which every node needs to boot."""
        return next((document for document in self.documents if "kind" not in document), None)

    @property
    def complete(self) -> bool:
        """Whether a machine can boot with it."""
        return self.v1alpha1 is not None

    def get(self, path: str, default: Any = None) -> Any:
        """A value of the v1alpha1 document by its dotted path (keys without dots), or ``default``."""
        value: Any = self.v1alpha1
        for key in path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return default if value is None else value

    def document(self, kind: str) -> Document | None:
        """The first document of ``kind``."""
        return next((document for document in self.documents if document.get("kind") == kind), None)

    def named(self, kind: str) -> list[Document]:
        """All documents of ``kind``."""
        return [document for document in self.documents if document.get("kind") == kind]

    @property
    def machine_type(self) -> str:
        """``controlplane``, ``worker`` or ``init``; an empty type is a worker's."""
        return {"": "worker", "join": "worker"}.get(given := str(self.get("machine.type", "")), given)

    @property
    def is_control_plane(self) -> bool:
        """Whether the machine runs etcd and the API server."""
        return self.machine_type in ("init", "controlplane")

    @property
    def static_hostname(self) -> str | None:
        """The hostname the configuration sets, if it sets one."""
        document = self.document("HostnameConfig") or {}
        return document.get("hostname") or self.get("machine.network.hostname") or None

    def pem(self, path: str) -> bytes:
        """The PEM text at ``path`` of the v1alpha1 document (base64 there); empty when it is absent or no base64."""
        try:
            return base64.b64decode(self.get(path, ""), validate=True)
        except binascii.Error:
            return b""
