# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kubeconfigs, with their certificates inside."""

from __future__ import annotations

import base64

import yaml

from .settings import KeyPair


def render(*, server: str, ca: bytes, identity: KeyPair, user: str, cluster: str) -> str:
    """A kubeconfig (YAML) of one context named ``user@cluster``, which is also the user's name, as in Talos'."""
    context = f"{user}@{cluster}"
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": {"server": server, "certificate-authority-data": _base64(ca)}}],
            "users": [{"name": context, "user": _user(identity)}],
            "contexts": [{"name": context, "context": {"cluster": cluster, "namespace": "default", "user": context}}],
            "current-context": context,
        },
        sort_keys=False,
    )


def _user(identity: KeyPair) -> dict[str, str]:
    return {"client-certificate-data": _base64(identity.crt), "client-key-data": _base64(identity.key)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
