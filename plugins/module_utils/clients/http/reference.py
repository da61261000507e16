# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an artifact in an OCI registry is called, and where that is."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from ...core.error import InvalidInput

SCHEME = "oci://"
# docker.io is the name of a registry that answers elsewhere (github.com/distribution/reference).
_HOSTS = {"docker.io": "registry-1.docker.io", "index.docker.io": "registry-1.docker.io"}
# Distribution specification, section "Pulling manifests".
_REFERENCE = re.compile(
    r"oci://(?P<registry>[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9a-fA-F:]+\](?::[0-9]+)?)"
    r"/(?P<repository>[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*)"
    r"(?::(?P<tag>[A-Za-z0-9_][A-Za-z0-9._-]{0,127}))?(?:@sha256:(?P<digest>[0-9a-f]{64}))?\Z"
)


@dataclass(frozen=True)
class Reference:
    """``oci://registry/repository:tag@sha256:…``; ``digest`` is 64 hexadecimal digits or empty and outdoes ``tag``."""

    registry: str
    repository: str
    tag: str = "latest"
    digest: str = ""

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Raises `InvalidInput` for what is no reference."""
        found = _REFERENCE.match(text)
        if found is None:
            raise InvalidInput(f"{text!r} is no reference", hint="oci://registry/repository@sha256:<64 digits>")
        return cls(found["registry"], found["repository"], found["tag"] or "latest", found["digest"] or "")

    def url(self, kind: str, name: str) -> str:
        """Where that manifest or blob is; registries on this very machine need no TLS."""
        host = _HOSTS.get(self.registry, self.registry)
        return f"{'http' if is_loopback(host) else 'https'}://{host}/v2/{self.repository}/{kind}/{name}"


def is_loopback(host: str) -> bool:
    """Whether a host, with or without a port, is this very machine."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
