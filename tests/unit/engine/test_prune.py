# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Forbidden, NfviError, Unreachable
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine import prune
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Key
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.kind import Registry
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.settings import FIELD_MANAGER, Settings

Obj = dict[str, Any]
DEPLOYMENTS = {
    "resource": "deployments",
    "responseKind": {"kind": "Deployment"},
    "scope": "Namespaced",
    "verbs": ["list", "delete"],
}
READINGS = {"resource": "readings", "responseKind": {"kind": "Reading"}, "scope": "Cluster", "verbs": ["list"]}
GROUP = {
    "metadata": {"name": "apps"},
    "versions": [
        {
            "version": "v1",
            "resources": [DEPLOYMENTS, READINGS],
        },
        {
            "version": "v1beta1",
            "resources": [DEPLOYMENTS],
        },
    ],
}
AWAY = {"metadata": {"name": "metrics.k8s.io"}, "versions": [{"version": "v1", "freshness": "Stale"}]}


class Listing:
    def __init__(self, items: list[Obj]) -> None:
        self.items = items


class Server:
    """Answers discovery, and a list from ``objects`` by namespace (None for all); a fault instead is raised."""

    def __init__(self, objects: dict[str | None, list[Obj] | NfviError]) -> None:
        self.objects = objects
        self.asked: list[tuple[str, str | None]] = []

    def send(self, request: Any) -> Obj:
        return {"items": [GROUP, AWAY] if request.path == "/apis" else []}

    def each(self, function: Any, items: Any) -> list[Any]:
        answers: list[Any] = []
        for item in items:
            try:
                answers.append(function(item))
            except NfviError as error:
                answers.append(error)
        return answers

    def list(self, resource: Any, namespace: str | None, **selectors: str | None) -> Listing:
        assert selectors["label_selector"] == f"{prune.OWNER}=me"
        self.asked.append((f"{resource.group_version}/{resource.kind}", namespace))
        found = self.objects[namespace]
        if isinstance(found, NfviError):
            raise found
        return Listing(found)


def deployment(name: str, manager: str = FIELD_MANAGER, operation: str = "Apply") -> Obj:
    entry = {"manager": manager, "operation": operation, "apiVersion": "apps/v1beta1", "fieldsV1": {}}
    return {"metadata": {"name": name, "namespace": "a", "managedFields": [entry]}}


def search(server: Server, *namespaces: str) -> prune.Leftovers:
    settings = Settings(owner="me", prune=True)
    client: Any = server
    found = prune.Search(client, Registry([]), settings, frozenset(namespaces))
    return found.leftovers({Key("apps/Deployment", "a", "kept")})


def test_only_what_our_manager_applied_and_nobody_wants_is_left_over() -> None:
    objects = [
        deployment("kept"),
        deployment("old"),
        deployment("copied", "kcm"),
        deployment("edited", operation="Update"),
    ]
    server = Server({None: objects})
    assert [item.label for item in search(server).items] == ["Deployment a/old"]
    assert server.asked == [("apps/v1/Deployment", None)]  # once, in the version its group prefers; what can be deleted


def test_a_group_that_does_not_answer_is_told() -> None:
    assert search(Server({None: []})).warnings == ("not looked through for what is left over: metrics.k8s.io/v1",)


def test_who_may_not_look_everywhere_looks_where_they_may() -> None:
    server = Server({None: Forbidden("no"), "a": [deployment("old")], "b": []})
    found = search(server, "a", "b")
    assert [item.name for item in found.items] == ["old"]
    assert found.unseen == ("metrics.k8s.io/v1",)


def test_what_may_not_be_looked_through_is_told() -> None:
    server = Server({None: Forbidden("no"), "a": Forbidden("no")})
    assert search(server, "a").unseen == ("Deployment", "metrics.k8s.io/v1")
    assert search(server).unseen == ("Deployment", "metrics.k8s.io/v1")


def test_a_server_that_is_away_is_no_empty_one() -> None:
    with pytest.raises(Unreachable):
        search(Server({None: Unreachable("gone")}))
