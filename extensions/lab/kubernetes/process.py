# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program kept running, as a static pod is: started again when it dies, with growing pauses, until it is stopped."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

from ..config import private_directory
from ..parent import die_with_parent
from .pki import issue
from .site import Recipe

log = logging.getLogger("lab.kubernetes")

FIRST_PAUSE, LONGEST_PAUSE, STEADY = 0.5, 10.0, 10.0
GRACE = 2.0


class Process:
    """One supervised program. ``held`` says whether it must stay down at the moment (a fault)."""

    def __init__(self, recipe: Recipe, executable: Path, logs: Path, held: Callable[[], bool] = lambda: False) -> None:
        self.recipe = recipe
        self.restarts = -1
        self.up = asyncio.Event()
        self.down = asyncio.Event()
        self._executable = executable
        self._log = logs / f"{recipe.program}.log"
        self._held = held
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The program's process id while it runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process else None

    def start(self) -> None:
        """Write the recipe's files and keep the program running from now on."""
        write_files(self.recipe)
        self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.recipe.program}")

    async def stop(self, grace: float = GRACE) -> None:
        """SIGTERM, and SIGKILL after ``grace`` seconds; returns when the program is gone."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        if self._process and self._process.returncode is None:
            self._send(signal.SIGTERM)
            try:
                await asyncio.wait_for(self._process.wait(), grace)
            except TimeoutError:
                self._send(signal.SIGKILL)
                await self._process.wait()
        self._is_down()

    def kill(self) -> None:
        """SIGKILL, as a crash does; the keeper brings the program back unless it is held."""
        self._send(signal.SIGKILL)

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        while True:
            while self._held():
                await asyncio.sleep(0.1)
            started = time.monotonic()
            await self._run_once()
            pause = FIRST_PAUSE if time.monotonic() - started > STEADY else pause
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _run_once(self) -> None:
        self.restarts += 1
        with self._log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                str(self._executable),
                *self.recipe.arguments,
                cwd=self.recipe.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                preexec_fn=die_with_parent,
                env={"PATH": os.defpath, "HOME": str(self.recipe.folder)},
            )
        self.down.clear()
        self.up.set()
        code = await self._process.wait()
        self._is_down()
        log.info("%s ended with %s, see %s", self.recipe.program, code, self._log)

    def _is_down(self) -> None:
        self.up.clear()
        self.down.set()

    def _send(self, number: signal.Signals) -> None:
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)


def write_files(recipe: Recipe) -> None:
    """Put the recipe's files and freshly issued certificates into its folder, mode 0600."""
    private_directory(recipe.folder)
    issued: dict[str, bytes] = {}
    for name, request in recipe.certificates.items():
        pair = issue(request)
        issued |= {f"{name}.crt": pair.crt, f"{name}.key": pair.key}
    for name, content in {**recipe.files, **issued}.items():
        write_private(recipe.folder / name, content)


def write_private(file: Path, content: bytes) -> None:
    """Write ``file`` whole or not at all, readable by its owner only."""
    draft = file.with_name(f".{file.name}.draft")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
        stream.write(content)
    os.replace(draft, file)
