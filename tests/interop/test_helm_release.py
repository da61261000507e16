# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""helm_release with the real helm, 3 and 4, against a real API server; what came of it helm and kubectl say."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.adapter.worker import run_in_worker
from ansible_collections.kubevim.nfvi.plugins.modules.helm_release import CALL
from tests.integration.apiserver import ApiServer

from .tools import HELM, HELM4, Tool

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

READS = ("get", "list", "watch")
CHART = """apiVersion: v2
name: demo
version: 0.1.0
appVersion: "5.0"
"""
VALUES = "colour: red\npassword: ''\nextra: false\nlook: false\n"
MAP = """apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data: {colour: {{ .Values.colour | quote }}}
"""
SECRET = """{{ if eq .Values.colour "refused" }}{{ fail (print "no colour for " .Values.password) }}{{ end }}
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}}
stringData: {password: {{ .Values.password | quote }}}
"""
EXTRA = """{{ if .Values.extra }}
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-extra}
{{ end }}
"""
NEVER = """{{ if eq .Values.colour "never" }}
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  selector: {matchLabels: {app: a}}
  template:
    metadata: {labels: {app: a}}
    spec: {containers: [{name: a, image: a}]}
{{ end }}
"""
HOOK = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-hook-{{ randAlphaNum 8 | lower }}
  annotations: {"helm.sh/hook": "pre-install,pre-upgrade"}
"""
CRD = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: %(plural)s.example.net}
spec:
  group: example.net
  scope: Namespaced
  names: {kind: %(kind)s, plural: %(plural)s, singular: %(singular)s, listKind: %(kind)sList}
  versions: [{name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object}}}]
"""
PASSWORD = "hunter2-and-more"


@pytest.fixture(scope="module", params=[HELM, HELM4], ids=["helm3", "helm4"])
def helm(request: pytest.FixtureRequest) -> Path:
    tool: Tool = request.param
    return tool.built()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("helm")) as running:
        yield running


class Release:
    """The module as a task calls it, for one release in a namespace of its own."""

    def __init__(self, server: ApiServer, helm: Path, folder: Path, space: str) -> None:
        self.server, self.helm, self.folder, self.space = server, helm, folder, space
        self.chart = folder / "demo"
        self.name = f"Release {space}/demo"
        self.environment = {"PATH": f"{helm.parent}:/usr/bin:/bin", "HOME": str(folder), "HELM_NAMESPACE": "default"}
        self.said: list[str] = []
        files = {
            "Chart.yaml": CHART, "values.yaml": VALUES, "templates/map.yaml": MAP, "templates/secret.yaml": SECRET,
            "templates/extra.yaml": EXTRA, "templates/never.yaml": NEVER, "templates/hook.yaml": HOOK,
        }  # fmt: skip
        for name, content in files.items():
            self.write(name, content)
        (folder / "digest-key").write_text("a site's own")

    def write(self, name: str, content: str) -> None:
        file = self.chart / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def call(self, *, check: bool = False, diff: bool = True, **options: Any) -> dict[str, Any]:
        base = {"kubeconfig": str(self.server.kubeconfig), "name": "demo", "namespace": self.space}
        base["digest_key"] = str(self.folder / "digest-key")
        chart = {} if options.get("state") == "absent" else {"chart_ref": str(self.chart)}
        return run_in_worker(
            CALL,
            {**base, **chart, "wait_timeout": 20, **options},
            environment=self.environment,
            check=check,
            diff=diff,
            progress=self.said.append,
        )

    def ok(self, **options: Any) -> dict[str, Any]:
        result = self.call(**options)
        assert "failed" not in result, result["msg"]
        return result

    def truly(self, **options: Any) -> dict[str, Any]:
        """Check, apply, again: check mode wrote nothing and told what was done; the second run does nothing."""
        since = self.writes()
        told = self.ok(check=True, **options)
        assert self.writes() == since
        done = self.ok(**options)
        assert told["actions"] == done["actions"]
        assert told["release"] == done["release"]
        assert told["objects"] == done["objects"]
        since = self.writes()
        for check in (False, True):
            again = self.ok(check=check, **options)
            assert (again["changed"], again["actions"], again["diff"]) == (False, [], [])
            assert again["release"] == done["release"]
        assert self.writes() == since
        return done

    def refused(self, **options: Any) -> dict[str, Any]:
        result = self.call(**options)
        assert result.get("failed"), result["actions"]
        assert PASSWORD not in json.dumps(result)
        return {**result["error"], "msg": result["msg"], "actions": result["actions"]}

    def writes(self) -> list[str]:
        return [
            f"{event['verb']} {event['requestURI']}"
            for event in self.server.audit()
            if event["verb"] not in READS and "dryRun=All" not in event["requestURI"]
        ]

    def history(self) -> list[str]:
        """Status of every revision, as helm tells it."""
        return [each["status"] for each in json.loads(self.by_helm("history", "demo", "-o", "json"))]

    def by_helm(self, *arguments: str, check: bool = True) -> str:
        command = [self.helm, *arguments, "-n", self.space, "--kubeconfig", self.server.kubeconfig]
        environment = {**os.environ, "HOME": str(self.folder)}
        return subprocess.run(command, capture_output=True, text=True, check=check, env=environment).stdout

    def names(self, kind: str) -> set[str]:
        found = json.loads(self.server.kubectl("get", kind, "-n", self.space, "-o", "json"))["items"]
        return {item["metadata"]["name"] for item in found} - {"kube-root-ca.crt"}

    def colour(self) -> str:
        return self.server.kubectl("get", "cm", "demo", "-n", self.space, "-o", "jsonpath={.data.colour}")

    def killed_at(self, *arguments: str) -> None:
        """A helm that waits for what never comes, killed as soon as its release is pending."""
        command = [self.helm, *arguments, "-n", self.space, "--kubeconfig", self.server.kubeconfig, "--wait"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            until = time.monotonic() + 30
            while "demo" not in self.names("deployments"):
                assert time.monotonic() < until
                time.sleep(0.2)
            process.kill()


@pytest.fixture
def release(server: ApiServer, helm: Path, tmp_path: Path, request: pytest.FixtureRequest) -> Release:
    name = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_"))[:60].strip("-")
    server.kubectl("create", "namespace", name)
    return Release(server, helm, tmp_path, name)


def test_a_release_is_made_changed_and_removed(release: Release) -> None:
    space = release.space
    made = release.truly(values={"password": PASSWORD})
    assert made["actions"] == [
        f"create {release.name}",
        f"create Secret {space}/demo",
        f"create ConfigMap {space}/demo",
    ]
    assert made["release"] == {
        "name": "demo", "namespace": space, "revision": 1, "status": "deployed", "chart": "demo-0.1.0",
        "app_version": "5.0",
    }  # fmt: skip
    assert made["objects"][0] == {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "demo", "namespace": space},
    }
    changed = release.truly(values={"password": PASSWORD + "!", "colour": "blue", "extra": True})
    assert [re.sub(r"<secret \w+>", "<secret>", line) for line in changed["actions"]] == [
        f"update {release.name}: values.colour (none) → <secret>",
        f"update {release.name}: values.extra (none) → <secret>",
        f"update {release.name}: values.password <secret> → <secret>",
        f"update Secret {space}/demo: data.password <secret> → <secret>",
        f"create ConfigMap {space}/demo-extra",
        f"update ConfigMap {space}/demo: data.colour red → blue",
    ]
    assert PASSWORD not in json.dumps([made, changed])
    assert release.colour() == "blue"
    release.write("Chart.yaml", CHART.replace("0.1.0", "0.2.0"))
    newer = release.truly(values={"password": PASSWORD + "!", "colour": "blue"})
    assert newer["actions"][0] == f"update {release.name}: chart demo-0.1.0 → demo-0.2.0"
    assert newer["actions"][-1] == f"delete ConfigMap {space}/demo-extra"
    assert release.names("configmaps") >= {"demo"}
    told, gone = release.ok(state="absent", check=True), release.ok(state="absent")
    assert told["actions"] == gone["actions"]
    assert gone["actions"] == [
        f"delete {release.name}",
        f"delete Secret {space}/demo",
        f"delete ConfigMap {space}/demo",
    ]
    assert (release.names("secrets"), gone["release"]) == (set(), {})
    assert release.ok(state="absent")["changed"] is False


def test_values_come_from_files_and_options_and_stay_in_private(release: Release) -> None:
    (release.folder / "one.yml").write_text("colour: green\nextra: true\n")
    (release.folder / "two.yml").write_text(f"password: {PASSWORD}\ncolour: blue\n")
    files = [str(release.folder / name) for name in ("one.yml", "two.yml")]
    release.truly(values_files=files, values={"extra": False})
    assert (release.colour(), "demo-extra" in release.names("configmaps")) == ("blue", False)
    given = json.loads(release.by_helm("get", "values", "demo", "-o", "json"))
    assert given == {"colour": "blue", "extra": False, "password": PASSWORD}
    wrong = release.refused(values_files=[*files, str(release.folder / "three.yml")])
    assert (wrong["kind"], wrong["path"]) == ("invalid_input", "values_files[2]")


def test_a_namespace_is_made_only_when_told(release: Release) -> None:
    space = release.space + "-2"
    wrong = release.refused(namespace=space)
    assert (wrong["kind"], wrong["path"]) == ("precondition", "namespace")
    made = release.truly(namespace=space, create_namespace=True)
    assert made["actions"][:2] == [f"create Namespace {space}", f"create Release {space}/demo"]


def test_what_a_chart_refuses_is_told_without_its_values(release: Release) -> None:
    for check in (True, False):
        wrong = release.refused(check=check, values={"colour": "refused", "password": PASSWORD})
        assert wrong["kind"] == "invalid_input"
        assert "no colour for <secret" in wrong["reason"]
    assert release.names("secrets") == set()


def test_a_failed_upgrade_is_told_and_mended(release: Release) -> None:
    release.ok()
    failed = release.refused(values={"colour": "never"}, wait_timeout=3)
    assert (failed["kind"], failed["retryable"]) == ("timeout", True)
    assert failed["actions"] == [f"update {release.name}: status (none) → failed (revision 2)"]
    assert release.history()[-1] == "failed"
    lost = f"helm does not remove what a failed revision may have made: Deployment {release.space}/demo"
    assert release.ok(check=True)["warnings"] == [lost]
    mended = release.truly()
    assert mended["actions"] == [f"update {release.name}: status failed → deployed"]
    assert (mended["warnings"], release.names("deployments")) == ([lost], {"demo"})


def test_an_atomic_upgrade_that_fails_is_rolled_back(release: Release) -> None:
    release.ok()
    failed = release.refused(values={"colour": "never"}, wait_timeout=3, atomic=True)
    assert failed["actions"][0] == f"update {release.name}: status (none) → failed (revision 2)"
    assert release.history()[-1] == "deployed"
    assert release.colour() == "red"
    assert release.ok(check=True)["changed"] is False


def test_an_installation_that_was_killed_is_taken_back(release: Release) -> None:
    release.killed_at("install", "demo", str(release.chart), "--set", "colour=never")
    told = release.refused()
    assert (told["kind"], told["path"], told["retryable"]) == ("busy", "on_pending", True)
    assert "revision 1 is pending-install since 20" in told["reason"]
    assert release.refused(state="absent")["kind"] == "busy"
    done = release.truly(on_pending="recover")
    assert done["actions"][:2] == [
        f"uninstall {release.name}: status pending-install → (none)",
        f"create {release.name}",
    ]
    assert release.history() == ["deployed"]


def test_an_upgrade_that_was_killed_is_rolled_back(release: Release) -> None:
    release.ok()
    release.killed_at("upgrade", "demo", str(release.chart), "--set", "colour=never")
    assert "revision 2 is pending-upgrade since 20" in release.refused()["reason"]
    back = release.truly(on_pending="recover")
    assert back["actions"] == [
        f"rollback {release.name}: status pending-upgrade (revision 2) → deployed (as revision 1)"
    ]
    assert release.history()[-1] == "deployed"
    assert (release.colour(), release.names("deployments")) == ("red", set())
    release.killed_at("upgrade", "demo", str(release.chart), "--set", "colour=never")
    on = release.truly(on_pending="recover", values={"colour": "blue"})
    assert on["actions"][-1] == f"update ConfigMap {release.space}/demo: data.colour red → blue"
    assert release.colour() == "blue"


def test_crds_of_a_chart(release: Release) -> None:
    major = "three" if "helm3" in release.space else "four"
    kind, plural = f"Thing{major}", f"thing{major}s"
    words = {"kind": kind, "plural": plural, "singular": plural[:-1]}
    release.write("crds/thing.yaml", CRD % words)
    release.write("templates/thing.yaml", f"apiVersion: example.net/v1\nkind: {kind}\nmetadata: {{name: a}}\n")
    told = release.ok(check=True)
    assert (told["verified"], told["actions"][0]) == (False, f"create CustomResourceDefinition {plural}.example.net")
    assert release.ok()["actions"] == told["actions"]
    assert release.ok(check=True)["changed"] is False
    words = {"kind": f"More{major}", "plural": f"more{major}s", "singular": f"more{major}"}
    release.write("crds/more.yaml", CRD % words)
    assert f"these are missing: more{major}s.example.net" in release.ok()["warnings"][0]
    applied = release.truly(crds="apply")
    assert set(applied["actions"]) == {
        f"adopt CustomResourceDefinition {plural}.example.net",
        f"create CustomResourceDefinition more{major}s.example.net",
    }
    assert (applied["warnings"], release.ok(crds="skip")["changed"]) == ([], False)


def test_what_asks_to_be_kept_is_kept(release: Release) -> None:
    release.write(
        "templates/map.yaml", MAP.replace("metadata: {", "metadata: {annotations: {helm.sh/resource-policy: keep}, ")
    )
    release.ok()
    gone = release.ok(state="absent")
    assert gone["warnings"] == [f"stays in the cluster, by its helm.sh/resource-policy: ConfigMap {release.space}/demo"]
    assert "demo" in release.names("configmaps")


def test_an_archive_will_do_and_its_absence_is_told(release: Release) -> None:
    subprocess.run([release.helm, "package", release.chart, "-d", release.folder], check=True, capture_output=True)
    assert release.ok(chart_ref=str(release.folder / "demo-0.1.0.tgz"))["changed"]
    assert release.ok(check=True)["changed"] is False
    missing = release.refused(chart_ref=str(release.folder / "none.tgz"))
    assert (missing["kind"], missing["path"]) == ("invalid_input", "chart_ref")
    nowhere = release.refused(chart_ref="demo", chart_repo_url="http://127.210.255.9:9")
    assert nowhere["kind"] in ("unreachable", "not_found")


def test_an_object_of_somebody_else_is_a_conflict(release: Release) -> None:
    release.server.kubectl("create", "configmap", "demo", "-n", release.space)
    wrong = release.refused(check=True)
    assert wrong["kind"] == "conflict"
    assert "cannot be imported" in wrong["reason"]


def test_a_cluster_that_is_still_to_be_made_is_planned_for(release: Release) -> None:
    told = release.ok(check=True, pending=True, kubeconfig=str(release.folder / "none"), create_namespace=True)
    assert (told["verified"], told["actions"][0]) == (False, f"create {release.name}")


def test_without_helm_it_is_named(release: Release) -> None:
    release.environment["PATH"] = "/nowhere"
    wrong = release.refused()
    assert (wrong["kind"], "helm is not on PATH" in wrong["reason"]) == ("precondition", True)
