# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Artifacts pushed by crane and charts pushed by helm, in a registry that neither is ours, come out as they went in."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.k8s_component import CALL

from .tools import CRANE, HELM

ADDRESS = "127.210.255.4"
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\n"


@pytest.fixture(scope="module")
def crane() -> Path:
    return CRANE.built()


@pytest.fixture
def registry(crane: Path) -> Iterator[str]:
    """The host of crane's registry, empty."""
    command = [crane, "registry", "serve", "--address", f"{ADDRESS}:0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        port = re.search(r"serving on port (\d+)", process.stderr.readline())
        assert port is not None
        yield f"{ADDRESS}:{port[1]}"
        process.terminate()


def planned(folder: Path, **options: Any) -> dict[str, Any]:
    """What the module would do for a cluster that is still to be made."""
    return run_in_worker(
        CALL,
        {"name": "demo", "pending": True, "kubeconfig": str(folder / "none"), **options},
        environment={"XDG_CACHE_HOME": str(folder / "cache")},
        check=True,
        diff=False,
        progress=lambda _line: None,
    )


def test_an_artifact_that_crane_pushed_is_pulled(crane: Path, registry: str, tmp_path: Path) -> None:
    for layer in ("one", "two"):
        with tarfile.open(tmp_path / f"{layer}.tar", "w") as archive:
            content = (OBJECT % layer).encode()
            entry = tarfile.TarInfo(f"manifests/{layer}.yaml")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    layers = ["-f", tmp_path / "one.tar", "-f", tmp_path / "two.tar"]
    subprocess.run([crane, "append", "--insecure", *layers, "-t", f"{registry}/site/demo:v1"], check=True)
    digest = subprocess.run(
        [crane, "digest", "--insecure", f"{registry}/site/demo:v1"], check=True, capture_output=True, text=True
    ).stdout.strip()
    done = planned(tmp_path, manifests=[f"oci://{registry}/site/demo:v1"])
    assert done["actions"] == ["create ConfigMap default/one", "create ConfigMap default/two"]
    assert f"sha256:{done['sources'][0]['sha256']}" == digest
    again = planned(tmp_path, manifests=[f"oci://{registry}/site/demo@{digest}"])
    assert again["actions"] == done["actions"]


def test_what_is_not_in_the_registry_is_not_found(registry: str, tmp_path: Path) -> None:
    failed = planned(tmp_path, manifests=[f"oci://{registry}/site/none@sha256:{'0' * 64}"])
    assert failed["error"]["kind"] == "not_found"


TEMPLATE = """{{ if .Capabilities.APIVersions.Has "kubeovn.io/v1" }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-{{ .Release.Namespace }}}
data: {colour: {{ .Values.colour | quote }}, kubernetes: {{ .Capabilities.KubeVersion.Version | quote }}}
{{ end }}
"""
HOOK = """apiVersion: batch/v1
kind: Job
metadata: {name: init, annotations: {"helm.sh/hook": "post-install,post-upgrade"}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: busybox}]}}}
"""
CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.net}
spec:
  group: example.net
  scope: Cluster
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""


@pytest.fixture(scope="module")
def helm() -> Path:
    return HELM.built()


@pytest.fixture
def chart(tmp_path: Path) -> Path:
    files = {
        "Chart.yaml": "apiVersion: v2\nname: demo\nversion: 0.1.0\nkubeVersion: '>=1.34'\n",
        "values.yaml": "colour: red\n",
        "templates/map.yaml": TEMPLATE,
        "templates/hook.yaml": HOOK,
        "crds/widget.yaml": CRD,
    }
    for name, content in files.items():
        file = tmp_path / "demo" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    return tmp_path / "demo"


@pytest.mark.full
@pytest.mark.timeout(900)
def test_a_chart_is_rendered_by_helm_from_wherever_it_is(
    helm: Path, registry: str, chart: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{helm.parent}:/usr/bin:/bin")
    subprocess.run([helm, "package", chart, "-d", tmp_path], check=True)
    archive = tmp_path / "demo-0.1.0.tgz"
    subprocess.run([helm, "push", archive, f"oci://{registry}/charts", "--plain-http"], check=True)
    options = {"kube_version": "v1.36.3", "api_versions": ["kubeovn.io/v1"], "values": {"colour": "y"}}
    for source in (str(chart), str(archive), f"oci://{registry}/charts/demo:0.1.0"):
        done = planned(tmp_path, chart={"source": source, **options}, namespace="kube-system")
        assert done.get("actions") == [
            "create CustomResourceDefinition widgets.example.net",
            "create ConfigMap kube-system/demo-kube-system",
        ], done
        assert done["warnings"] == ["hooks of the chart are not run: Job/init (post-install, post-upgrade)"]
    less = planned(tmp_path, chart={"source": str(chart), **options, "include_crds": False})
    assert less["actions"] == ["create ConfigMap default/demo-default"]
    failed = planned(tmp_path, chart={"source": str(chart), "kube_version": "v1.30.0"})
    assert failed["error"]["path"] == "chart"
    assert "chart requires kubeVersion: >=1.34 which is incompatible with Kubernetes v1.30.0" in failed["msg"]
