# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects know the file and the line they come from."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import Finding, InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.path import render
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.files import File
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.placed import objects, without

TEXT = b"""---
apiVersion: v1
kind: Namespace
metadata: {name: a}
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: b}}
- {apiVersion: v1, kind: ConfigMapList, items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}]}
"""


def test_lists_are_taken_apart_and_every_object_has_its_place() -> None:
    found = objects([File("m.yaml", TEXT)])
    assert [each.name for each in found] == ["Namespace/a", "ConfigMap/b", "ConfigMap/c"]
    assert [render(each.under(("manifests", 0)).path) for each in found] == [
        'manifests[0]["m.yaml:2"]',
        'manifests[0]["m.yaml:6"].items[0]',
        'manifests[0]["m.yaml:6"].items[1].items[0]',
    ]


@pytest.mark.parametrize(
    "text", [b"just text", b"- a\n", b"kind: A\n", b"apiVersion: v1\n", b"{kind: List, apiVersion: v1, items: [1]}"]
)
def test_what_is_no_object_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidInput, match="not a Kubernetes object") as caught:
        objects([File("m.yaml", text)])
    assert caught.value.path[0] == "m.yaml:1"


def test_objects_are_left_out_by_name_and_a_name_of_nothing_is_found() -> None:
    found = objects([File("m.yaml", TEXT)])
    rest, findings = without(found, ["ConfigMap/b", "ConfigMap/x"])
    assert [each.name for each in rest] == ["Namespace/a", "ConfigMap/c"]
    assert findings == [Finding(("exclude", 1), "'ConfigMap/x' is not among the objects")]
