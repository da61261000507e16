# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is checked across objects when some of them may not be looked at."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.client import KubeClient, Listing
from ansible_collections.kubevim.nfvi.plugins.module_utils.clients.kube.cluster import Cluster
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Forbidden, NfviError, Precondition
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.delete import Deleter
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.item import Item
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.references import refuse_dangling
from ansible_collections.kubevim.nfvi.plugins.module_utils.engine.settings import Settings
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.kinds import REGISTRY

VM = {
    "metadata": {"name": "user", "namespace": "mine"},
    "spec": {"template": {"spec": {"volumes": [{"name": "v", "configMap": {"name": "settings"}}]}}},
}


class Seeing(KubeClient):
    """A cluster of which only the namespaces ``seen`` may be looked at (None: everywhere); one VM lies in `mine`."""

    def __init__(self, *seen: str | None) -> None:
        super().__init__(Cluster(server="https://nobody.invalid"))
        self._seen = seen

    def list(self, resource: Any, namespace: str | None = None, **_options: Any) -> Listing:
        if namespace not in self._seen:
            raise Forbidden("cannot list", object=resource.kind)
        return Listing([VM] if resource.kind == "VirtualMachine" else [], "1")


def item(api_version: str, kind: str, name: str, namespace: str = "", **spec: Any) -> Item:
    row = REGISTRY.find(api_version, kind)
    assert row is not None
    meta = {"name": name, **({"namespace": namespace} if namespace else {})}
    return Item(row, {"apiVersion": api_version, "kind": kind, "metadata": {**meta, "uid": "u"}, "spec": spec})


def deletion(client: KubeClient, one: Item) -> list[str]:
    return Deleter(client, REGISTRY, Settings()).plan([one], {one.key: one.manifest})[1].actions


def test_a_reference_to_what_may_not_be_looked_at_is_left_to_the_server() -> None:
    subnet = item("kubeovn.io/v1", "Subnet", "n3", vpc="theirs")
    refuse_dangling([subnet], {subnet.key}, [subnet], Seeing(), REGISTRY)
    with pytest.raises(Precondition, match="Vpc theirs does not exist"):
        refuse_dangling([subnet], {subnet.key}, [subnet], Seeing(None), REGISTRY)


@pytest.mark.parametrize("seen", [(None,), ("mine",)], ids=["everywhere", "own-namespace"])
def test_who_uses_an_object_is_found_where_one_may_look(seen: tuple[str | None, ...]) -> None:
    with pytest.raises(Precondition, match="is used by VirtualMachine mine/user"):
        deletion(Seeing(*seen), item("v1", "ConfigMap", "settings", "mine"))


def test_who_may_see_no_users_may_delete_what_is_their_own() -> None:
    assert deletion(Seeing(), item("v1", "ConfigMap", "settings", "mine")) == ["delete ConfigMap mine/settings"]


def test_what_all_share_is_not_deleted_blindly() -> None:
    with pytest.raises(NfviError) as caught:
        deletion(Seeing("mine"), item("kubeovn.io/v1", "Subnet", "n3"))
    assert caught.value.kind == "forbidden"
