# Copyright: (c) 2026, kubevim.nfvi contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a site's own files lie: what a run makes and must keep."""

from __future__ import annotations

import contextlib
import os
import pathlib
import secrets
from dataclasses import dataclass

from ..core.given import Given
from ..core.mode import Mode
from .document import expanded

DIGEST_KEY_BYTES = 32


def default_directory(site: str) -> str:
    """The state directory of a site whose file names none (XDG base directory specification)."""
    return str(expanded("$XDG_STATE_HOME") / "kubevim-nfvi" / site)


@dataclass(frozen=True)
class StateDirectory:
    """A site's state directory; it and everything in it is its user's alone (0700, files 0600)."""

    root: pathlib.Path

    @property
    def digest_key(self) -> pathlib.Path:
        """The key by which secrets are masked, so that their digests are comparable from run to run."""
        return self.root / "digest.key"

    @property
    def lock(self) -> pathlib.Path:
        """Who works on the site now."""
        return self.root / "lock"

    @property
    def runs(self) -> pathlib.Path:
        """One folder a run."""
        return self.root / "runs"

    def missing(self) -> list[pathlib.Path]:
        """What `make` would create."""
        return [path for path in (self.root, self.digest_key) if not path.exists()]

    def make(self) -> None:
        """Create the directory and its key. A key appears whole or not at all, and is never replaced."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.chmod(0o700)
        self.runs.mkdir(mode=0o700, exist_ok=True)
        if self.digest_key.exists():
            return
        fresh = self.root / f".digest.key.{os.getpid()}"
        with open(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            stream.write(secrets.token_bytes(DIGEST_KEY_BYTES))
            stream.flush()
            os.fsync(stream.fileno())
        try:
            with contextlib.suppress(FileExistsError):  # another run was faster; its key is as good
                os.link(fresh, self.digest_key)
        finally:
            fresh.unlink()


def opened(given: Given, _mode: Mode) -> StateDirectory:
    """The state directory that a module was given; nothing is touched yet."""
    return StateDirectory(pathlib.Path(given.text("state_dir")))
