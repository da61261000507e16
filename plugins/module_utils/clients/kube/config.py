# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a module's options to a `Cluster`: their names are kubernetes.core's; what they leave open a kubeconfig says."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from ...core.error import InvalidInput
from ...core.path import Json
from . import kubeconfig, official, proxy
from .cluster import Cluster, basic, bearer

SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")


class Options(Protocol):
    """A mapping, or the user's input as `Given`."""

    def get(self, key: str, /) -> Json:
        """The value of an option, None when it was not given."""


def cluster(options: Options) -> Cluster:
    """The cluster meant by ``kubeconfig`` (a path, or its content), ``context``, ``host``, ``api_key``, ``username``,
    ``password``, ``ca_cert``, ``client_cert``, ``client_key``, ``validate_certs``, ``proxy`` and ``tls_server_name``.

    What is given wins over the kubeconfig; without ``host`` and ``kubeconfig`` it is ``KUBECONFIG``, else
    ``~/.kube/config``, else the service account of our pod. Raises `InvalidInput` that names the option or file.
    """
    found = _given_over(_base(options), options)
    if urlsplit(found.server).scheme not in ("http", "https") or not urlsplit(found.server).hostname:
        raise InvalidInput(f"{found.server!r} is not the URL of an API server", path=("host",))
    if bool(found.client_certificate) != bool(found.client_key):
        raise InvalidInput("a client certificate needs its key, and a key its certificate", path=("client_key",))
    return replace(found, proxy=found.proxy or proxy.from_environment(found.server))


def _base(options: Options) -> Cluster:
    """What the options are laid over: a kubeconfig, or nothing when ``host`` stands alone."""
    given = options.get("kubeconfig")
    if isinstance(given, Mapping):
        return kubeconfig.read(dict(given), "the given kubeconfig", options.get("context"))
    if given:
        return kubeconfig.read_files([Path(given).expanduser()], options.get("context"))
    if options.get("host"):
        return Cluster(options.get("host"))
    return _from_surroundings(options.get("context"))


def _from_surroundings(context: str | None) -> Cluster:
    named = [Path(name).expanduser() for name in os.environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    files = [file for file in named or [Path("~/.kube/config").expanduser()] if file.exists()]
    if files:
        return kubeconfig.read_files(files, context)
    if "KUBERNETES_SERVICE_HOST" in os.environ and SERVICE_ACCOUNT.exists():
        return official.in_cluster()
    hint = "give kubeconfig, or host with api_key, or set KUBECONFIG"
    raise InvalidInput("no cluster is named", path=("kubeconfig",), hint=hint)


def _given_over(base: Cluster, options: Options) -> Cluster:
    changes: dict[str, Any] = {
        "server": options.get("host"),
        "authorization": _authorization(options),
        "ca": _pem(options, "ca_cert"),
        "client_certificate": _pem(options, "client_cert"),
        "client_key": _pem(options, "client_key"),
        "verify": options.get("validate_certs"),
        "proxy": options.get("proxy"),
        "tls_server_name": options.get("tls_server_name"),
    }
    return replace(base, **{name: value for name, value in changes.items() if value is not None})


def _authorization(options: Options) -> str | None:
    if options.get("api_key"):
        return bearer(options.get("api_key"))
    if options.get("username") and options.get("password"):
        return basic(options.get("username"), options.get("password"))
    return None


def _pem(options: Options, name: str) -> bytes | None:
    """A certificate or key, given by path."""
    given = options.get(name)
    if not given:
        return None
    try:
        return Path(given).expanduser().read_bytes()
    except OSError as exc:
        raise InvalidInput(f"{given}: {exc.strerror}", path=(name,)) from exc
