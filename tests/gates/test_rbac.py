# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/rbac.yaml is what the table of kinds makes of it, and serves every module and every kind.

That the roles are enough is proven in tests/promises: every case is played with them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import rbac
import yaml

ROOT = Path(__file__).parents[2]
ROLES: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "rbac.yaml").read_text())["items"]


def modules(role: dict[str, Any]) -> set[str]:
    return set(role["metadata"]["annotations"][rbac.MODULES].split())


def allowed(role: dict[str, Any], group: str, resource: str) -> set[str]:
    """The verbs that a role allows there."""
    rules = [rule for rule in role["rules"] if group in rule["apiGroups"] and resource in rule["resources"]]
    return {verb for rule in rules for verb in rule["verbs"]}


def test_the_file_is_what_the_table_says() -> None:
    assert (ROOT / "docs" / "rbac.yaml").read_text() == rbac.text(), "run hacking/rbac.py"


def test_every_module_has_a_role() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    assert {module for role in ROLES for module in modules(role)} == set(groups["kube"])


@pytest.mark.parametrize("kind", rbac.KINDS, ids=lambda kind: f"{kind.group}/{kind.plural}")
def test_every_kind_can_be_given_to_k8s_objects(kind: rbac.Kind) -> None:
    """All but nodes, which make themselves known."""
    serving = [role for role in ROLES if "k8s_objects" in modules(role)]
    verbs = {verb for role in serving for verb in allowed(role, kind.group, kind.plural)}
    assert {*rbac.WRITE} <= verbs or kind.plural == "nodes"


@pytest.mark.parametrize("role", ROLES, ids=lambda role: role["metadata"]["name"])
def test_no_role_grants_what_its_modules_do_not_do(role: dict[str, Any]) -> None:
    said = {text for rule in role["rules"] for texts in rule.values() for text in texts}
    assert not said & {"*", "escalate", "bind", "impersonate", "deletecollection", "nodes/proxy", "pods/exec"}
    powerful = {each for each in rbac.POWERFUL for rule in role["rules"] if each in rule["resources"]}
    assert role["metadata"]["name"].endswith("-components") or not any(
        allowed(role, kind.group, kind.plural) - {*rbac.READ} for kind in rbac.KINDS if kind.plural in powerful
    )
