# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every plugin, role and playbook loads on every supported ansible-core, without a warning of ours."""

from __future__ import annotations

import json
from pathlib import Path

import yaml

from .conftest import Run

ROOT = Path(__file__).parents[2]
DOCUMENTED = {
    "modules": "module",
    "inventory": "inventory",
    "lookup": "lookup",
    "filter": "filter",
    "callback": "callback",
}


def plugins(folder: str) -> set[str]:
    """Fully qualified names of what this folder holds."""
    return {f"kubevim.nfvi.{path.stem}" for path in (ROOT / "plugins" / folder).glob("[a-z]*.py")}


def documentation(core: Run, kind: str) -> dict[str, dict[str, object]]:
    """ansible-doc's answer for all our plugins of a kind."""
    answer: dict[str, dict[str, object]] = json.loads(
        core("ansible-doc", "-t", kind, "--json", *sorted(plugins(folder_of(kind)))).stdout
    )
    return answer


def folder_of(kind: str) -> str:
    """The folder under plugins/ for one of ansible-doc's types."""
    return next(folder for folder, each in DOCUMENTED.items() if each == kind)


def examples(core: Run) -> list[dict[str, object]]:
    """The tasks of every module's EXAMPLES."""
    texts = [entry["examples"] for entry in documentation(core, "module").values()]
    return [task for text in texts for task in yaml.safe_load(str(text))]


def test_ansible_core_is_the_pinned_one(core: Run, request: object) -> None:
    pinned = {
        (path.read_text().split()[0]).removeprefix("ansible-core==")
        for path in (ROOT / "requirements").glob("core-*.txt")
    }
    version = core("ansible", "--version").stdout.split("core ")[1].split("]")[0]
    assert version in pinned


def test_every_plugin_is_documented(core: Run) -> None:
    for folder, kind in DOCUMENTED.items():
        if plugins(folder):
            answer = documentation(core, kind)
            assert set(answer) == plugins(folder)
            assert all(entry.get("doc") for entry in answer.values())


def test_examples_are_tasks_that_parse(core: Run, tmp_path: Path) -> None:
    tasks = examples(core)
    assert tasks
    book = tmp_path / "examples.yml"
    book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}], sort_keys=False))
    done = core("ansible-playbook", "--syntax-check", book)
    assert "[ERROR]" not in done.stderr


def test_every_playbook_parses(core: Run) -> None:
    books = [f"kubevim.nfvi.{book.stem}" for book in sorted((ROOT / "playbooks").glob("*.yml"))]
    said = core("ansible-playbook", "--syntax-check", *books).stdout
    assert said.count("playbook: ") == len(books)
