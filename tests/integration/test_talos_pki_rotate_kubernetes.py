# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA of the lab's Kubernetes is replaced: nobody is locked out, nothing is lost, and stopped anywhere, it goes on.

Each way takes a minute or more, since the real control plane restarts at every step and elects its leaders anew.
"""

from __future__ import annotations

import base64
import itertools
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.talos import certificates
from tests.lab.conftest import lab_programs, until
from tests.promises import playbook
from tests.promises.documented import undocumented

from .test_talos import new_site
from .test_talos_pki_rotate import MODULE, Cluster, Stopped, rest, stop_after

__all__ = ["lab_programs"]

pytestmark = pytest.mark.full

OBJECTS = """
apiVersion: v1
kind: Namespace
metadata: {name: core}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kept, namespace: core}
data: {since: before}
---
apiVersion: v1
kind: Secret
metadata: {name: hidden, namespace: core}
stringData: {word: swordfish}
"""


class Kubernetes(Cluster):
    """A cluster whose Kubernetes' CA every test may replace."""

    programs: dict[str, Path]

    def options(self, module: str) -> dict[str, Any]:
        options = super().options(module)
        if module != MODULE:
            return options
        own = {"authority": "kubernetes", "kubeconfig": str(self.folder / "kubeconfig"), "wait_timeout": 90}
        return {**options, **own}

    @property
    def authority(self) -> certificates.Facts:
        return certificates.facts(base64.b64decode(self.bundle["certs"]["k8s"]["crt"]))

    @property
    def issuing(self) -> list[str]:
        active = [machine.active for machine in self.machines]
        return [certificates.facts(each.pem("cluster.ca.crt")).fingerprint for each in active if each]

    def kubectl(self, *arguments: str, kubeconfig: Path | None = None, text: str = "") -> str:
        done = self.try_kubectl(*arguments, kubeconfig=kubeconfig, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def try_kubectl(
        self, *arguments: str, kubeconfig: Path | None = None, text: str = ""
    ) -> subprocess.CompletedProcess[str]:
        file = kubeconfig or self.folder / "kubeconfig"
        command = [str(self.programs["kubectl"]), f"--kubeconfig={file}", "--request-timeout=10s", *arguments]
        return subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)

    def everybody_gets_in(self) -> None:
        """With the user's kubeconfig; the only API server may be starting."""
        until(lambda: self.gets_in_by(self.folder / "kubeconfig"), "a kubeconfig that works")

    def gets_in_by(self, kubeconfig: Path) -> bool:
        return self.try_kubectl("get", "nodes", kubeconfig=kubeconfig).returncode == 0

    def turned_away(self, kubeconfig: Path) -> str:
        done = self.try_kubectl("get", "nodes", kubeconfig=kubeconfig)
        assert done.returncode != 0, done.stdout
        return done.stderr

    def objects(self) -> dict[str, Any]:
        """What users have made, with its uid: an object that was made anew is another one."""
        kinds = "namespaces,configmaps,secrets,serviceaccounts,nodes,clusterroles"
        found = json.loads(self.kubectl("get", kinds, "-A", "-o", "json"))["items"]
        return {
            "/".join([each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]]): each["metadata"][
                "uid"
            ]
            for each in found
        }

    def token(self) -> str:
        return self.kubectl("create", "token", "default", "-n", "core", "--duration=1h").strip()

    def knows(self, token: str) -> bool:
        """Whether somebody with this token, and with the CA that pods are given, gets in."""
        document = yaml.safe_load((self.folder / "kubeconfig").read_text())
        document["users"][0]["user"] = {"token": token}
        file = self.folder / "pod"
        file.write_text(yaml.safe_dump(document))
        return "system:serviceaccount:core:default" in self.kubectl("auth", "whoami", kubeconfig=file)


def assembled(folder: Path, programs: dict[str, Path], *, servers: int, control_planes: int) -> Iterator[Kubernetes]:
    with new_site(folder, Kubernetes, servers=servers) as found:
        found.programs = programs
        found.assemble(control_planes=control_planes)
        found.done("talos_kubeconfig")
        until(lambda: found.try_kubectl("get", "nodes").stdout.count("\n") == servers + 1, "all nodes")
        found.kubectl("apply", "-f", "-", text=OBJECTS)
        until(lambda: found.try_kubectl("get", "sa", "default", "-n", "core").returncode == 0, "a service account")
        yield found


@pytest.fixture(scope="module")
def cluster(lab_programs: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubernetes]:
    """A control plane of one machine, and a worker."""
    yield from assembled(tmp_path_factory.mktemp("rotate"), lab_programs, servers=2, control_planes=1)


def test_what_check_mode_tells_is_done_once_and_nothing_is_lost(cluster: Kubernetes) -> None:
    old, boots, before, due = cluster.folder / "before", cluster.boots, cluster.authority, cluster.due()
    shutil.copy(cluster.folder / "kubeconfig", old)
    objects, token = cluster.objects(), cluster.token()
    told = cluster.done(MODULE, check=True, pending=False, made_before=due)
    assert cluster.authority == before
    done = cluster.done(MODULE, made_before=due)
    assert (done["actions"], done["impact"], done["changed"]) == (told["actions"], "service_restart", True)
    assert cluster.authority.fingerprint == done["pki"]["fingerprint"] != before.fingerprint
    assert cluster.issuing == [done["pki"]["fingerprint"]] * 2
    assert [node["accepted"] for node in done["pki"]["nodes"]] == [[]] * 2
    assert "rotation" not in cluster.bundle
    assert cluster.boots == boots
    cluster.everybody_gets_in()
    assert objects.items() <= cluster.objects().items()
    assert cluster.kubectl("get", "secret", "hidden", "-n", "core", "-o", "jsonpath={.data.word}") == "c3dvcmRmaXNo"
    assert cluster.knows(token)
    assert cluster.knows(cluster.token())
    assert "unknown authority" in cluster.turned_away(old)
    assert "Unauthorized" in cluster.turned_away(trusting(old, cluster.folder / "kubeconfig"))
    for module in (MODULE, "talos_secrets", "talos_config", "talos_apply", "talos_kubeconfig"):
        options = {"made_before": due} if module == MODULE else {}
        for check in (True, False):
            assert cluster.done(module, check=check, **options)["actions"] == []


def trusting(kubeconfig: Path, other: Path) -> Path:
    """The same client, which trusts whom the other does."""
    mine, others = (yaml.safe_load(file.read_text()) for file in (kubeconfig, other))
    mine["clusters"] = others["clusters"]
    made = kubeconfig.with_name("trusting")
    made.write_text(yaml.safe_dump(mine))
    return made


def test_stopped_after_every_single_write_it_goes_on(cluster: Kubernetes) -> None:
    """A kubeconfig as it is at first works until the new CA issues; one from the first step on until the last."""
    old, early, objects = cluster.folder / "old", cluster.folder / "early", cluster.objects()
    before, due = cluster.authority.fingerprint, cluster.due()
    shutil.copy(cluster.folder / "kubeconfig", old)
    told = cluster.done(MODULE, check=True, pending=False, made_before=due)["actions"]
    writes = itertools.count(1)
    while stopped(cluster, due):
        next(writes)
        cluster.everybody_gets_in()
        step = cluster.bundle["rotation"]["k8s"]["step"]
        now = cluster.done(MODULE, check=True, pending=False)["actions"]  # what is begun is finished, due or not
        assert rest(told, now), (told, now)
        told = now
        if step == "accept":
            assert cluster.gets_in_by(old)
            cluster.done("talos_kubeconfig", path=str(early))
        elif any(f"node {cluster.address}: v1alpha1.cluster.acceptedCAs" in each for each in now):
            assert cluster.gets_in_by(early)
    # The bundle four times, the kubeconfig twice; machines and their files at each of three steps.
    assert next(writes) == 4 + 2 + 3 * (2 + 2)
    assert "Unauthorized" in cluster.turned_away(early)
    assert set(cluster.issuing) == {cluster.authority.fingerprint} != {before}
    assert objects.items() <= cluster.objects().items()
    for module in (MODULE, "talos_secrets", "talos_config", "talos_apply", "talos_kubeconfig"):
        assert cluster.done(module)["actions"] == []


def stopped(cluster: Kubernetes, due: str) -> bool:
    """Let a run write once; whether it had more to write."""
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, 1)
        try:
            cluster.done(MODULE, made_before=due)
        except Stopped:
            return True
    return False


def test_by_playbook_results_are_as_documented_and_keys_stay_hidden(cluster: Kubernetes, tmp_path: Path) -> None:
    due, name = cluster.due(), f"kubevim.nfvi.{MODULE}"
    options = {**cluster.options(MODULE), "made_before": due}
    tasks = [
        {"name": "done", name: options},
        {"name": "refused", name: {**options, "authority": "talos"}, "ignore_errors": True},
    ]
    keys = [*secrets_of(cluster)]
    told = playbook.run(tmp_path / "check", tasks[:1], "--check", "--diff")
    done = playbook.run(tmp_path / "play", tasks, "--diff", "-vvv")
    assert told["done"]["actions"] == done["done"]["actions"] != []
    for task in ("done", "refused"):
        assert list(undocumented(MODULE, {"failed": False, **done[task]})) == []
    keys += secrets_of(cluster)
    shown = told.output + done.output + json.dumps(cluster.shown)
    assert [key for key in keys if key in shown] == []


def secrets_of(cluster: Kubernetes) -> list[str]:
    user = yaml.safe_load((cluster.folder / "kubeconfig").read_text())["users"][0]["user"]["client-key-data"]
    keys = [user, *(pair["key"] for pair in cluster.bundle["certs"].values())]
    return [*keys, *(line for key in keys for line in base64.b64decode(key).decode().splitlines()[1:-1])]
