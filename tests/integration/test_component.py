# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""k8s_component against a real etcd and kube-apiserver, with sources on disk, behind TLS and in a registry."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.k8s_component import CALL

from .apiserver import ApiServer
from .web_files import WebFiles

DIGEST = "@sha256:" + "a" * 64
CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
HELM = """#!/bin/sh
cat > /dev/null
cat <<END
---
# Source: demo/templates/map.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: $2-from-chart}
data: {chart: $(sha256sum "$3" | cut -c1-64)}
---
# Source: demo/templates/hook.yaml
apiVersion: batch/v1
kind: Job
metadata: {name: init, annotations: {helm.sh/hook: pre-install}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: a, image: busybox}]}}}
END
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("component")) as running:
        yield running


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebFiles]:
    with WebFiles(tmp_path) as files:
        yield files


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[WebFiles]:
    """Without TLS, as on this very machine."""
    with WebFiles(tmp_path, tls=False) as files:
        yield files


@pytest.fixture
def space(server: ApiServer, request: pytest.FixtureRequest) -> str:
    """A namespace of one's own."""
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    server.kubectl("create", "namespace", name)
    return name


class Component:
    """The module as a task calls it, with a cache of its own."""

    def __init__(self, server: ApiServer, folder: Path, web: WebFiles, space: str) -> None:
        self.folder = folder
        self.space = space
        self._options = {"kubeconfig": str(server.kubeconfig), "name": "demo", "namespace": space, "wait": False}
        self._environment = {
            "REQUESTS_CA_BUNDLE": str(web.ca),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PATH": f"{folder}:{os.environ['PATH']}",
        }
        self.said: list[str] = []

    def call(self, *, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        return run_in_worker(
            CALL,
            {**self._options, **options},
            environment=self._environment,
            check=check,
            diff=diff,
            progress=self.said.append,
        )

    def ok(self, *, check: bool = False, **options: Any) -> dict[str, Any]:
        result = self.call(check=check, **options)
        assert "failed" not in result, result["msg"]
        return result

    def refused(self, **options: Any) -> dict[str, Any]:
        result = self.call(**options)
        assert result.get("failed"), result["actions"]
        error: dict[str, Any] = {**result["error"], "msg": result["msg"]}
        return error

    def file(self, name: str, *objects: dict[str, Any]) -> str:
        (self.folder / name).write_bytes(text(*objects))
        return str(self.folder / name)

    def without_authorities(self) -> None:
        del self._environment["REQUESTS_CA_BUNDLE"]


@pytest.fixture
def component(server: ApiServer, tmp_path: Path, web: WebFiles, space: str) -> Component:
    return Component(server, tmp_path, web, space)


def text(*objects: dict[str, Any]) -> bytes:
    return yaml.safe_dump_all(objects).encode()


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def deployment(name: str, image: str) -> dict[str, Any]:
    pod = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "a", "image": image}]}}
    spec = {"selector": {"matchLabels": {"app": name}}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def tgz(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return stream.getvalue()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def names(server: ApiServer, space: str) -> set[str]:
    listed = json.loads(server.kubectl("get", "configmaps,deployments", "-n", space, "-o", "json"))
    return {item["metadata"]["name"] for item in listed["items"]} - {"kube-root-ca.crt"}


def test_what_check_mode_tells_is_done_once(server: ApiServer, component: Component) -> None:
    file = component.file("m.yaml", config_map("a", x="1"), deployment("d", "quay.io/x/d" + DIGEST))
    told = component.ok(check=True, manifests=[file])
    assert names(server, component.space) == set()
    done = component.ok(manifests=[file])
    assert names(server, component.space) == {"a", "d"}
    assert (
        told["actions"]
        == done["actions"]
        == [
            f"create ConfigMap {component.space}/a",
            f"create Deployment {component.space}/d",
        ]
    )
    assert done["images"] == ["quay.io/x/d" + DIGEST]
    assert done["sources"] == [{"source": file, "sha256": sha256(Path(file).read_bytes())}]
    assert done["objects"][0] == {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "a", "namespace": component.space},
    }
    again = component.ok(manifests=[file])
    assert (again["changed"], again["actions"]) == (False, [])
    assert component.ok(manifests=[file], state="absent")["changed"]
    assert names(server, component.space) == set()


def test_images_by_digest_take_the_place_of_others(server: ApiServer, component: Component) -> None:
    file = component.file("m.yaml", deployment("d", "quay.io/x/d:v1"))
    component.ok(manifests=[file], images={"quay.io/x/d": "mirror.example.net/d" + DIGEST})
    path = "jsonpath={.spec.template.spec.containers[0].image}"
    assert (
        server.kubectl("get", "deployment", "d", "-n", component.space, "-o", path) == "mirror.example.net/d" + DIGEST
    )


def test_an_image_without_a_digest_is_refused_before_anything_is_touched(
    server: ApiServer, component: Component
) -> None:
    file = component.file("m.yaml", config_map("a"), deployment("d", "quay.io/x/d:v1"))
    error = component.refused(manifests=[file])
    assert error["kind"] == "invalid_input"
    assert error["path"] == 'manifests[0]["m.yaml:7"].spec.template.spec.containers[0].image'
    assert "Deployment/d: image quay.io/x/d:v1 has no digest" in error["reason"]
    assert names(server, component.space) == set()
    component.ok(manifests=[file], require_digests=False)


def test_objects_can_be_left_alone(server: ApiServer, component: Component) -> None:
    file = component.file("m.yaml", config_map("a"), deployment("d", "quay.io/x/d:v1"))
    component.ok(manifests=[file], exclude=["Deployment/d"])
    assert names(server, component.space) == {"a"}
    assert component.refused(manifests=[file], exclude=["Deployment/e"])["path"] == "exclude[0]"


def test_what_the_server_refuses_is_told_with_file_and_line(component: Component) -> None:
    file = component.file("m.yaml", config_map("a"), {**config_map("b"), "spec": {}})
    error = component.refused(manifests=[component.file("n.yaml", config_map("c")), file])
    assert error["path"].startswith('manifests[1]["m.yaml:7"]')
    assert error["object"] == f"ConfigMap {component.space}/b"


def test_a_url_is_asked_again_but_need_not_send_again(component: Component, web: WebFiles, server: ApiServer) -> None:
    web.files["/m.yaml"] = text(config_map("a", x="1"))
    source = f"{web.url}/m.yaml"
    assert component.ok(manifests=[source])["sources"] == [{"source": source, "sha256": sha256(web.files["/m.yaml"])}]
    assert component.ok(manifests=[source])["changed"] is False
    assert web.requests == ["/m.yaml", "/m.yaml"]
    assert component.said == [f"demo: reading {source}"] * 2
    web.files["/m.yaml"] = text(config_map("a", x="2"))
    assert component.ok(manifests=[source])["actions"] == [f"update ConfigMap {component.space}/a: data.x 1 → 2"]
    del web.files["/m.yaml"]
    error = component.refused(manifests=[source])
    assert (error["kind"], error["object"], error["path"]) == ("not_found", source, "manifests[0]")
    assert "404 Not Found" in error["reason"]


def test_a_pinned_url_needs_the_network_once(component: Component, web: WebFiles) -> None:
    web.files["/m.tgz"] = tgz(**{"x/a.yaml": text(config_map("a")), "x/b.yaml": text(config_map("b"))})
    pinned = {"source": f"{web.url}/m.tgz", "sha256": sha256(web.files["/m.tgz"])}
    assert len(component.ok(manifests=[pinned])["objects"]) == 2
    web.files.clear()
    assert component.ok(manifests=[pinned])["changed"] is False
    assert web.requests == ["/m.tgz"]
    kept = list((component.folder / "cache" / "kubevim-nfvi" / "downloads").iterdir())
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}


def test_something_else_than_what_is_pinned_is_refused(component: Component, web: WebFiles, server: ApiServer) -> None:
    web.files["/m.yaml"] = text(config_map("a"))
    error = component.refused(manifests=[{"source": f"{web.url}/m.yaml", "sha256": "0" * 64}])
    assert (error["kind"], error["path"]) == ("invalid_input", "manifests[0]")
    assert f"its SHA-256 is {sha256(web.files['/m.yaml'])}, not {'0' * 64}" in error["reason"]
    assert names(server, component.space) == set()


def test_a_foreign_certificate_is_not_accepted(component: Component, web: WebFiles) -> None:
    component.without_authorities()
    error = component.refused(manifests=[f"{web.url}/m.yaml"])
    assert (error["kind"], error["retryable"]) == ("unauthenticated", False)
    assert "its certificate is not accepted" in error["reason"]
    assert "REQUESTS_CA_BUNDLE" in error["hint"]


def test_a_redirection_does_not_lead_out_of_tls(component: Component, web: WebFiles, registry: WebFiles) -> None:
    web.files["/b.yaml"] = registry.files["/b.yaml"] = text(config_map("b"))
    web.redirects = {"/a.yaml": "/b.yaml"}
    assert component.ok(manifests=[f"{web.url}/a.yaml"])["changed"]
    web.redirects = {"/a.yaml": f"{registry.url}/b.yaml"}
    error = component.refused(manifests=[f"{web.url}/a.yaml"])
    assert (error["kind"], error["object"]) == ("unauthenticated", f"{web.url}/a.yaml")
    assert "which is not protected by TLS" in error["reason"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: b: c\n", "m.yaml:1: not YAML"),
        (b"<html>Please log in</html>", "not a Kubernetes object"),
        (b"# nothing\n---\n", "there are no objects in it"),
        (gzip.compress(b"a: 1", mtime=0)[:-6], "a damaged archive"),
    ],
)
def test_what_holds_no_objects_is_told_by_its_source(
    component: Component, web: WebFiles, content: bytes, told: str
) -> None:
    web.files["/m.yaml"] = content
    error = component.refused(manifests=[f"{web.url}/m.yaml"])
    assert (error["kind"], error["object"]) == ("invalid_input", f"{web.url}/m.yaml")
    assert error["path"].startswith("manifests[0]")
    assert told in error["msg"]


def test_nobody_listens(component: Component) -> None:
    error = component.refused(manifests=["https://127.210.255.3:9/m.yaml"])
    assert (error["kind"], error["retryable"]) == ("unreachable", True)
    assert "Connection refused" in error["reason"]


def test_an_artifact_is_pulled_with_an_anonymous_token(
    component: Component, registry: WebFiles, server: ApiServer
) -> None:
    layers = (
        ("a.yaml", "application/yaml", text(config_map("a"))),
        ("", "application/x", tgz(**{"b.yml": text(config_map("b"))})),
    )
    digest = registry.push("site/demo", "v1", *layers)
    source = f"oci://{registry.host}/site/demo@{digest}"
    assert component.ok(manifests=[source])["sources"] == [{"source": source, "sha256": digest.removeprefix("sha256:")}]
    assert names(server, component.space) == {"a", "b"}
    assert registry.requests[1] == "/token?service=files&scope=repository%3Asite%2Fdemo%3Apull"
    asked = len(registry.requests)
    registry.files.clear()
    assert component.ok(manifests=[source])["changed"] is False
    assert len(registry.requests) == asked


def test_a_tag_is_asked_for_each_time_and_its_layers_are_not(component: Component, registry: WebFiles) -> None:
    registry.push("demo", "v1", ("a.yaml", "application/yaml", text(config_map("a", x="1"))))
    source = f"oci://{registry.host}/demo:v1"
    component.ok(manifests=[source])
    registry.requests.clear()
    component.ok(manifests=[source])
    assert [path for path in registry.requests if "/blobs/" in path] == []
    registry.push("demo", "v1", ("a.yaml", "application/yaml", text(config_map("a", x="2"))))
    assert component.ok(manifests=[source])["changed"]
    pinned = {"source": source, "sha256": "0" * 64}
    assert "its SHA-256 is" in component.refused(manifests=[pinned])["reason"]


def test_a_registry_that_sends_something_else_is_caught(component: Component, registry: WebFiles) -> None:
    content = text(config_map("a"))
    digest = registry.push("demo", "v1", ("a.yaml", "application/yaml", content))
    registry.files[f"/v2/demo/blobs/sha256:{sha256(content)}"] = text(config_map("evil"))
    error = component.refused(manifests=[f"oci://{registry.host}/demo@{digest}"])
    assert "the registry sent something else" in error["reason"]
    assert component.refused(manifests=[f"oci://{registry.host}/other@{digest}"])["kind"] == "not_found"


def test_a_chart_is_rendered_and_its_hooks_are_named(
    component: Component, web: WebFiles, registry: WebFiles, server: ApiServer
) -> None:
    (component.folder / "helm").write_text(HELM)
    (component.folder / "helm").chmod(0o755)
    archive = tgz(**{"demo/Chart.yaml": b"name: demo"})
    digest = registry.push(
        "charts/demo", "0.1.0", ("", "application/vnd.cncf.helm.provenance", b"-"), ("", CHART, archive)
    )
    web.files["/demo.tgz"] = archive
    (component.folder / "demo.tgz").write_bytes(archive)
    for source in (
        f"oci://{registry.host}/charts/demo@{digest}",
        f"{web.url}/demo.tgz",
        str(component.folder / "demo.tgz"),
    ):
        done = component.ok(chart={"source": source, "release_name": "r1"})
        assert done["warnings"] == ["hooks of the chart are not run: Job/init (pre-install)"]
        assert (len(done["objects"]), done["images"]) == (1, [])
    path = "jsonpath={.data.chart}"
    assert server.kubectl("get", "cm", "r1-from-chart", "-n", component.space, "-o", path) == sha256(archive)


def test_a_chart_that_is_none_is_told_with_its_place(component: Component, registry: WebFiles) -> None:
    digest = registry.push("demo", "v1", ("a.yaml", "application/yaml", b"a: 1"))
    error = component.refused(chart={"source": f"oci://{registry.host}/demo@{digest}"})
    assert (error["path"], error["reason"]) == ("chart", "is not a chart")
    assert component.refused(chart={"source": "a", "release_name": "A"})["path"] == "chart.release_name"


def test_manifests_and_a_chart_exclude_each_other(component: Component) -> None:
    assert "mutually exclusive" in component.refused(manifests=["a"], chart={"source": "b"})["reason"]
    assert "one of the following is required" in component.refused()["reason"]


def test_a_cluster_that_is_still_to_be_made_is_planned_for(component: Component) -> None:
    file = component.file("m.yaml", config_map("a"))
    told = component.ok(check=True, manifests=[file], kubeconfig=str(component.folder / "none"), pending=True)
    assert (told["actions"], told["verified"]) == ([f"create ConfigMap {component.space}/a"], False)
