# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs `ansible-test sanity` on a copy of the tree, with one or more of the supported versions of ansible-core.

ansible-test wants a git repository below ansible_collections/kubevim/nfvi and refuses links, so the files git knows or
would add are copied. It runs without containers; the only thing it would fetch from a host of its own is pip's
installer, for which a stand-in that calls ensurepip is put where ansible-test keeps its downloads. That place is below
HOME, which for this run points into our cache.

    sanity.py 2.19 [2.18 2.21]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from environment import CACHE, CORES, LOGS, MAIN, ROOT, core_environment

# The versions of pip that the supported versions of ansible-core pin (ansible_test/_internal/python_requirements.py).
PIP_INSTALLERS = ("24_2", "25_2")
GET_PIP = "import ensurepip\n\nensurepip.bootstrap(upgrade=True)\n"
# What pip may need from the real home: its configuration, credentials and cache.
KEPT_OF_HOME = (".cache", ".config", ".netrc", ".pip")


def copy_tree(target: Path) -> None:
    """Copy what git tracks or would add, as a fresh git repository."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    listed = git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    git(target, "init", "--quiet")
    git(target, "add", "--all")


def git(where: Path, *arguments: str) -> str:
    """Git's output; its complaint when it fails is on stderr."""
    return subprocess.run(["git", "-C", where, *arguments], check=True, stdout=subprocess.PIPE, text=True).stdout


def home() -> Path:
    """A home folder in the cache whose ansible-test downloads hold the stand-in for pip's installer."""
    home = CACHE / "ansible-test"
    downloads = home / ".ansible" / "test" / "cache"
    downloads.mkdir(parents=True, exist_ok=True)
    for version in PIP_INSTALLERS:
        (downloads / f"get_pip_{version}.py").write_text(GET_PIP)
    for name in KEPT_OF_HOME:
        if (Path.home() / name).exists() and not (home / name).exists():
            (home / name).symlink_to(Path.home() / name)
    return home


def sanity(core: str, tree: Path) -> int:
    """Run one version's sanity tests with their output in a log; returns their exit status."""
    log, bin_folder, started = LOGS / f"sanity-{core}.log", core_environment(core) / "bin", time.monotonic()
    tools = f"{bin_folder}{os.pathsep}{MAIN / 'bin'}"  # shellcheck is in .venv
    command = [str(bin_folder / "ansible-test"), "sanity", "--python", CORES[core], "--color", "no", "--requirements"]
    with log.open("w") as out:
        status = subprocess.run(
            command,
            cwd=tree,
            env={**os.environ, "HOME": str(home()), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}"},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            check=False,
        ).returncode
    word, seconds = "ok" if status == 0 else "FAILED", time.monotonic() - started
    print(f"gate {'sanity-' + core:<18} {word:<7} {seconds:6.1f} s  {log.relative_to(ROOT)}", flush=True)
    if status:
        print("\n".join(line for line in log.read_text().splitlines() if line.startswith(("ERROR", "FATAL"))))
    return status


def main(cores: list[str]) -> int:
    """Sanity with every version that is named."""
    if not cores or set(cores) - set(CORES):
        sys.exit(f"sanity: name versions of ansible-core out of {' '.join(CORES)}")
    tree = ROOT / ".cache" / "sanity" / "ansible_collections" / "kubevim" / "nfvi"
    LOGS.mkdir(parents=True, exist_ok=True)
    copy_tree(tree)
    return max(sanity(core, tree) for core in cores)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
