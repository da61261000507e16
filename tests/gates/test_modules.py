# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module documents, and how meta/runtime.yml routes it."""

from __future__ import annotations

import functools
import importlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from environment import MAIN

ROOT = Path(__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py"))
PROMISES = {"check_mode", "diff_mode", "idempotent"}
SUPPORT = {"full", "partial", "none", "N/A"}


@functools.cache
def documentation() -> dict[str, dict[str, Any]]:
    """ansible-doc's answer about all modules, fragments merged."""
    names = [f"kubevim.nfvi.{name}" for name in MODULES]
    command = [MAIN / "bin" / "ansible-doc", "-t", "module", "--json", *names]
    answer = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return {name.removeprefix("kubevim.nfvi."): entry for name, entry in answer.items()}


@functools.cache
def runtime() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())
    return loaded


def without_sample(returned: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Paths of returned values that show no example, neither themselves nor in what they contain."""
    for name, value in returned.items():
        if "sample" in value:
            continue
        if value.get("contains"):
            yield from without_sample(value["contains"], f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


@pytest.mark.parametrize("module", MODULES)
def test_promises_are_documented(module: str) -> None:
    attributes = documentation()[module]["doc"].get("attributes", {})
    assert set(attributes) >= PROMISES
    assert {attributes[promise]["support"] for promise in PROMISES} <= SUPPORT


@pytest.mark.parametrize("module", MODULES)
def test_every_returned_value_has_a_sample(module: str) -> None:
    returned = documentation()[module]["return"]
    assert returned
    assert not list(without_sample(returned))


@pytest.mark.parametrize("module", MODULES)
def test_examples_name_the_module_in_full(module: str) -> None:
    tasks = yaml.safe_load(documentation()[module]["examples"])
    assert any(f"kubevim.nfvi.{module}" in task for task in tasks)
    assert all(task.get("name") for task in tasks)


@pytest.mark.parametrize("module", MODULES)
def test_an_action_group_gives_the_module_defaults(module: str) -> None:
    members = {name for group in runtime()["action_groups"].values() for name in group if isinstance(name, str)}
    assert members & {module, f"kubevim.nfvi.{module}"}


@pytest.mark.parametrize("module", MODULES)
def test_the_one_action_plugin_bears_every_modules_name(module: str) -> None:
    """A file each, so that Ansible loads it before it forks, and no redirect: under one, `module_defaults` of the
    target reach every module that is redirected to it, and linters want users to write the target."""
    assert module not in runtime().get("plugin_routing", {}).get("action", {})
    loaded = importlib.import_module(f"ansible_collections.kubevim.nfvi.plugins.action.{module}")
    assert loaded.ActionModule.__module__.endswith(".action.k8s_objects")


def test_modules_that_only_look_end_in_info() -> None:
    """A module without `state` that changes nothing is an `_info` module, and no `_info` module has a `state`."""
    with_state = {name for name in MODULES if "state" in documentation()[name]["doc"].get("options", {})}
    assert not {name for name in with_state if name.endswith(("_info", "_facts"))}
