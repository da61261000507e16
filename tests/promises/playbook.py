# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks with the real ansible-playbook, as loud as it can be, and hands back their whole results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

import ansible_collections

Obj = dict[str, Any]

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
COLLECTIONS = Path(next(iter(ansible_collections.__path__))).parent
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")
LONGEST = 240


@dataclass(frozen=True)
class Done:
    """What a run printed, and the result of every task by its name; a name that comes twice has the last one."""

    output: str
    results: Mapping[str, Obj]

    def __getitem__(self, task: str) -> Obj:
        assert task in self.results, f"{task} has no result:\n{self.output[-4000:]}"
        return self.results[task]


def run(
    folder: Path,
    tasks: Sequence[Obj],
    *flags: str,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    **play: Any,
) -> Done:
    """Run the tasks on localhost, each whatever became of those before it."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    book, record = folder / "playbook.yml", folder / "record.jsonl"
    record.unlink(missing_ok=True)
    book.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, **play, "tasks": list(tasks)}]))
    done = subprocess.run(
        [ANSIBLE_PLAYBOOK, "-vvv", *flags, book],
        env=_environment(folder, record) | dict(environment or {}),
        cwd=cwd or ROOT,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=LONGEST,
        check=False,
    )
    output = done.stdout + done.stderr
    (folder / "screen").write_text(output)
    assert record.is_file(), output[-4000:]
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    return Done(output, {line["task"]: line["result"] for line in lines})


def _environment(folder: Path, record: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("K8S_AUTH_", "KUBECONFIG", "NFVI_"))}
    return {
        **kept,
        "HOME": str(folder),
        "ANSIBLE_REMOTE_TMP": str(folder / "remote"),
        "ANSIBLE_ASYNC_DIR": str(folder / "async"),
        "ANSIBLE_COLLECTIONS_PATH": str(COLLECTIONS),
        "ANSIBLE_CALLBACK_PLUGINS": str(HERE / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "record",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        "NFVI_RECORD": str(record),
    }
