# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS side of a connection: whom we trust, and the certificate we show."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from ...core.error import InvalidInput
from .cluster import Cluster


def context(cluster: Cluster) -> ssl.SSLContext:
    """A client context; raises `InvalidInput` for certificates that are none.

    Not ``create_default_context``: from Python 3.13 on it refuses CAs without a key identifier, which are about.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if not cluster.verify:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif cluster.ca:
        _trust(made, cluster.ca)
    else:
        made.load_default_certs()
    if cluster.client_certificate and cluster.client_key:
        _show(made, cluster.client_certificate, cluster.client_key)
    return made


def _trust(made: ssl.SSLContext, ca: bytes) -> None:
    try:
        made.load_verify_locations(cadata=ca.decode("ascii"))
    except (ssl.SSLError, ValueError) as exc:
        raise InvalidInput("the CA certificate is not PEM", path=("ca_cert",)) from exc


def _show(made: ssl.SSLContext, certificate: bytes, key: bytes) -> None:
    """``ssl`` takes keys from files only: one that has no name, or a private one that is gone at once."""
    with _nameless(certificate + b"\n" + key) as path:
        try:
            made.load_cert_chain(path)
        except (ssl.SSLError, ValueError) as exc:
            raise InvalidInput(
                "the client certificate and its key do not fit or are not PEM", path=("client_cert",)
            ) from exc


@contextmanager
def _nameless(content: bytes) -> Iterator[str]:
    with _memory() as file:
        file.write(content)
        file.flush()
        yield f"/proc/self/fd/{file.fileno()}" if isinstance(file.name, int) else str(file.name)


def _memory() -> BinaryIO:
    """Memory that looks like a file where the system has it (Linux), else a temporary file (0600)."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("key", os.MFD_CLOEXEC), "w+b")
    return tempfile.NamedTemporaryFile()  # type: ignore[return-value]
