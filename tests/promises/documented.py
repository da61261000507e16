# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ansible-doc says of our modules, and whether a result is what RETURN says."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from .playbook import ANSIBLE_PLAYBOOK, COLLECTIONS, ROOT

Obj = dict[str, Any]

MODULES = tuple(sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("[a-z]*.py")))
TYPES = {"str": str, "int": int, "float": float, "bool": bool, "list": list, "dict": dict}
# Ansible's own, or said by every module in the same way (and documented by Ansible itself).
COMMON = {"changed", "failed", "msg", "warnings", "deprecations", "diff", "invocation", "exception", "attempts"}


@functools.cache
def documentation() -> Mapping[str, Obj]:
    """ansible-doc's answer for every module, fragments merged."""
    names = [f"kubevim.nfvi.{name}" for name in MODULES]
    command = [ANSIBLE_PLAYBOOK.with_name("ansible-doc"), "-t", "module", "--json", *names]
    environment = {"ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return {name.removeprefix("kubevim.nfvi."): each for name, each in json.loads(done.stdout).items()}


@functools.cache
def group(name: str) -> frozenset[str]:
    """The modules of one action group."""
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text())["action_groups"]
    return frozenset(member for member in groups[name] if isinstance(member, str))


def examples(module: str) -> list[Obj]:
    """The tasks of a module's EXAMPLES."""
    tasks: list[Obj] = yaml.safe_load(documentation()[module]["examples"])
    return tasks


def supports(module: str, promise: str) -> str:
    """What the module says of check_mode, diff_mode or idempotent: full, partial, none or N/A."""
    return str(documentation()[module]["doc"]["attributes"][promise]["support"])


def undocumented(module: str, result: Obj) -> Iterator[str]:
    """Where a result is not what RETURN says: keys nobody documented, keys that are missing, other types."""
    returned = documentation()[module]["return"]
    told = {key: value for key, value in result.items() if key not in COMMON and not key.startswith("_ansible")}
    yield from _unlike(returned, told, "")
    for key, each in returned.items():
        if _is_due(each["returned"], result["failed"]) and key not in told:
            yield f"{key} is missing"


def _is_due(when: str, failed: bool) -> bool:
    return when == "always" or when == ("failure" if failed else "success")


def _unlike(returned: Mapping[str, Obj], told: Obj, path: str) -> Iterator[str]:
    for key, value in told.items():
        if key not in returned:
            yield f"{path}{key} is not documented"
        else:
            yield from _mistyped(returned[key], value, f"{path}{key}")


def _mistyped(said: Obj, value: Any, path: str) -> Iterator[str]:
    if value.__class__ is not TYPES[said["type"]]:  # true is no whole number
        yield f"{path} is {type(value).__name__}, not {said['type']}"
    elif said["type"] == "list":
        for index, item in enumerate(value):
            yield from _mistyped({**said, "type": said["elements"]}, item, f"{path}[{index}]")
    elif said["type"] == "dict" and said.get("contains"):
        yield from _unlike(said["contains"], value, f"{path}.")
        yield from (f"{path}.{key} is missing" for key in said["contains"].keys() - value.keys())
