# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cluster is meant, and every way to name it wrongly."""

from __future__ import annotations

import base64
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.cluster import Cluster
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.config import cluster
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput, Unsupported
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render

SECRET = "cGxlYXNlIGhpZGUgbWU"


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def kubeconfig(user: Mapping[str, Any] | None = None, **cluster_: Any) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [
            {"name": "c1", "cluster": {"server": "https://10.0.0.1:6443", **cluster_}},
            {"name": "c2", "cluster": {"server": "https://10.0.0.2:6443"}},
        ],
        "users": [{"name": "u", "user": dict(user or {"token": SECRET})}],
        "contexts": [
            {"name": "one", "context": {"cluster": "c1", "user": "u"}},
            {"name": "two", "context": {"cluster": "c2", "user": "u"}},
            {"name": "broken", "context": {"cluster": "c3", "user": "u"}},
        ],
    }


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of one's own, and an environment that names no cluster."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def write(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def test_inline_certificates_and_context(home: Path) -> None:
    user = {"client-certificate-data": b64("cert"), "client-key-data": b64("key")}
    given = kubeconfig(user, **{"certificate-authority-data": b64("ca"), "tls-server-name": "k"})
    found = cluster({"kubeconfig": str(write(home / "k", given))})
    assert found == Cluster("https://10.0.0.1:6443", b"ca", b"cert", b"key", tls_server_name="k")
    assert cluster({"kubeconfig": given, "context": "two"}).server == "https://10.0.0.2:6443"


def test_files_are_found_beside_the_kubeconfig(home: Path) -> None:
    write(home / "site" / "ca.pem", "ca")
    write(home / "site" / "token", "t\n")
    given = kubeconfig({"tokenFile": "token"}, **{"certificate-authority": "ca.pem"})
    found = cluster({"kubeconfig": str(write(home / "site" / "k", given))})
    assert (found.ca, found.authorization) == (b"ca", "Bearer t")


def test_the_environments_files_are_merged_and_the_first_wins(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {"current-context": "two", "clusters": [{"name": "c2", "cluster": {"server": "https://10.0.0.9"}}]}
    files = [write(home / "a", first), home / "missing", write(home / "b", kubeconfig())]
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, files)))
    found = cluster({})
    assert (found.server, found.authorization) == ("https://10.0.0.9", f"Bearer {SECRET}")


def test_the_home_kubeconfig_is_the_last_resort(home: Path) -> None:
    write(home / ".kube" / "config", kubeconfig())
    assert cluster({}).server == "https://10.0.0.1:6443"


def test_options_win_over_the_kubeconfig(home: Path) -> None:
    options = {"kubeconfig": kubeconfig(), "host": "https://10.0.0.3", "api_key": "k", "validate_certs": False}
    found = cluster(options)
    assert (found.server, found.authorization, found.verify) == ("https://10.0.0.3", "Bearer k", False)


def test_host_stands_alone(home: Path) -> None:
    write(home / ".kube" / "config", kubeconfig())
    found = cluster({"host": "https://10.0.0.3", "username": "a", "password": "b"})
    assert found == Cluster("https://10.0.0.3", authorization="Basic YTpi")


def test_an_exec_plugins_token_comes_through_the_official_client(home: Path) -> None:
    answer = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "from-plugin"},
    }
    plugin = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": sys.executable,
        "args": ["-c", f"print({json.dumps(json.dumps(answer))})"],
        "interactiveMode": "Never",
    }
    found = cluster({"kubeconfig": kubeconfig({"exec": plugin}, **{"certificate-authority-data": b64("ca")})})
    assert (found.authorization, found.server, found.ca) == ("Bearer from-plugin", "https://10.0.0.1:6443", b"ca")


def test_secrets_do_not_show() -> None:
    assert SECRET not in repr(cluster({"kubeconfig": kubeconfig()}))


@pytest.mark.parametrize(
    ("options", "place", "reason"),
    [
        ({}, "kubeconfig", "no cluster is named"),
        ({"kubeconfig": "~/nowhere"}, "kubeconfig", "No such file"),
        ({"kubeconfig": "{home}/list"}, "kubeconfig", "a mapping is expected"),
        ({"kubeconfig": "{home}/broken"}, "kubeconfig", "is not YAML: "),
        ({"kubeconfig": "{home}/bad-list"}, "kubeconfig", "clusters is not a list of mappings"),
        ({"kubeconfig": kubeconfig(), "context": "three"}, "context", "has no context 'three'"),
        ({"kubeconfig": kubeconfig(), "context": "broken"}, "kubeconfig", "has no cluster 'c3'"),
        ({"kubeconfig": {"clusters": []}}, "context", "has no current-context"),
        (
            {"kubeconfig": kubeconfig(**{"certificate-authority-data": SECRET + "!"})},
            "kubeconfig",
            "certificate-authority-data is not base64",
        ),
        ({"kubeconfig": kubeconfig({"client-key": "/nowhere/key"})}, "kubeconfig", "/nowhere/key: No such file"),
        ({"kubeconfig": kubeconfig(server="10.0.0.1")}, "host", "is not the URL of an API server"),
        ({"kubeconfig": kubeconfig({"client-key-data": b64(SECRET)})}, "client_key", "a key its certificate"),
        ({"host": "https://x", "ca_cert": "/nowhere/ca"}, "ca_cert", "/nowhere/ca: No such file"),
    ],
)
def test_bad_input_is_named(home: Path, options: dict[str, Any], place: str, reason: str) -> None:
    write(home / "list", "- 1\n")
    write(home / "broken", f"a: {SECRET}\nb: [\n")
    write(home / "bad-list", "clusters: {a: b}\n")
    given = {k: v.format(home=home) if isinstance(v, str) else v for k, v in options.items()}
    with pytest.raises(InvalidInput) as caught:
        cluster(given)
    assert render(caught.value.path) == place
    assert reason in caught.value.reason
    assert SECRET not in str(caught.value)


def test_impersonation_is_refused_rather_than_ignored() -> None:
    with pytest.raises(Unsupported, match="impersonation"):
        cluster({"kubeconfig": kubeconfig({"token": SECRET, "as": "root"})})


def test_a_failing_plugin_is_told_without_the_kubeconfig(home: Path) -> None:
    plugin = {"apiVersion": "client.authentication.k8s.io/v1", "command": "/nowhere/plugin", "interactiveMode": "Never"}
    with pytest.raises(InvalidInput, match="no credentials for one") as caught:
        cluster({"kubeconfig": kubeconfig({"exec": {**plugin, "env": [{"name": "A", "value": SECRET}]}})})
    assert SECRET not in str(caught.value)
