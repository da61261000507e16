# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the programs under measurement run: a folder, an environment and playbooks of their own."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from .measure import Failed, Run, run

Task = Mapping[str, Any]

ROOT = Path(__file__).parents[2]
CONNECTIONS = Path(__file__).parent / "connection"
# The interpreter's neighbours: the environment's own programs come first.
PROGRAMS = Path(sys.executable).parent
RECAP = re.compile(r"ok=(?P<ok>\d+) +changed=(?P<changed>\d+)")


class Workplace:
    """A scratch folder as everybody's home, so that nothing of this machine's user weighs in.

    ``peers`` is a collections path with kubernetes.core.
    """

    def __init__(self, folder: Path, peers: Path) -> None:
        self.folder = folder
        self.environment = {
            "PATH": f"{PROGRAMS}{os.pathsep}/usr/local/bin:/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": str(folder),
            "ANSIBLE_HOME": str(folder / "ansible"),
            "ANSIBLE_COLLECTIONS_PATH": os.pathsep.join([*_collections(), str(peers)]),
            "ANSIBLE_CONNECTION_PLUGINS": str(CONNECTIONS),
            "ANSIBLE_DEPRECATION_WARNINGS": "false",
        }

    def write(self, name: str, content: str) -> Path:
        """A file of the workplace, readable by its owner alone."""
        path = self.folder / name
        path.touch(mode=0o600)
        path.write_text(content)
        return path

    def play(self, name: str, tasks: Sequence[Task], **keywords: Any) -> Path:
        """A playbook with one play on this machine (JSON is YAML)."""
        head = {"hosts": "localhost", "gather_facts": False, "connection": "local"}
        variables = {"ansible_python_interpreter": sys.executable}
        play = {**head, "vars": variables, **keywords, "tasks": list(tasks)}
        return self.write(f"{name}.yml", json.dumps([play], indent=1))

    def playbook(self, path: Path | str, *arguments: str, inventory: Path | str = "localhost,") -> Run:
        """Run ``ansible-playbook`` to its end. (The implicit localhost would have a connection of its own will.)"""
        command = [PROGRAMS / "ansible-playbook", path, "-i", inventory, *arguments]
        return run(command, self.environment, self.folder)


def changes(played: Run) -> int:
    """How many tasks of a one-host play said ``changed``."""
    found = RECAP.search(played.output)
    if found is None:
        raise Failed(f"no recap:\n{played.output[-2000:]}")
    return int(found["changed"])


def _collections() -> list[str]:
    """Where this collection is found when it is not linked into the interpreter's environment."""
    given = os.environ.get("ANSIBLE_COLLECTIONS_PATH")
    return given.split(os.pathsep) if given else []
