# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's kubeconfig while Kubernetes' CA is replaced: it trusts both, then has a client of the new one."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...clients.kube.client import KubeClient
from ...clients.kube.config import cluster
from ...clients.kube.request import Request
from ...clients.talos.certificates import Pair
from ...core import yaml_text
from ...core.error import InvalidInput, NfviError, NotFound, StalePlan
from ...core.path import Json, dig
from ...core.readiness import NotYet, Readiness, Ready
from ...resources.machine_config.bundle import Bundle
from . import talos_files as files
from .talos_pki_access import access, renewed
from .talos_pki_plan import KUBERNETES, NEW, Access

_AUTHORITY, _CERTIFICATE, _KEY = "certificate-authority-data", "client-certificate-data", "client-key-data"


@dataclass(frozen=True)
class Kubeconfig:
    """The file's current context: its cluster, and its user, who may be known by something else than a certificate."""

    path: Path

    @property
    def names(self) -> list[str]:
        """See `talos_pki_access.Credentials`."""
        return [f"kubeconfig {self.path}"]

    def observe(self, pairs: Mapping[str, Pair]) -> Access:
        """See `talos_pki_access.Credentials`."""
        document = self._load()
        link = _linked(document, self.names[0])
        authority = _data(_part(document, "cluster", link), _AUTHORITY, self.names[0])
        client = b""
        if _CERTIFICATE in _part(document, "user", link):
            client = _data(_part(document, "user", link), _CERTIFICATE, self.names[0])
        found = access(self.names[0], authority, client, pairs)
        paths = (("clusters", link["cluster"], _AUTHORITY), ("users", link.get("user") or "", _CERTIFICATE))
        return Access(found.target, found.trusts, found.signer, paths)

    def write(self, bundle: Bundle, found: Access) -> None:
        """See `talos_pki_access.Credentials`; the file's other clusters and users stay."""
        with files.locked(self.path):
            document, authority = self._load(), bundle.trusted(KUBERNETES.name)
            link = _linked(document, self.names[0])
            user = _part(document, "user", link)
            if found.signer and _CERTIFICATE not in user:
                raise StalePlan("was changed meanwhile", object=found.target)
            _part(document, "cluster", link)[_AUTHORITY] = base64.b64encode(authority.certificate).decode()
            if found.signer and found.signer != NEW:
                client = renewed(Pair(_data(user, _CERTIFICATE, found.target), b""), authority)
                user[_CERTIFICATE] = base64.b64encode(client.certificate).decode()
                user[_KEY] = base64.b64encode(client.key).decode()
            files.replace(self.path.resolve(), yaml_text.dump(document).encode())

    def welcome(self, names: list[str]) -> list[Readiness]:
        """See `talos_pki_access.Credentials`: who may not read this is known all the same."""
        try:
            kube = KubeClient(cluster({"kubeconfig": str(self.path)}), patience=0.0)
            kube.send(Request("GET", "/version", doing="get", object="version"))
        except NfviError as error:
            return [NotYet(error.reason)]
        return [Ready()]

    def _load(self) -> dict[str, Json]:
        data = files.read(self.path)
        if data is None:
            raise NotFound(
                "there is no such file", object=self.names[0], hint="kubevim.nfvi.talos_kubeconfig writes it"
            )
        document = yaml_text.load(data.decode(errors="replace"), object=self.names[0])
        if not isinstance(document, dict):
            raise InvalidInput("is not a kubeconfig", object=self.names[0])
        return document


def _linked(document: Mapping[str, Json], label: str) -> Mapping[str, Json]:
    """Which cluster and user the current context is of."""
    name = document.get("current-context")
    entries = [entry for entry in _entries(document, "context") if entry.get("name") == name]
    link = dig(entries, (0, "context")) or {}
    if not link.get("cluster"):
        raise InvalidInput(f"has no context {name!r}", object=label)
    return dict(link)


def _part(document: Mapping[str, Json], kind: str, link: Mapping[str, Json]) -> dict[str, Json]:
    """The cluster or user itself, which may be changed; empty when there is none."""
    entries = _entries(document, kind)
    found = next((entry.get(kind) for entry in entries if entry.get("name") == link.get(kind)), None)
    return found if isinstance(found, dict) else {}


def _entries(document: Mapping[str, Json], kind: str) -> list[dict[str, Json]]:
    found = document.get(f"{kind}s")
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def _data(part: Mapping[str, Json], key: str, label: str) -> bytes:
    try:
        return base64.b64decode(part[key], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error) as exc:
        raise InvalidInput(
            f"{key} is not base64 of PEM", object=label, hint="kubevim.nfvi.talos_kubeconfig writes it inline"
        ) from exc
