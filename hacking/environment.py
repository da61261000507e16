# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the virtual environments: `.venv` for everyday work, and one for each ansible-core that is supported.

Every package is pinned in requirements/. An environment remembers the digest of what it was made from, so asking again
costs nothing. The environments of the supported cores lie in the cache, shared by all checkouts.

    environment.py main demo|test     .venv with what the demo (or demo and tests) needs
    environment.py cores 2.18 2.21    environments with these versions of ansible-core
    environment.py importer           galaxy-importer, whose dependencies do not get on with the others
    environment.py peers              kubernetes.core, which the benchmarks measure against
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
CACHE = Path(
    os.environ.get("KUBEVIM_NFVI_CACHE")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "kubevim-nfvi")
)
LOGS = ROOT / ".cache" / "logs"
MAIN = ROOT / ".venv"

# ansible-core -> the Python it is tried on: the oldest that all of its users share (ansible_test controller versions).
CORES = {"2.18": "3.11", "2.19": "3.11", "2.21": "3.12"}
SETS = {"demo": ("lab",), "test": ("lab", "test", "lint")}


def core_environment(core: str) -> Path:
    """Where the environment with this ansible-core lies, made or not."""
    return CACHE / "environments" / f"core-{core}"


def importer_environment() -> Path:
    """Where the environment with galaxy-importer lies, made or not."""
    return CACHE / "environments" / "importer"


def core_for(version: tuple[int, int]) -> str:
    """The newest supported ansible-core whose controller runs on this Python (2.20 and later want 3.12)."""
    return "2.19" if version < (3, 12) else "2.21"


def make(target: Path, python: str, requirements: list[Path], label: str) -> None:
    """Make or refresh a virtual environment; the same requirements twice cost one digest."""
    python = os.path.realpath(python)
    wanted = digest(python, requirements)
    stamp = target / f".made-for-{label}"
    with locked(target):
        if stamp.is_file() and stamp.read_text() == wanted and runs(target / "bin" / "python"):
            return
        if (target / "made-with").is_file() and (target / "made-with").read_text() != python:
            shutil.rmtree(target)
        log = LOGS / f"environment-{target.name.lstrip('.')}.log"
        started = time.monotonic()
        say(f"making {target} (Python {python}; log: {log})")
        if not runs(target / "bin" / "python"):
            run([python, "-m", "venv", "--clear", str(target)], log)
            (target / "made-with").write_text(python)
        run([str(target / "bin" / "python"), "-m", "pip", "install", *pip_arguments(requirements)], log)
        link_collection(target)
        stamp.write_text(wanted)
        say(f"made {target} in {time.monotonic() - started:.0f} s")


def pip_arguments(requirements: list[Path]) -> list[str]:
    """Pip's arguments: wheels where there are any, and our pins; importer.txt brings its own."""
    wanted = [argument for path in requirements for argument in ("-r", str(path))]
    pins = [] if REQUIREMENTS / "importer.txt" in requirements else ["-c", str(REQUIREMENTS / "constraints.txt")]
    return ["--progress-bar", "off", "--prefer-binary", *pins, *wanted]


def link_collection(target: Path) -> None:
    """Let `kubevim.nfvi.*` and `import ansible_collections.kubevim.nfvi` resolve in this environment, and only there.

    Ansible looks for collections on sys.path; a link beside site-packages and a path file put this checkout there.
    """
    if target != MAIN:
        return
    collections = target / "collections"
    link = collections / "ansible_collections" / "kubevim" / "nfvi"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(ROOT, target_is_directory=True)
    (site_packages,) = target.glob("lib/python3*/site-packages")
    (site_packages / "kubevim_nfvi.pth").write_text(f"{collections}\n")


def digest(python: str, requirements: list[Path]) -> str:
    """Hex SHA-256 over the interpreter and the text of everything an environment is made from."""
    sums = hashlib.sha256(python.encode())
    for path in [REQUIREMENTS / "constraints.txt", *requirements]:
        sums.update(path.read_bytes())
    return sums.hexdigest()


@contextlib.contextmanager
def locked(target: Path) -> Iterator[None]:
    """Hold the environment's lock: two `make` at once must not install over each other."""
    locks = CACHE / "locks"
    locks.mkdir(parents=True, exist_ok=True)
    with (locks / hashlib.sha256(str(target).encode()).hexdigest()[:16]).open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def runs(python: Path) -> bool:
    """Whether this interpreter exists and starts."""
    return python.exists() and subprocess.run([python, "-c", ""], check=False, capture_output=True).returncode == 0


def run(command: list[str], log: Path) -> None:
    """Run a step with its output in a log; on failure show the log's end and stop."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, check=False)
    if code.returncode:
        sys.stderr.write("".join(log.read_text().splitlines(keepends=True)[-20:]))
        stop(f"{command[0]} ended with {code.returncode}; the whole log: {log}")


def find_python(version: str) -> str:
    """Path of an interpreter of exactly this minor version; stops with its name when there is none."""
    found = subprocess.run([ROOT / "hacking" / "find-python", version], check=False, capture_output=True, text=True)
    if found.returncode:
        stop(found.stderr.strip())
    return found.stdout.strip()


def make_main(name: str) -> None:
    """`.venv`, made by the Python that runs this program."""
    core = core_for(sys.version_info[:2])
    names = [*SETS[name], f"core-{core}"]
    requirements = [ROOT / "requirements.txt", *(REQUIREMENTS / f"{each}.txt" for each in names)]
    make(MAIN, sys.executable, requirements, name)


def make_core(core: str) -> None:
    """An environment with one supported ansible-core and what users install beside it."""
    requirements = [ROOT / "requirements.txt", REQUIREMENTS / f"core-{core}.txt"]
    make(core_environment(core), find_python(CORES[core]), requirements, "core")


def make_importer() -> None:
    """An environment with galaxy-importer."""
    make(importer_environment(), find_python("3.11"), [REQUIREMENTS / "importer.txt"], "importer")


def make_peers() -> None:
    """Unpack kubernetes.core out of Ansible's wheel into <cache>/peers, which then serves as a collections path."""
    target, pin = CACHE / "peers", (REQUIREMENTS / "bench.txt").read_text().split()[-1]
    stamp = target / ".made-from"
    if stamp.is_file() and stamp.read_text() == pin:
        return
    say(f"fetching kubernetes.core out of {pin}")
    pip = [sys.executable, "-m", "pip", "download", "--no-deps", "--ignore-requires-python", "--only-binary=:all:"]
    run([*pip, "-d", str(target), pin], LOGS / "peers.log")
    (wheel,) = target.glob("ansible-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        wanted = [name for name in archive.namelist() if name.startswith("ansible_collections/kubernetes/core/")]
        archive.extractall(target, wanted)
    wheel.unlink()
    stamp.write_text(pin)


def say(line: str) -> None:
    """One line of progress."""
    print(f"--- {line}", file=sys.stderr, flush=True)


def stop(why: str) -> NoReturn:
    """End with a message instead of a traceback."""
    sys.exit(f"environment: {why}")


def main(arguments: list[str]) -> None:
    """Read the command line; see the top of this file."""
    match arguments:
        case ["main", name] if name in SETS:
            make_main(name)
        case ["cores", *cores] if cores and set(cores) <= set(CORES):
            for core in cores:
                make_core(core)
        case ["importer"]:
            make_importer()
        case ["peers"]:
            make_peers()
        case _:
            stop(
                f"usage: main {'|'.join(SETS)}, cores {' '.join(CORES)}, importer, or peers; not {' '.join(arguments)}"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
