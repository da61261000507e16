# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What breaks under a bulk apply: the API server, a watch, a webhook, a finalizer's owner, a CRD.

Each time the same is asked: is it the right error, is nothing lost that was told as done, and does the next run come to
where an undisturbed one comes to.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube import config
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.client import Answer, KubeClient
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.errors import Overloaded
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.request import Request
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import NotFound, Timeout, Unreachable
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mode import Mode
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.converge import Converged, Kube
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.settings import Settings
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY

from .apiserver import ApiServer
from .tcp_relay import TcpRelay

Obj = dict[str, Any]

MANY = 300
# How many of them there must be before something breaks, so that it breaks in the middle.
SOME = 40
WEBHOOK = "down.example.com"
# Nobody listens on the port `discard`; the certificate is never looked at.
NOBODY = "https://127.0.0.1:9/judge"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture
def space(server: ApiServer, request: pytest.FixtureRequest) -> str:
    """A namespace of one's own."""
    name = request.node.name.replace("_", "-")[:50].strip("-")
    server.kubectl("create", "namespace", name)
    return name


def kube(server: ApiServer, client: type[KubeClient] = KubeClient, patience: float = 90, **settings: Any) -> Kube:
    cluster = config.cluster({"kubeconfig": str(server.kubeconfig)})
    return Kube(client(cluster, patience=patience), REGISTRY, Settings(**{"wait_timeout": 120.0, **settings}))


def converge(session: Kube, objects: Sequence[Obj], state: str = "present") -> Converged:
    return session.converge([(("objects", index), each) for index, each in enumerate(objects)], state, Mode())


def config_map(space: str, name: str, **data: str) -> Obj:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": space}, "data": data}


def many(space: str) -> list[Obj]:
    return [config_map(space, f"cm-{number:03}", number=str(number)) for number in range(MANY)]


def deployment(space: str) -> Obj:
    """Nobody looks after it here: it is ready when a test says so."""
    labels = {"app": "slow"}
    pod = {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "example.com/c:1"}]}}
    meta = {"name": "slow", "namespace": space}
    spec = {"replicas": 1, "selector": {"matchLabels": labels}, "template": pod}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta, "spec": spec}


def roll_out(server: ApiServer, space: str) -> None:
    counts = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"), 1)
    patch = json.dumps({"status": {"observedGeneration": 1, **counts}})
    server.kubectl("patch", "deployment/slow", "-n", space, "--subresource=status", "--type=merge", "-p", patch)


def found(server: ApiServer, space: str, kind: str = "configmaps") -> dict[str, Obj]:
    """What kubectl shows of a kind, by name, without what servers write by themselves."""
    shown = json.loads(server.kubectl("get", kind, "-n", space, "-o", "json", "--show-managed-fields"))["items"]
    return {
        each["metadata"]["name"]: intended(each) for each in shown if each["metadata"]["name"] != "kube-root-ca.crt"
    }


def intended(live: Obj) -> Obj:
    managers = [(entry["manager"], entry["operation"]) for entry in live["metadata"].get("managedFields", [])]
    return {**{key: live.get(key) for key in ("kind", "data", "spec")}, "managers": managers}


class Attempt(threading.Thread):
    """A run beside what breaks; the `result` is what it returned or raised."""

    def __init__(self, session: Kube, objects: Sequence[Obj], state: str = "present") -> None:
        super().__init__(daemon=True)
        self.result: Converged | Exception | None = None
        self._asked = (session, objects, state)
        self.start()

    def run(self) -> None:
        try:
            self.result = converge(*self._asked)
        except Exception as error:  # noqa: BLE001  (raised again in the test)
            self.result = error

    def ended(self) -> Converged:
        """What it returned; what it raised is raised here."""
        self.join(150)
        if isinstance(self.result, Exception):
            raise self.result
        assert self.result is not None, "still running"
        return self.result


def until(true: Callable[[], bool], what: str) -> None:
    over = time.monotonic() + 60
    while not true():
        assert time.monotonic() < over, f"not in a minute: {what}"
        time.sleep(0.005)


def written(server: ApiServer, space: str) -> int:
    """How many writes the server has begun there; dry runs are none."""
    events = [e for e in server.audit() if e["verb"] == "patch" and e["objectRef"].get("namespace") == space]
    return sum(1 for event in events if "dryRun" not in event["requestURI"])


def watched(server: ApiServer, space: str) -> bool:
    return any(e["verb"] == "watch" and e["objectRef"].get("namespace") == space for e in server.audit())


def test_the_api_server_is_killed_and_restarted_under_a_bulk_apply(server: ApiServer, space: str) -> None:
    """Nothing is lost, and nobody has to run anything again."""
    attempt = Attempt(kube(server), many(space))
    until(lambda: written(server, space) > SOME, "enough written")
    server.kill()
    there_yet = attempt.is_alive()
    server.start()
    done = attempt.ended()
    assert there_yet, "it broke too late to prove anything"
    assert len(done.plan.actions) == MANY
    assert {name: each["data"] for name, each in found(server, space).items()} == {
        each["metadata"]["name"]: each["data"] for each in many(space)
    }
    assert converge(kube(server), many(space)).plan.actions == []


def test_an_api_server_that_stays_away_is_told_with_what_was_done(server: ApiServer, space: str) -> None:
    """What was told as done is there; the next run does what was left, and no more."""
    attempt = Attempt(kube(server, patience=1), many(space))
    until(lambda: written(server, space) > SOME, "enough written")
    server.kill()
    with pytest.raises(Unreachable) as caught:
        attempt.ended()
    server.start()
    there = found(server, space)
    told = {action.rpartition("/")[2] for action in caught.value.done}
    assert caught.value.retryable
    assert SOME / 2 < len(told) <= len(there) < MANY
    assert told <= there.keys()
    again = converge(kube(server), many(space))
    assert len(again.plan.actions) == MANY - len(there)
    undisturbed = {f"cm-{number:03}": intended_map(number) for number in range(MANY)}
    assert found(server, space) == undisturbed


def intended_map(number: int) -> Obj:
    data = {"number": str(number)}
    return {"kind": "ConfigMap", "data": data, "spec": None, "managers": [("kubevim.nfvi", "Apply")]}


def through(relay: TcpRelay, session: Kube) -> Kube:
    """The same session by way of the relay."""
    name = session.client.cluster.server.rpartition("//")[2].partition(":")[0]
    url = f"https://{relay.address}:{relay.port}"
    cluster = dataclasses.replace(session.client.cluster, server=url, tls_server_name=name)
    return dataclasses.replace(session, client=KubeClient(cluster))


def come_back_without_history(server: ApiServer) -> None:
    """Who watches from before is answered with 410: what there is has to be listed anew."""
    server.kubectl("create", "configmap", f"later-{time.monotonic_ns()}", "-n", "default")
    server.kill()
    server.compact()
    server.start()


def test_waiting_goes_on_when_its_watch_is_cut(server: ApiServer, space: str) -> None:
    with TcpRelay((server.address, 6443)) as relay:
        attempt = Attempt(through(relay, kube(server)), [deployment(space)])
        until(lambda: watched(server, space), "a watch")
        relay.cut()
        roll_out(server, space)
        assert attempt.ended().objects[0]["status"]["availableReplicas"] == 1


def test_waiting_goes_on_when_the_server_comes_back_without_its_history(server: ApiServer, space: str) -> None:
    attempt = Attempt(kube(server), [deployment(space)])
    until(lambda: watched(server, space), "a watch")
    come_back_without_history(server)
    roll_out(server, space)
    assert attempt.ended().objects[0]["status"]["availableReplicas"] == 1


@pytest.mark.parametrize("gap", [False, True], ids=["told", "in-a-gap"])
def test_what_somebody_deletes_while_it_is_waited_for_is_said_to_be_deleted(server: ApiServer, gap: bool) -> None:
    """Neither ready nor blamed on what it last said; the next run makes it anew."""
    space = f"deleted-{gap}".lower()
    server.kubectl("create", "namespace", space)
    with TcpRelay((server.address, 6443)) as relay:
        attempt = Attempt(through(relay, kube(server, wait_timeout=15.0 if gap else 4.0)), [deployment(space)])
        until(lambda: watched(server, space), "a watch")
        if gap:
            relay.refuse()
        server.kubectl("delete", "deployment/slow", "-n", space)
        if gap:
            come_back_without_history(server)
            relay.listen_again()
        with pytest.raises(Timeout, match="was deleted meanwhile"):
            attempt.ended()
    assert converge(kube(server, wait=False), [deployment(space)]).plan.actions == [f"create Deployment {space}/slow"]


def webhook(space: str, condition: str) -> Obj:
    """A validating webhook that nobody answers for, asked about ConfigMaps there that the CEL condition holds for."""
    return {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": space},
        "webhooks": [
            {
                "name": WEBHOOK,
                "clientConfig": {"url": NOBODY},
                "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}],
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": space}},
                "matchConditions": [{"name": "those", "expression": condition}],
                "failurePolicy": "Fail",
                "sideEffects": "None",
                "admissionReviewVersions": ["v1"],
                "timeoutSeconds": 1,
            }
        ],
    }


@contextlib.contextmanager
def webhook_down(server: ApiServer, space: str, condition: str = "true") -> Iterator[None]:
    """In force when it is entered, and gone when it is left: the server learns of both by watches of its own."""
    probe = json.dumps(config_map(space, "odd-probe", x=str(time.monotonic())))

    def refused() -> bool:
        try:
            server.kubectl("apply", "--server-side", "-f", "-", stdin=probe)
        except subprocess.CalledProcessError:
            return True
        return False

    server.kubectl("create", "-f", "-", stdin=json.dumps(webhook(space, condition)))
    until(refused, "the webhook is asked")
    yield
    server.kubectl("delete", "validatingwebhookconfiguration", space)
    until(lambda: not refused(), "the webhook is forgotten")
    server.kubectl("delete", "configmap", "odd-probe", "-n", space, "--ignore-not-found")


def test_a_webhook_that_is_down_is_named_before_anything_is_written(server: ApiServer, space: str) -> None:
    """It is tried again as an overload is, for as long as one is patient; it is nobody's conflict."""
    objects = many(space)[:3]
    with webhook_down(server, space):
        with pytest.raises(Overloaded) as caught:
            converge(kube(server, patience=2), objects)
        assert found(server, space) == {}
    assert (caught.value.kind, caught.value.retryable, caught.value.done) == ("unreachable", True, ())
    assert WEBHOOK in caught.value.hint
    assert "the same with" in caught.value.reason or "and 2 more" in caught.value.reason
    assert len(converge(kube(server), objects).plan.actions) == 3


def test_a_webhook_that_comes_up_again_is_waited_for(server: ApiServer, space: str) -> None:
    with webhook_down(server, space):
        attempt = Attempt(kube(server), many(space)[:3])
        asked = server.audit
        until(lambda: any(_refused_there(event, space) for event in asked()), "a refusal")
    assert len(attempt.ended().plan.actions) == 3


def _refused_there(event: Obj, space: str) -> bool:
    there = event["objectRef"].get("namespace") == space if "objectRef" in event else False
    return there and event.get("responseStatus", {}).get("code") == 500 and event["objectRef"]["name"] != "odd-probe"


def test_a_webhook_that_goes_down_between_plan_and_apply(server: ApiServer, space: str) -> None:
    """The others are written and told; the next run writes what was refused, and no more."""
    objects = [config_map(space, name, x="1") for name in ("even-1", "odd-1", "even-2", "odd-2")]
    odd = "(!has(request.dryRun) || !request.dryRun) && request.name.startsWith('odd')"
    with webhook_down(server, space, odd):
        with pytest.raises(Overloaded, match=WEBHOOK) as caught:
            converge(kube(server, patience=2), objects)
        assert sorted(found(server, space)) == ["even-1", "even-2"]
    assert sorted(caught.value.done) == [f"create ConfigMap {space}/even-{number}" for number in (1, 2)]
    again = converge(kube(server), objects)
    assert sorted(again.plan.actions) == [f"create ConfigMap {space}/odd-{number}" for number in (1, 2)]
    assert len(found(server, space)) == 4


def test_a_finalizer_that_nobody_takes_away_is_named(server: ApiServer, space: str) -> None:
    """What could go has gone; the next run, with the finalizer gone, has nothing left to do."""
    held = config_map(space, "held")
    held["metadata"]["finalizers"] = ["example.com/holds-it"]
    objects = [held, config_map(space, "free")]
    converge(kube(server), objects)
    with pytest.raises(Timeout) as caught:
        converge(kube(server, wait_timeout=2.0), objects, "absent")
    assert caught.value.object == f"ConfigMap {space}/held"
    assert "held by finalizers example.com/holds-it" in caught.value.reason
    assert sorted(caught.value.done) == [f"delete ConfigMap {space}/{name}" for name in ("free", "held")]
    assert list(found(server, space)) == ["held"]
    take = json.dumps({"metadata": {"finalizers": None}})
    attempt = Attempt(kube(server), objects, "absent")
    server.kubectl("patch", "configmap", "held", "-n", space, "--type=merge", "-p", take)
    attempt.ended()
    assert found(server, space) == {}
    assert converge(kube(server), objects, "absent").plan.actions == []


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "gears.faults.example"},
    "spec": {
        "group": "faults.example",
        "scope": "Namespaced",
        "names": {"kind": "Gear", "plural": "gears", "singular": "gear", "listKind": "GearList"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {"spec": {"type": "object", "properties": {"teeth": {"type": "integer"}}}},
                    }
                },
            }
        ],
    },
}


def gear(space: str, name: str) -> Obj:
    meta = {"name": name, "namespace": space}
    return {"apiVersion": "faults.example/v1", "kind": "Gear", "metadata": meta, "spec": {"teeth": 12}}


class Underminer(KubeClient):
    """Takes the CRD away after the plan: right before the first write."""

    server: ApiServer
    done = False

    def send_all(self, requests: Iterable[Request]) -> list[Answer]:
        asked = list(requests)
        writes = [each for each in asked if each.method == "PATCH" and "dryRun" not in each.query]
        if writes and not self.done:
            type(self).done = True
            self.server.kubectl("delete", "crd", CRD["metadata"]["name"])
            until(lambda: not self._served(), "it is not served")
        return super().send_all(asked)

    def _served(self) -> bool:
        try:
            self.server.kubectl("get", "--raw", "/apis/faults.example/v1/gears")
        except subprocess.CalledProcessError:
            return False
        return True


def test_a_crd_deleted_between_plan_and_apply(server: ApiServer, space: str) -> None:
    """What is of other kinds is written and told; with the CRD back, the next run comes to where the first was to."""
    Underminer.server = server
    settings, gears = config_map(space, "settings", x="1"), [gear(space, "big"), gear(space, "small")]
    converge(kube(server), [CRD, gears[0]])
    wanted = [settings, *gears]
    gears[0]["spec"]["teeth"] = 13
    with pytest.raises(NotFound) as caught:
        converge(kube(server, Underminer), wanted)
    assert "is not served" in caught.value.reason
    assert "CustomResourceDefinition" in caught.value.hint
    assert caught.value.done == (f"create ConfigMap {space}/settings",)
    assert list(found(server, space)) == ["settings"]
    again = converge(kube(server), [CRD, *wanted])
    made = {f"create Gear {space}/{name}" for name in ("big", "small")}
    assert set(again.plan.actions) == {"create CustomResourceDefinition gears.faults.example", *made}
    assert {name: each["spec"] for name, each in found(server, space, "gears").items()} == {
        "big": {"teeth": 13},
        "small": {"teeth": 12},
    }
    assert converge(kube(server), [CRD, *wanted]).plan.actions == []
