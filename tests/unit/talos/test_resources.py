# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a resource type is found by its names, and what of a sensitive one is shown."""

from __future__ import annotations

import pytest

from ansible_collections.kubevim.nfvi.plugins.module_utils.core.error import InvalidInput
from ansible_collections.kubevim.nfvi.plugins.module_utils.core.mask import Masker
from ansible_collections.kubevim.nfvi.plugins.module_utils.operations.cluster.talos_resources import (
    Definition,
    Wanted,
    named,
    visible,
)

MASKER = Masker(b"k")
DISKS = {
    "type": "Disks.block.talos.dev",
    "defaultNamespace": "runtime",
    "aliases": ["disk"],
    "allAliases": ["disks", "disks.block", "disks.block.talos", "disk"],
    "printColumns": [],
}
ROOTS = {"type": "OSRootSecrets.secrets.talos.dev", "allAliases": ["disk"], "sensitivity": "sensitive"}
NEW = {"type": "A.talos.dev", "sensitivity": "top"}


@pytest.mark.parametrize("name", ["disks", "Disks.block.talos.dev", "DISK", "disks.block"])
def test_a_type_has_many_names(name: str) -> None:
    found = named(Wanted(name), [Definition.of(DISKS), Definition.of(NEW)])
    assert (found.type, found.namespace, found.sensitive) == ("Disks.block.talos.dev", "runtime", False)


@pytest.mark.parametrize(
    ("name", "said", "hint"),
    [
        ("disk", "several types: Disks.block.talos.dev, OSRootSecrets.secrets.talos.dev", ""),
        ("disks.blok", "no resource type disks.blok", "did you mean disks.block?"),
        ("unicorn", "no resource type unicorn", "ResourceDefinitions"),
    ],
)
def test_a_wrong_name_is_refused_at_its_place(name: str, said: str, hint: str) -> None:
    known = [Definition.of(DISKS), Definition.of(ROOTS)]
    with pytest.raises(InvalidInput) as caught:
        named(Wanted(name, path=("resources", 1)), known)
    assert said in caught.value.reason
    assert hint in caught.value.hint
    assert caught.value.path == ("resources", 1, "type")


@pytest.mark.parametrize("spec", [ROOTS, NEW])
def test_every_value_of_a_sensitive_type_is_masked(spec: dict[str, str]) -> None:
    value = {"issuingCA": {"key": "s3cret"}, "tokens": ["s3cret", 7, True], "none": None}
    shown = visible(Definition.of(spec), value, MASKER)
    secret, number, flag = (MASKER.mask(each) for each in ("s3cret", 7, True))
    assert shown == {"issuingCA": {"key": secret}, "tokens": [secret, number, flag], "none": None}
    assert visible(Definition.of(DISKS), value, MASKER) == value
