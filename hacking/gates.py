# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the gates that are programs (style, types, layers, documentation), two at a time: one line and one log each.

gates.py             all of them
gates.py mypy ruff   these; --list names them
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from environment import LOGS, MAIN, ROOT

COLLECTIONS = MAIN / "collections"
COLLECTION = COLLECTIONS / "ansible_collections" / "kubevim" / "nfvi"
TYPED_PLUGINS = ("module_utils", "action", "inventory", "callback", "filter", "lookup")
# Its folders have random names; in one that ends in "_" ReST finds a reference that leads nowhere.
ANTSIBULL_DOCS = """
import sys, tempfile
tempfile._RandomNameSequence.characters = "abcdefghijklmnopqrstuvwxyz0123456789"
from antsibull_docs.cli.antsibull_docs import main
sys.exit(main())
"""
SHELL_SCRIPTS = ("hacking/find-python", "hacking/demo", ".ci/run")


@dataclass(frozen=True)
class Gate:
    """A command that judges the tree by its exit status, run in `where`."""

    name: str
    command: tuple[str, ...]
    where: Path = ROOT


@dataclass(frozen=True)
class Verdict:
    """What came of a gate: exit status, seconds, and the log with all it said."""

    gate: Gate
    status: int
    seconds: float
    log: Path

    def line(self) -> str:
        """One line for people."""
        word = "ok" if self.status == 0 else "FAILED"
        return f"gate {self.gate.name:<18} {word:<7} {self.seconds:6.1f} s  {self.log.relative_to(ROOT)}"


def mypy(name: str, where: Path, packages: list[str]) -> Gate:
    """Strict types of packages as they are imported from `where`."""
    wanted = [argument for package in packages for argument in ("-p", package)]
    cache = str(ROOT / ".mypy_cache" / name)
    return Gate(name, ("mypy", "--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", cache, *wanted), where)


def plugin_packages() -> list[str]:
    """The plugin folders that hold code by now."""
    folders = [ROOT / "plugins" / kind for kind in TYPED_PLUGINS]
    return [f"ansible_collections.kubevim.nfvi.plugins.{each.name}" for each in folders if any(each.glob("**/*.py"))]


def gates() -> list[Gate]:
    """All gates; the slow ones first, so that two at a time end together."""
    return [
        Gate("ansible-lint", ("ansible-lint", "--offline", "--nocolor"), COLLECTION),
        Gate("antsibull-docs", ("python", "-c", ANTSIBULL_DOCS, "lint-collection-docs", "--plugin-docs", ".")),
        mypy("mypy-plugins", COLLECTIONS, plugin_packages()),
        mypy("mypy-lab", ROOT / "extensions", ["lab"]),
        mypy("mypy-hacking", ROOT / "hacking", ["environment", "gates", "pins", "sanity"]),
        Gate("imports", ("lint-imports", "--no-logo", "--config", "pyproject.toml", "--cache-dir", ".cache/imports")),
        Gate("changelog", ("antsibull-changelog", "lint")),
        Gate("shellcheck", ("shellcheck", *SHELL_SCRIPTS)),
        Gate("ruff", ("ruff", "check", "--output-format=concise", ".")),
        Gate("format", ("ruff", "format", "--check", ".")),
        Gate("yamllint", ("yamllint", "--strict", ".")),
    ]


def judge(gate: Gate) -> Verdict:
    """Run one gate with its output in a log and say how it went; the log's end is shown when it failed."""
    log = LOGS / f"{gate.name}.log"
    started = time.monotonic()
    with log.open("w") as out:
        status = subprocess.run(
            gate.command,
            cwd=gate.where,
            env=environment(),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        ).returncode
    verdict = Verdict(gate, status, time.monotonic() - started, log)
    tail = "" if status == 0 else "\n" + "\n".join(log.read_text(errors="replace").splitlines()[-40:])
    print(verdict.line() + tail, flush=True)
    return verdict


def environment() -> dict[str, str]:
    """The caller's environment with .venv's programs first and the lab importable."""
    return {
        **os.environ,
        "PATH": f"{MAIN / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT / "extensions"),
        "NO_COLOR": "1",
    }


def main(arguments: list[str]) -> int:
    """Judge the tree by the gates that were named, or by all."""
    known = {gate.name: gate for gate in gates()}
    if arguments == ["--list"]:
        print("\n".join(known))
        return 0
    if strange := set(arguments) - set(known):
        sys.exit(f"gates: no gate is called {' '.join(sorted(strange))}; there are {' '.join(known)}")
    LOGS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=2) as pool:
        verdicts = list(pool.map(judge, [known[name] for name in arguments or known]))
    failed = [verdict.gate.name for verdict in verdicts if verdict.status]
    print(
        f"{len(failed)} of {len(verdicts)} gates failed: {' '.join(failed)}" if failed else f"{len(verdicts)} gates ok"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
