# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What helm prints, taken apart (form of the text: helm 3.22's own output for a chart with crds and hooks)."""

from __future__ import annotations

from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests import rendered
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.files import File
from ansible_collections.kubevim.nfvi.plugins.module_utils.resources.manifests.placed import Placed, objects

TEXT = """---
# Source: demo/crds/c.yaml
crd: 1
---
crd: 2

---
# Source: demo/templates/x.yaml
a: |
  ---
  # Source: not this
---
# Source: demo/templates/x.yaml
# c
"""


def test_each_piece_is_named_after_its_template() -> None:
    assert [file for file in rendered.files(TEXT) if file.content] == [
        File("demo/crds/c.yaml", b"crd: 1\n---\ncrd: 2\n\n"),
        File("demo/templates/x.yaml", b"a: |\n  ---\n  # Source: not this\n"),
        File("demo/templates/x.yaml#2", b"# c\n"),
    ]


def test_a_chart_without_objects_has_none() -> None:
    assert objects(rendered.files("")) == []


def hook(name: str, when: object) -> Placed:
    annotations = {rendered.HOOK: when} if when else None
    return Placed((), {"kind": "Job", "metadata": {"name": name, "annotations": annotations}})


def test_hooks_of_an_installation_are_told_apart() -> None:
    jobs = [hook("a", "pre-install, post-delete"), hook("b", "test"), hook("c", None), hook("d", "pre-delete")]
    assert [bool(rendered.hooks_of(job)) for job in jobs] == [True, True, False, True]
    assert rendered.left_out(jobs) == ["Job/a (pre-install)"]
