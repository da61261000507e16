# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS towards Talos with the standard library (PyPI's grpcio cannot verify Ed25519 certificates; OpenSSL can)."""

from __future__ import annotations

import functools
import os
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from ...core.error import InvalidInput, Unauthenticated
from . import certificates
from .certificates import facts, standard_key
from .talosconfig import Identity


@functools.lru_cache(maxsize=8)
def secure(identity: Identity) -> ssl.SSLContext:
    """Mutual TLS: the server must be signed by the identity's CA and bear the dialled address. Kept per identity."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    try:
        context.load_verify_locations(cadata=identity.authority.decode("ascii"))
        with _private_file(identity.client.certificate + b"\n" + standard_key(identity.client.key)) as name:
            context.load_cert_chain(name)
    except (ssl.SSLError, UnicodeDecodeError) as exc:
        reason = "the CA, certificate and key of this context do not form a client identity"
        raise InvalidInput(reason, object="talosconfig") from exc
    ended = facts(identity.client.certificate).not_after
    if ended <= certificates.now():  # the server would only cut the connection
        reason = f"its client certificate ended on {ended.isoformat()}"
        raise Unauthenticated(reason, object="talosconfig", hint="kubevim.nfvi.talos_client_config renews it")
    return context


@functools.cache
def unverified() -> ssl.SSLContext:
    """TLS towards a machine in maintenance mode, whose certificate nobody signed and whose clock may be wrong."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context


@contextmanager
def _private_file(data: bytes) -> Iterator[str]:
    """A name under which OpenSSL can read the data; nothing is on a disk where the kernel offers memory files."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("talos-client", os.MFD_CLOEXEC)
        name = f"/proc/self/fd/{descriptor}"
    else:
        descriptor, name = tempfile.mkstemp(prefix="talos-client-")  # 0600
    try:
        os.write(descriptor, data)
        yield name
    finally:
        os.close(descriptor)
        if not name.startswith("/proc/"):
            os.unlink(name)
