# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Kubernetes client against a real etcd and kube-apiserver; only overload is played by a stand-in."""

from __future__ import annotations

import dataclasses
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube import config, discovery
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube import request as ask
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.client import KubeClient
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.cluster import Cluster
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.endpoint import NoConnection
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.errors import (
    AlreadyExists,
    ApplyConflict,
    Expired,
    Modified,
    NotServed,
    Overloaded,
    Refused,
)
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.request import Request, Resource
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.clock import Deadline, SystemClock
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import (
    Capacity,
    Forbidden,
    NfviError,
    NotFound,
    StalePlan,
    Unauthenticated,
    Unreachable,
)

from .apiserver import ApiServer
from .http_stand_in import HttpStandIn, Scripted
from .tcp_relay import TcpRelay
from .throwaway_pki import Authority

E = TypeVar("E", bound=NfviError)

MAP = Resource("v1", "ConfigMap", "configmaps", True)
NAMESPACE = Resource("v1", "Namespace", "namespaces", False)
QUOTA = Resource("v1", "ResourceQuota", "resourcequotas", True)
CRD = Resource("apiextensions.k8s.io/v1", "CustomResourceDefinition", "customresourcedefinitions", False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with ApiServer(tmp_path_factory.mktemp("kube")) as running:
        yield running


@pytest.fixture(scope="module")
def client(server: ApiServer) -> KubeClient:
    return KubeClient(config.cluster({"kubeconfig": str(server.kubeconfig)}))


@pytest.fixture
def space(client: KubeClient, request: pytest.FixtureRequest) -> str:
    """A namespace of one's own."""
    name = request.node.name.split("[")[0].replace("_", "-")[:50].strip("-")
    client.send(
        ask.apply(NAMESPACE, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, field_manager="t")
    )
    return name


def config_map(space: str, name: str = "a", **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": space}, "data": data}


def applied(manifest: dict[str, Any], manager: str = "one", **options: Any) -> Request:
    return ask.apply(MAP, manifest, field_manager=manager, **options)


def refusal(kind: type[E], function: Callable[..., Any], *arguments: Any) -> E:
    """The error of that kind which ``function`` must raise."""
    with pytest.raises(kind) as caught:
        function(*arguments)
    return caught.value


def within(seconds: float) -> Deadline:
    return Deadline.after(SystemClock(), seconds)


def test_apply_and_dry_run(server: ApiServer, client: KubeClient, space: str) -> None:
    predicted = client.send(applied(config_map(space, x="1"), dry_run=True))
    assert predicted["data"] == {"x": "1"}
    assert "not found" in refusal(NotFound, client.send, ask.get(MAP, "a", space)).reason
    client.send(applied(config_map(space, x="1")))
    assert server.kubectl("get", "cm", "a", "-n", space, "-o", "jsonpath={.data.x}") == "1"
    patches = [event for event in server.audit() if event["verb"] == "patch" and f"/{space}/" in event["requestURI"]]
    assert ["dryRun=All" in event["requestURI"] for event in patches] == [True, False]
    assert {event["userAgent"] for event in patches} == {"kubevim-nfvi"}


def test_a_conflict_names_the_managers_and_force_ends_it(client: KubeClient, space: str) -> None:
    client.send(applied(config_map(space, x="1", y="1", **{"a.b": "1"})))
    client.send(applied({**config_map(space), "data": {"z": "1"}}, "two"))
    with pytest.raises(ApplyConflict) as caught:
        client.send(applied(config_map(space, x="2", z="2", **{"a.b": "2"}), "three"))
    assert caught.value.managers == {"one": [("data", "a.b"), ("data", "x")], "two": [("data", "z")]}
    assert client.send(applied(config_map(space, x="2"), "three", force=True))["data"]["x"] == "2"


def test_undeclared_fields_are_refused_by_path(client: KubeClient, space: str) -> None:
    with pytest.raises(Refused) as caught:
        client.send(applied({**config_map(space), "fooBar": 1}))
    assert (caught.value.path, caught.value.reason) == (("fooBar",), "field not declared in schema")


def test_items_fail_alone_and_in_order(client: KubeClient, space: str) -> None:
    manifests = [config_map(space, "good-1"), config_map(space, "Bad"), config_map(space, "good-2")]
    answers = client.send_all([applied(manifest) for manifest in manifests])
    assert [getattr(answer, "kind", None) for answer in answers] == [None, "invalid_input", None]
    assert answers[1].object == f"ConfigMap {space}/Bad"
    assert "metadata.name" in str(answers[1])


def test_create_replace_delete(client: KubeClient, space: str) -> None:
    made = client.send(ask.create(MAP, config_map(space, x="1"), field_manager="t"))
    refusal(AlreadyExists, client.send, ask.create(MAP, config_map(space), field_manager="t"))
    client.send(ask.replace(MAP, {**made, "data": {"x": "2"}}, field_manager="t"))
    refusal(Modified, client.send, ask.replace(MAP, {**made, "data": {"x": "3"}}, field_manager="t"))
    refusal(StalePlan, client.send, ask.delete(MAP, "a", space, uid="another"))
    client.send(ask.delete(MAP, "a", space, uid=made["metadata"]["uid"], dry_run=True))
    client.send(ask.delete(MAP, "a", space, uid=made["metadata"]["uid"]))
    refusal(NotFound, client.send, ask.get(MAP, "a", space))


def test_read_modify_write_survives_races(client: KubeClient, space: str) -> None:
    """Four writers count to four together: no increment is lost."""
    client.send(applied(config_map(space, n="0")))

    def increment(_number: int) -> Any:
        def change(found: dict[str, Any]) -> Request:
            counted = {**found, "data": {"n": str(int(found["data"]["n"]) + 1)}}
            return ask.replace(MAP, counted, field_manager="t")

        return client.modify(ask.get(MAP, "a", space), change)

    answers = client.each(increment, range(4))
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert client.send(ask.get(MAP, "a", space))["data"]["n"] == "4"


def test_quota_is_capacity(client: KubeClient, space: str) -> None:
    manifest = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "q", "namespace": space},
        "spec": {"hard": {"configmaps": "0"}},
        "status": {"hard": {"configmaps": "0"}, "used": {"configmaps": "0"}},
    }
    client.send(ask.apply(QUOTA, manifest, field_manager="t"))
    client.send(ask.apply(QUOTA, manifest, field_manager="t", subresource="status"))  # the controller manager's work
    with pytest.raises(Capacity, match="exceeded quota: q"):
        client.send(applied(config_map(space)))


def test_long_lists_come_in_pages(
    server: ApiServer, client: KubeClient, space: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.send_all([applied(config_map(space, f"cm-{number:02}")) for number in range(25)])
    monkeypatch.setattr("ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.client.PAGE", 10)
    found = client.list(MAP, space)
    assert [item["metadata"]["name"] for item in found.items] == [f"cm-{number:02}" for number in range(25)]
    lists = [e for e in server.audit() if e["verb"] == "list" and f"/{space}/configmaps" in e["requestURI"]]
    assert len(lists) == 3
    assert len(client.list(MAP, space, limit=2).items) == 2
    assert len(client.list(MAP, space, field_selector="metadata.name=cm-03").items) == 1
    assert int(found.resource_version) > 0


def test_what_is_not_served_and_what_is_not_there(client: KubeClient, space: str) -> None:
    refusal(NotServed, client.list, Resource("kubeovn.io/v1", "Vpc", "vpcs", False))
    error = refusal(NotFound, client.send, applied(config_map("nowhere")))
    assert (type(error), error.hint) == (NotFound, "create the namespace first")


def test_discovery_finds_what_was_made_a_moment_ago(
    client: KubeClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(discovery, "_known", {})
    assert discovery.find(client, "apps/v1", "Deployment") == Resource("apps/v1", "Deployment", "deployments", True)
    assert "it has ConfigMap" in refusal(NotServed, discovery.find, client, "v1", "ConfigMop").hint
    assert refusal(NotServed, discovery.find, client, "apps/v9", "Deployment").hint == "Deployment is in apps/v1"
    refusal(NotServed, discovery.find, client, "lab.example/v1", "Rack")
    client.send(ask.apply(CRD, _rack_definition(), field_manager="t"))
    _until(lambda: client.each(lambda _n: discovery.find(client, "lab.example/v1", "Rack"), [0])[0] == RACK)
    (cached,) = tmp_path.rglob("*.json")
    assert stat.S_IMODE(cached.stat().st_mode) == 0o600
    assert stat.S_IMODE(cached.parent.stat().st_mode) == 0o700
    monkeypatch.setattr(discovery, "_known", {})
    assert (
        discovery.find(KubeClient(Cluster(client.cluster.server, client.cluster.ca)), "lab.example/v1", "Rack") == RACK
    )


RACK = Resource("lab.example/v1", "Rack", "racks", False)


def _rack_definition() -> dict[str, Any]:
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "racks.lab.example"},
        "spec": {
            "group": "lab.example",
            "scope": "Cluster",
            "names": {"kind": "Rack", "plural": "racks"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": schema}],
        },
    }


def _until(condition: Any, seconds: float = 20.0) -> None:
    """For what the server does by itself, with nothing to wait on."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_who_we_are(server: ApiServer, client: KubeClient) -> None:
    stranger = KubeClient(config.cluster({"kubeconfig": str(server.kubeconfig_for("stranger"))}))
    assert "stranger" in refusal(Forbidden, stranger.list, MAP).reason
    unknown = KubeClient(Cluster(server.url, client.cluster.ca, authorization="Bearer wrong"))
    refusal(Unauthenticated, unknown.list, MAP)
    foreign = KubeClient(Cluster(server.url, Authority("another").certificate))
    error = refusal(Unauthenticated, foreign.list, MAP)
    assert "certificate-authority" in error.hint
    assert not error.retryable
    trusting = dataclasses.replace(client.cluster, ca=Authority("another").certificate, verify=False)
    assert KubeClient(trusting).list(MAP).items


def test_a_name_of_its_own_in_the_certificate(server: ApiServer, client: KubeClient) -> None:
    with TcpRelay((server.address, 6443)) as relay:
        elsewhere = dataclasses.replace(client.cluster, server=f"https://{relay.address}:{relay.port}")
        error = refusal(Unauthenticated, KubeClient(elsewhere).list, MAP)
        assert "not valid for '127.210.255.2'" in error.reason
        assert KubeClient(dataclasses.replace(elsewhere, tls_server_name=server.address)).list(MAP).items


def test_nobody_there_is_told_at_once() -> None:
    started = time.monotonic()
    error = refusal(NoConnection, KubeClient(Cluster("https://127.210.255.3:1")).list, MAP)
    assert time.monotonic() - started < 2
    assert "list: https://127.210.255.3:1: connection refused" in error.reason
    assert error.retryable


class Collected:
    """A watch, iterated by a thread of its own; ``until`` waits for an event."""

    def __init__(self, watch: Any) -> None:
        self.seen: list[tuple[str, str]] = []
        self.error: Exception | None = None
        self._changed = threading.Condition()
        self._watch = watch
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self) -> None:
        try:
            for kind, thing in self._watch:
                with self._changed:
                    self.seen.append((kind, thing["metadata"]["name"]))
                    self._changed.notify_all()
        except Exception as error:  # noqa: BLE001  (handed to the test)
            self.error = error

    def until(self, event: tuple[str, str], seconds: float = 30.0) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: event in self.seen, seconds), (self.seen, self.error)


def test_a_watch_tells_what_happens_and_ends_with_its_time(client: KubeClient, space: str) -> None:
    client.send(applied(config_map(space, "before")))
    start = client.list(MAP, space).resource_version
    watch = client.watch(MAP, space, start, deadline=within(3))
    collected = Collected(watch)
    client.send(applied(config_map(space, "new", x="1")))
    client.send(applied(config_map(space, "new", x="2")))
    client.send(ask.delete(MAP, "new", space))
    collected.until(("DELETED", "new"))
    assert collected.seen == [("ADDED", "new"), ("MODIFIED", "new"), ("DELETED", "new")]
    collected.thread.join(10)
    assert not collected.thread.is_alive()
    assert collected.error is None


def test_a_watch_of_one_name(client: KubeClient, space: str) -> None:
    start = client.list(MAP, space).resource_version
    watch = client.watch(MAP, space, start, deadline=within(30), name="mine")
    collected = Collected(watch)
    client.send_all([applied(config_map(space, "other")), applied(config_map(space, "mine"))])
    collected.until(("ADDED", "mine"))
    assert collected.seen == [("ADDED", "mine")]
    watch.close()
    collected.thread.join(5)
    assert not collected.thread.is_alive()


def test_many_watches_are_closed_by_another_thread(client: KubeClient, space: str) -> None:
    start = client.list(MAP, space).resource_version
    watches = [client.watch(MAP, space, start, deadline=within(60)) for _each in range(12)]
    collected = [Collected(watch) for watch in watches]
    client.send(applied(config_map(space, "seen")))
    for each in collected:
        each.until(("ADDED", "seen"))
    started = time.monotonic()
    for watch in watches:
        watch.close()
    for each in collected:
        each.thread.join(5)
    assert [each.error for each in collected] == [None] * 12
    assert not any(each.thread.is_alive() for each in collected)
    assert time.monotonic() - started < 5


def test_a_watch_goes_on_after_cuts_and_refusals(server: ApiServer, client: KubeClient, space: str) -> None:
    with TcpRelay((server.address, 6443)) as relay:
        url = f"https://{relay.address}:{relay.port}"
        through = KubeClient(dataclasses.replace(client.cluster, server=url, tls_server_name=server.address))
        start = through.list(MAP, space).resource_version
        watch = through.watch(MAP, space, start, deadline=within(60))
        collected = Collected(watch)
        client.send(applied(config_map(space, "first")))
        collected.until(("ADDED", "first"))
        relay.cut()
        client.send(applied(config_map(space, "second")))
        collected.until(("ADDED", "second"))
        relay.refuse()
        client.send(applied(config_map(space, "third")))
        relay.listen_again()
        collected.until(("ADDED", "third"))
        watch.close()
        collected.thread.join(5)
    assert [name for _kind, name in collected.seen] == ["first", "second", "third"]


def test_requests_survive_a_cut_but_a_create_is_not_repeated(server: ApiServer, client: KubeClient, space: str) -> None:
    with TcpRelay((server.address, 6443)) as relay:
        url = f"https://{relay.address}:{relay.port}"
        said: list[str] = []
        through = KubeClient(
            dataclasses.replace(client.cluster, server=url, tls_server_name=server.address), progress=said.append
        )
        through.send(applied(config_map(space, "a")))
        relay.refuse()
        again = threading.Timer(0.5, relay.listen_again)
        again.start()
        answers = through.send_all([applied(config_map(space, f"cm-{number}")) for number in range(20)])
        again.join()
    assert not [answer for answer in answers if isinstance(answer, Exception)]
    assert len([line for line in said if line.endswith("trying again")]) == 1


def test_the_api_server_is_killed_and_comes_back(tmp_path: Path) -> None:
    """Requests wait for it; a watch goes on, or says that it has to be begun anew (410), and then sees what is new."""
    with ApiServer(tmp_path) as server:
        client = KubeClient(config.cluster({"kubeconfig": str(server.kubeconfig)}), patience=60)
        start = client.list(MAP, "default").resource_version
        collected = Collected(client.watch(MAP, "default", start, deadline=within(90)))
        client.send(applied(config_map("default", "before")))
        collected.until(("ADDED", "before"))
        server.kill()
        restart = threading.Thread(target=server.start)
        restart.start()
        client.send(applied(config_map("default", "after")))
        restart.join()
        names = _names_seen(client, collected)
        assert "after" in names
        server.compact()
        server.kill()
        server.start()
        with pytest.raises(Expired):
            list(client.watch(MAP, "default", start, deadline=within(30)))
        server.stop()
        impatient = KubeClient(client.cluster, patience=1)
        refusal(Unreachable, impatient.list, MAP)


def _names_seen(client: KubeClient, collected: Collected) -> set[str]:
    """What a user of watches knows in the end: its events, or a fresh list when they had a gap."""
    try:
        collected.until(("ADDED", "after"), 20)
    except AssertionError:
        assert isinstance(collected.error, Expired), collected.error
        return {item["metadata"]["name"] for item in client.list(MAP, "default").items}
    return {name for _kind, name in collected.seen}


OK = Scripted(200, {"kind": "ConfigMap", "metadata": {"name": "a"}})


def busy(code: int, **headers: str) -> Scripted:
    body = {"kind": "Status", "status": "Failure", "message": "busy", "code": code}
    return Scripted(code, body, {name.replace("_", "-"): value for name, value in headers.items()})


def test_overload_is_waited_for_as_long_as_the_server_asks() -> None:
    said: list[str] = []
    with HttpStandIn([busy(429, Retry_After="1"), busy(503), Scripted(0), OK]) as stand_in:
        started = time.monotonic()
        KubeClient(Cluster(stand_in.url), progress=said.append).send(applied(config_map("ns")))
        assert time.monotonic() - started >= 1
    assert len(stand_in.requests) == 4
    assert said[0] == "ConfigMap ns/a: busy (429); again in 1 s"


def test_a_long_overload_is_given_up() -> None:
    with HttpStandIn([busy(503, Retry_After="30")]) as stand_in:
        error = refusal(Overloaded, KubeClient(Cluster(stand_in.url), patience=5).send, applied(config_map("ns")))
    assert (error.reason, error.retryable, len(stand_in.requests)) == ("busy (503)", True, 1)


def test_a_post_that_may_have_been_done_is_not_sent_again() -> None:
    with HttpStandIn([OK, Scripted(0), OK]) as stand_in:
        client = KubeClient(Cluster(stand_in.url))
        client.send(ask.get(MAP, "a", "ns"))
        refusal(Unreachable, client.send, ask.create(MAP, config_map("ns"), field_manager="t"))
        assert len(stand_in.requests) == 2
        client.send(applied(config_map("ns")))


def test_a_put_whose_answer_was_lost_is_sent_again() -> None:
    with HttpStandIn([OK, Scripted(0), OK]) as stand_in:
        client = KubeClient(Cluster(stand_in.url))
        client.send(ask.get(MAP, "a", "ns"))
        client.send(applied(config_map("ns")))
        assert len(stand_in.requests) == 3


def test_a_forked_process_has_connections_of_its_own(client: KubeClient) -> None:
    client.list(MAP)
    parents = client._endpoint()
    child = os.fork()
    if child == 0:
        os._exit(0 if client.list(MAP).items and client._endpoint() is not parents else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert client.list(MAP).items
    assert client._endpoint() is parents
