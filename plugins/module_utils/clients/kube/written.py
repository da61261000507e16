# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A `Cluster` as a kubeconfig, for programs that speak to the same cluster as we do."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ...core.path import Json, prune
from .cluster import Cluster

_BEARER, _BASIC = "Bearer ", "Basic "


def kubeconfig(cluster: Cluster) -> Json:
    """Everything inline: endpoint, credentials and proxy."""
    server = prune(
        server=cluster.server,
        **{
            "certificate-authority-data": _encoded(cluster.ca) if cluster.verify else None,
            "insecure-skip-tls-verify": None if cluster.verify else True,
            "proxy-url": cluster.proxy,
            "tls-server-name": cluster.tls_server_name,
        },
    )
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "nfvi",
        "clusters": [{"name": "nfvi", "cluster": server}],
        "users": [{"name": "nfvi", "user": _user(cluster)}],
        "contexts": [{"name": "nfvi", "context": {"cluster": "nfvi", "user": "nfvi"}}],
    }


@contextmanager
def private_file(cluster: Cluster) -> Iterator[Path]:
    """The same as a file that only we can read, gone afterwards."""
    with TemporaryDirectory(prefix="kubevim-nfvi-") as folder:
        file = Path(folder) / "kubeconfig"
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
            json.dump(kubeconfig(cluster), handle)
        yield file


def _user(cluster: Cluster) -> Json:
    certificate = {
        "client-certificate-data": _encoded(cluster.client_certificate),
        "client-key-data": _encoded(cluster.client_key),
    }
    return prune(**certificate, **_authorization(cluster.authorization or ""))


def _authorization(header: str) -> dict[str, str]:
    if header.startswith(_BASIC):
        name, _colon, password = base64.b64decode(header.removeprefix(_BASIC)).decode().partition(":")
        return {"username": name, "password": password}
    return {"token": header.removeprefix(_BEARER)}


def _encoded(pem: bytes | None) -> str | None:
    return base64.b64encode(pem).decode() if pem else None
