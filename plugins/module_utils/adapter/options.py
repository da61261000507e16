# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that many modules share, named as kubernetes.core names them where it has them."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.basic import env_fallback

from ..core.fields import Field, Fields
from ..core.path import prune

Options = dict[str, Any]

COMMON: Options = {
    "pending": {"type": "bool", "default": False},
    "digest_key": {"type": "path", "fallback": (env_fallback, ["NFVI_DIGEST_KEY"])},
}


def _auth(name: str, kind: str = "str", **more: Any) -> Options:
    return {"type": kind, "fallback": (env_fallback, [f"K8S_AUTH_{name}"]), **more}


CLUSTER: Options = {
    "kubeconfig": _auth("KUBECONFIG", "raw"),
    "context": _auth("CONTEXT"),
    "host": _auth("HOST"),
    "api_key": _auth("API_KEY", no_log=True),
    "ca_cert": _auth("SSL_CA_CERT", "path", aliases=["ssl_ca_cert"]),
    "client_cert": _auth("CERT_FILE", "path", aliases=["cert_file"]),
    "client_key": _auth("KEY_FILE", "path", no_log=False, aliases=["key_file"]),
    "validate_certs": _auth("VERIFY_SSL", "bool", aliases=["verify_ssl"]),
    "proxy": _auth("PROXY"),
}

WRITING: Options = {
    "field_manager": {"type": "str", "default": "kubevim.nfvi"},
    "on_conflict": {"type": "str", "choices": ["fail", "force"], "default": "fail"},
    "verify_unchanged": {"type": "str", "choices": ["ownership", "server"], "default": "ownership"},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 300},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
}

OWNING: Options = {
    "owner": {"type": "str"},
    "prune": {"type": "bool", "default": False},
}


def suboptions(fields: Fields) -> Options:
    """The argument spec of options that are declared by a table."""
    return {key: _suboption(each) for key, each in fields.items()}


def things(options: Fields, **more: Any) -> Options:
    """The spec of a list of things with these options."""
    return {"type": "list", "elements": "dict", "options": suboptions(options), **more}


def _suboption(each: Field) -> Options:
    said = prune(elements=each.elements, choices=list(each.choices), default=each.default)
    inner = {"options": suboptions(each.fields)} if each.fields else {}
    required = {"required": True} if each.needed else {}
    hidden = {} if each.secret is None else {"no_log": each.secret}
    return {"type": each.type, **said, **inner, **required, **hidden}


def kube_spec(**options: Any) -> Options:
    """The argument spec of a module that writes Kubernetes objects."""
    return {**COMMON, **CLUSTER, **WRITING, **options}


def kube_read_spec(**options: Any) -> Options:
    """The argument spec of a module that only reads a cluster."""
    return {**COMMON, **CLUSTER, **options}
