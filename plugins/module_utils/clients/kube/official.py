# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Credentials that only the official Python client can get: exec plugins, OIDC, a pod's service account.

It is imported when needed, not before: that costs 250 ms and 35 MiB.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

from ...core.error import InvalidInput, Precondition
from .cluster import Cluster


def from_kubeconfig(content: dict[str, Any], context: str, where: str) -> Cluster:
    """The cluster of ``context``, its credentials got as the kubeconfig says; ``where`` is what messages call it."""
    client, config = _library()
    settings = client.Configuration()
    try:
        config.load_kube_config_from_dict(content, context=context, client_configuration=settings, persist_config=False)
    except config.ConfigException as exc:
        raise _useless(where, context, str(exc)) from None
    found = _cluster(settings)
    if not (found.authorization or found.client_certificate):
        raise _useless(where, context, "its credential plugin gave none")  # the library only logs that
    return found


def in_cluster() -> Cluster:
    """The cluster whose pod we run in."""
    client, config = _library()
    settings = client.Configuration()
    try:
        config.load_incluster_config(client_configuration=settings)
    except config.ConfigException as exc:
        raise InvalidInput(f"the pod's service account: {exc}", path=("kubeconfig",)) from exc
    return _cluster(settings)


def _useless(where: str, context: str, why: str) -> InvalidInput:
    reason = f"{where}: no credentials for {context}: {why}"
    return InvalidInput(reason, path=("kubeconfig",), hint="does kubectl work with it?")


def _library() -> tuple[ModuleType, ModuleType]:
    try:
        from kubernetes import client, config
    except ImportError as exc:
        hint = "pip install kubernetes"
        raise Precondition("this kubeconfig's credentials need the kubernetes package", hint=hint) from exc
    return client, config


def _cluster(settings: Any) -> Cluster:
    """Its settings as ours (kubernetes.client.Configuration)."""
    headers = (auth.get("value") for auth in settings.auth_settings().values() if auth.get("key") == "authorization")
    return Cluster(
        server=settings.host,
        ca=_content(settings.ssl_ca_cert),
        client_certificate=_content(settings.cert_file),
        client_key=_content(settings.key_file),
        authorization=next(headers, None),
        verify=settings.verify_ssl,
        proxy=settings.proxy,
        tls_server_name=getattr(settings, "tls_server_name", None),
    )


def _content(path: str | None) -> bytes | None:
    return Path(path).read_bytes() if path else None
